// Fails the build when the dashboard's scripts and styles grow past their budget, or when
// the page would need what the server's Content-Security-Policy forbids.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

// Scripts and styles together, as a browser receives them.
const BUDGET_BYTES = 120_000;
const dist = join(import.meta.dirname, '../../../dist/web/dashboard');
let total = 0;
for (const name of readdirSync(join(dist, 'assets'))) {
  const bytes = brotliCompressSync(readFileSync(join(dist, 'assets', name))).length;
  console.log(`${name}: ${bytes} bytes brotli`);
  total += bytes;
}
const html = readFileSync(join(dist, 'index.html'), 'utf8');
if (/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i.test(html)) {
  console.error('index.html holds inline script or style, which the policy forbids.');
  process.exit(1);
}
console.log(`scripts and styles: ${total} of ${BUDGET_BYTES} bytes brotli`);
if (total > BUDGET_BYTES) {
  console.error(`The dashboard's files are ${total - BUDGET_BYTES} bytes over budget.`);
  process.exit(1);
}
