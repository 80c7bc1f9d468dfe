// Runs the server and the shop side by side until Ctrl-C; see script/demo.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, startPagewake, startShop } from './processes.mjs';
import { visitShop } from './visits.mjs';

const { values } = parseArgs({
  options: { visits: { type: 'string', default: '0' }, keep: { type: 'string', default: '0' } },
});

const data = join(root, 'build/demo');
if (values.keep !== '1') rmSync(data, { recursive: true, force: true });
mkdirSync(data, { recursive: true });
const tokenFile = join(data, 'admin-token');
if (!existsSync(tokenFile)) {
  writeFileSync(tokenFile, `pwt_${randomBytes(32).toString('base64url')}`, { mode: 0o600 });
}
const adminToken = readFileSync(tokenFile, 'utf8');

const problems = (name) => (line) => {
  if (/"level": ?"(error|critical)"/.test(line) && name === 'server') console.error(`${name}: ${line}`);
};
const pagewake = await startPagewake({
  data,
  adminToken,
  listen: process.env.PAGEWAKE_LISTEN ?? '127.0.0.1:8790',
  env: { PAGEWAKE_PROJECT_NAME: 'shop' },
  onLine: problems('server'),
}).catch(fail);
const shop = await startShop({
  data: join(data, 'shop'),
  dsn: pagewake.project.dsn,
  listen: process.env.SHOP_LISTEN ?? '127.0.0.1:8791',
  onLine: problems('shop'),
}).catch(async (error) => {
  await pagewake.stop();
  fail(error);
});

let stopping = false;
async function stop(code) {
  if (stopping) return;
  stopping = true;
  console.log('\nStopping …');
  // The shop first: its last spans and logs still want to arrive.
  await shop.stop();
  await pagewake.stop();
  process.exit(code);
}
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));
for (const part of [shop, pagewake]) {
  part.gone.then((code) => {
    if (stopping) return;
    console.error(`A part of the demo ended (${code}):\n${part.recent.join('\n')}`);
    stop(1);
  });
}

console.log(`
  Dashboard   ${pagewake.url}/login#token=${adminToken}
  Demo shop   ${shop.url}/
`);
const visits = Number(values.visits);
if (visits > 0) await visitShop({ url: shop.url, visits });
console.log('Running. Ctrl-C stops both.');

function fail(error) {
  console.error(`demo: ${error.message}`);
  process.exit(1);
}
