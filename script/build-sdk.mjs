// Builds what pages load: dist/sdk (served by the server) and the npm package.
//
//   node script/build-sdk.mjs [--wasm DIR]
//
// DIR holds pagewake_core.wasm, made by
// `cmake --preset wasm && cmake --build --preset wasm --target pagewake_core_module`
// (default: build/wasm). Names carry a hash of their content, so
// the order is: module, late part, first load. Fails when a size budget
// is exceeded.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const shim = join(root, 'js-shim');
const { version } = JSON.parse(readFileSync(join(shim, 'package.json'), 'utf8'));
const { values: options } = parseArgs({ options: { wasm: { type: 'string' } } });

// Brotli bytes that fail the build: what comes before the first paint, and all
// there is. The total's goal is 24 KiB.
const BUDGETS = { loader: 4096, total: 30 * 1024 };
const GOALS = { total: 24 * 1024 };

const brotli = (bytes) => brotliCompressSync(bytes).length;
const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 8);

function coreFile(name) {
  const path = join(options.wasm ?? join(root, 'build/wasm'), name);
  if (!existsSync(path)) {
    throw new Error(
      `${path} is missing: run cmake --preset wasm && cmake --build --preset wasm --target pagewake_core_module`,
    );
  }
  return readFileSync(path);
}

// One cache for both parts: `$` names must be shortened alike, for they meet
// at run time.
const nameCache = {};

async function bundle(entry, { format, define = {}, external = [], reserved = [] }) {
  const result = await build({
    entryPoints: [join(shim, 'src', entry)],
    bundle: true,
    write: false,
    format,
    target: 'es2022',
    minifySyntax: true,
    legalComments: 'none',
    external,
    define: { __VERSION__: JSON.stringify(version), ...define },
  });
  const { code } = await minify(result.outputFiles[0].text.replace(/^"use strict";\n/, ''), {
    module: format === 'esm',
    ecma: 2022,
    toplevel: true,
    compress: { passes: 6, pure_getters: true, unsafe_arrows: true, keep_fargs: false, ecma: 2022 },
    mangle: { toplevel: true, properties: { regex: /^\$/, reserved } },
    nameCache: { props: nameCache },
  });
  return code;
}

// Optimised and minified by the module's own build.
const wasm = coreFile('pagewake_core.wasm');

const sdk = join(root, 'dist/sdk');
rmSync(sdk, { recursive: true, force: true });
mkdirSync(sdk, { recursive: true });

const files = [];
function put(name, bytes, type, immutable) {
  writeFileSync(join(sdk, name), bytes);
  const size = {
    raw: Buffer.byteLength(bytes),
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotli(bytes),
  };
  files.push({ name, content_type: type, immutable, bytes: size });
  console.log(`${name.padEnd(36)} ${size.raw} raw, ${size.gzip} gzip, ${size.brotli} brotli`);
  return size.brotli;
}

function check(budget, bytes) {
  const isOver = bytes > BUDGETS[budget];
  const note = isOver
    ? '  TOO LARGE'
    : bytes > GOALS[budget]
      ? `, above its goal of ${GOALS[budget]}`
      : '';
  console.log(`${`${budget}:`.padEnd(36)} ${bytes} brotli of ${BUDGETS[budget]}${note}`);
  if (isOver) process.exitCode = 1;
}

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const wasmName = `pagewake-core-${hashOf(wasm)}.wasm`;

// The first load fills the name cache. It needs the late part's name, whose
// hash needs the late part: so it is made twice, first with a stand-in.
const loaderWith = (late) =>
  bundle('script_tag.ts', { format: 'iife', define: { __LATE_FILE__: JSON.stringify(late) } });
await loaderWith('stand-in');
const late = await bundle('late_script.ts', {
  format: 'esm',
  define: { __WASM_FILE__: JSON.stringify(wasmName) },
});
const lateName = `pagewake-late-${hashOf(late)}.mjs`;
const loader = await loaderWith(lateName);

const total =
  put('pagewake.js', loader, JAVASCRIPT, false) +
  put(lateName, late, JAVASCRIPT, true) +
  put(wasmName, wasm, 'application/wasm', true);
// Eight digits more or less alike are some bytes of brotli: the worst of these
// counts, so that a change elsewhere cannot break the first budget.
const hashes = ['0f1e2d3c', '96a5b487', '7bd1f03e', 'c24e8a59', '5d90e6b1', '83fa172c'];
const worst = hashes.map((hash) => brotli(loader.replace(lateName, `pagewake-late-${hash}.mjs`)));
check('loader', Math.max(...worst));
check('total', total);
writeFileSync(join(sdk, 'manifest.json'), `${JSON.stringify({ version, files }, null, 2)}\n`);

// The npm package: ES modules for bundlers, names as they are.
const staging = mkdtempSync(join(tmpdir(), 'pagewake-npm-'));
try {
  const common = { format: 'esm' };
  writeFileSync(
    join(staging, 'index.js'),
    await bundle('index.ts', { ...common, external: ['./late_npm.ts'] }),
  );
  writeFileSync(join(staging, 'pagewake-late.js'), await bundle('late_npm.ts', common));
  const index = readFileSync(join(staging, 'index.js'), 'utf8');
  writeFileSync(join(staging, 'index.js'), index.replace('./late_npm.ts', './pagewake-late.js'));
  writeFileSync(join(staging, 'pagewake-core.wasm'), wasm);
  cpSync(join(root, 'LICENSE'), join(staging, 'LICENSE'));
  cpSync(join(shim, 'README.md'), join(staging, 'README.md'));
  writeFileSync(join(staging, 'index.d.ts'), typesOf());
  writeFileSync(
    join(staging, 'package.json'),
    `${JSON.stringify(
      {
        name: 'pagewake',
        version,
        description:
          'Real-user monitoring for the browser: vitals, errors and traces in a small WebAssembly core',
        keywords: ['rum', 'web-vitals', 'performance', 'monitoring', 'error-tracking', 'tracing'],
        license: 'MIT',
        type: 'module',
        main: './index.js',
        module: './index.js',
        types: './index.d.ts',
        exports: {
          '.': { types: './index.d.ts', default: './index.js' },
          './pagewake-core.wasm': './pagewake-core.wasm',
          './package.json': './package.json',
        },
        // Nothing happens before init().
        sideEffects: false,
        files: ['*.js', '*.wasm', '*.d.ts'],
        publishConfig: { access: 'public', provenance: true },
      },
      null,
      2,
    )}\n`,
  );
  const out = join(root, 'dist/npm');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', out], { cwd: staging });
  console.log(`dist/npm/pagewake-${version}.tgz`);
} finally {
  rmSync(staging, { recursive: true });
}

/** The public types, and the functions of `Pagewake` as exports. */
function typesOf() {
  const types = readFileSync(join(shim, 'src/types.ts'), 'utf8').split(
    '\n/** One fact for the core',
  )[0];
  const names = /export const \{([^}]+)\}/.exec(
    readFileSync(join(shim, 'src/index.ts'), 'utf8'),
  )[1];
  return `${types}\n${names
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
    .map((name) => `export declare const ${name}: Pagewake['${name}'];`)
    .join('\n')}\n`;
}
