// Turns a folder into a C++ source that carries its files, each also as brotli
// and gzip where that is smaller. Called by cmake/embed.cmake.
//   node script/embed.mjs FOLDER OUTPUT_FOLDER
// A folder that is not there gives an empty table.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [folder, output] = process.argv.slice(2);
if (!folder || !output) throw new Error('usage: embed.mjs FOLDER OUTPUT_FOLDER');

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

function* filesIn(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) yield* filesIn(child);
    else if (entry.isFile()) yield child;
  }
}

mkdirSync(output, { recursive: true });
const blobs = [];
/** Writes the bytes under their hash, so that a changed file changes the source too (and ccache's key). */
function blob(bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  const file = join(output, `${hash}.bin`);
  if (!existsSync(file)) writeFileSync(file, bytes);
  const symbol = `pagewake_embedded_${hash}`;
  if (!blobs.some((b) => b.symbol === symbol)) blobs.push({ symbol, file, size: bytes.length });
  return { symbol, size: bytes.length, hash };
}

const rows = [];
const paths = existsSync(folder) ? [...filesIn(folder)] : [];
for (const path of paths) {
  const name = relative(folder, path).split(sep).join('/');
  const type = types[extname(path).toLowerCase()];
  if (!type)
    throw new Error(`embed: no content type is known for ${name}; add it to script/embed.mjs`);
  const plain = readFileSync(path);
  if (plain.length === 0) throw new Error(`embed: ${name} is empty`);
  const smaller = (bytes) => (bytes.length < plain.length ? blob(bytes) : undefined);
  rows.push({
    name,
    type,
    plain: blob(plain),
    brotli: smaller(
      brotliCompressSync(plain, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 11,
          [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
        },
      }),
    ),
    gzip: smaller(gzipSync(plain, { level: 9 })),
  });
}
rows.sort((a, b) => (a.name < b.name ? -1 : 1));

const quote = (text) => JSON.stringify(text);
const view = (b) => (b ? `std::string_view(${b.symbol}, ${b.size})` : 'std::string_view()');
const source = [
  '// Made by script/embed.mjs.',
  '#include "app/embedded.h"',
  '',
  ...blobs.flatMap((b) => [
    `__asm__(".section .rodata\\n.global ${b.symbol}\\n.balign 16\\n${b.symbol}:\\n.incbin \\"${b.file}\\"\\n.byte 0\\n.previous\\n");`,
    `extern "C" const char ${b.symbol}[];`,
  ]),
  '',
  'namespace pagewake::app {',
  'std::span<const EmbeddedFile> embedded_files() {',
  rows.length === 0
    ? '  return {};'
    : [
        '  static const EmbeddedFile files[] = {',
        ...rows.map(
          (r) =>
            `      {${quote(r.name)}, ${quote(r.type)}, ${quote(r.plain.hash)}, ${view(r.plain)}, ${view(r.brotli)}, ${view(r.gzip)}},`,
        ),
        '  };',
        '  return files;',
      ].join('\n'),
  '}',
  '}  // namespace pagewake::app',
  '',
].join('\n');
writeFileSync(join(output, 'embedded_files.cc'), source);
