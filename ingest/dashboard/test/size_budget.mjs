// Fails the build when the dashboard's scripts grow past their budget, or when
// the page would need what the server's Content-Security-Policy forbids.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 80_000;
const dist = join(import.meta.dirname, '../../../dist/web/dashboard');
let total = 0;
for (const name of readdirSync(join(dist, 'assets'))) {
  const bytes = gzipSync(readFileSync(join(dist, 'assets', name)), { level: 9 }).length;
  console.log(`${name}: ${bytes} bytes gzip`);
  if (name.endsWith('.js')) total += bytes;
}
const html = readFileSync(join(dist, 'index.html'), 'utf8');
if (/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i.test(html)) {
  console.error('index.html holds inline script or style, which the policy forbids.');
  process.exit(1);
}
console.log(`scripts: ${total} of ${BUDGET_BYTES} bytes gzip`);
if (total > BUDGET_BYTES) {
  console.error(`The dashboard's scripts are ${total - BUDGET_BYTES} bytes over budget.`);
  process.exit(1);
}
