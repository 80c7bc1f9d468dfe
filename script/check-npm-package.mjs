// Looks at the packed npm package as its users' tools will: publint reads its
// package.json and files, @arethetypeswrong/core resolves its types the way each
// TypeScript mode does. Fails on any finding.
//
//   node script/check-npm-package.mjs [dist/npm/pagewake-<version>.tgz]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, Package } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const npm = join(dirname(fileURLToPath(import.meta.url)), '../dist/npm');
const tarball = process.argv[2] ?? join(npm, readdirSync(npm)[0]);
// An ES module package on purpose: browsers and bundlers load nothing else.
const ACCEPTED = ['CJSResolvesToESM', 'NoResolution'];
const ACCEPTED_MODES = ['node10', 'node16-cjs'];

const folder = mkdtempSync(join(tmpdir(), 'pagewake-package-'));
const findings = [];
try {
  execFileSync('tar', ['xzf', tarball, '-C', folder, '--strip-components=1']);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { messages } = await publint({ pkgDir: folder, strict: true, pack: false });
  findings.push(...messages.map((message) => `publint: ${formatMessage(message, manifest)}`));

  const files = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[`/node_modules/${manifest.name}/${relative(folder, path)}`] = readFileSync(path);
  }
  const result = await checkPackage(new Package(files, manifest.name, manifest.version), {
    excludeEntrypoints: ['./pagewake-core.wasm', './package.json'],
  });
  if (!result.types) findings.push('types: the package has none');
  for (const problem of result.problems ?? []) {
    const isAccepted =
      ACCEPTED.includes(problem.kind) && ACCEPTED_MODES.includes(problem.resolutionKind);
    if (!isAccepted) findings.push(`types: ${JSON.stringify(problem)}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
for (const finding of findings) console.error(finding);
if (findings.length > 0) process.exit(1);
console.log('the npm package resolves, with types');
