// Adds up what script/test ran: JUnit files and the one-line checks. Prints the
// failures and, as the last line, "N passed, N failed".
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
let passed = 0;
let skipped = 0;
const failures = [];

const lines = (name) =>
  existsSync(join(folder, name))
    ? readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean)
    : [];
passed += lines('checks.passed').length;
failures.push(...lines('checks.failed'));

for (const file of readdirSync(folder).filter((name) => name.endsWith('.xml'))) {
  const xml = readFileSync(join(folder, file), 'utf8');
  const suite = file.replace('.xml', '');
  let cases = 0;
  for (const [whole, attributes, , body = ''] of xml.matchAll(
    /<testcase\b((?:[^>"]|"[^"]*")*?)(\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    cases += 1;
    const name = /\bname="([^"]*)"/.exec(attributes)?.[1] ?? whole.slice(0, 80);
    if (/<failure\b|<error\b/.test(body) || /status="fail"/.test(attributes)) {
      failures.push(`${suite}: ${name}`);
    } else if (/<skipped\b/.test(body) || /status="(disabled|notrun)"/.test(attributes)) {
      skipped += 1;
      console.log(`skipped: ${suite}: ${name}`);
    } else {
      passed += 1;
    }
  }
  if (cases === 0) failures.push(`${suite}: ran no test`);
}

console.log('');
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${failures.length} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failures.length === 0 && passed > 0 ? 0 : 1);
