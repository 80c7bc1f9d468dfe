import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { checkLayers } from './check_layers.mjs';

test('no file includes against the direction of the data', () => {
  assert.deepEqual(checkLayers(resolve(import.meta.dirname, '../..')), []);
});

/** Runs the check over a tree with one file in it. */
function checkFile(path, text) {
  const root = mkdtempSync(join(tmpdir(), 'pagewake-layers-'));
  try {
    for (const folder of ['wasm-sdk', 'ingest', 'js-shim/src']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    return checkLayers(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const cases = [
  { name: 'an inner folder that knows an outer one', path: 'wasm-sdk/wire/a.cc', text: '#include "core/recorder.h"', says: /wasm-sdk\/wire\/a\.cc:1: .*core\/recorder\.h/ },
  { name: 'a decoder that knows the pipeline', path: 'ingest/protocols/a.cc', text: '\n#include "pipeline/pipeline.h"', says: /a\.cc:2: / },
  { name: 'httplib outside http', path: 'ingest/api/a.cc', text: '#include <httplib.h>', says: /httplib/ },
  { name: 'sqlite outside its store', path: 'ingest/storage/memory/a.cc', text: '#include <sqlite3.h>', says: /sqlite3/ },
  { name: 'printf in the page', path: 'wasm-sdk/core/a.cc', text: '#include <cstdio>', says: /cstdio/ },
  { name: 'JSON library in the page', path: 'wasm-sdk/core/a.cc', text: '#include <nlohmann/json.hpp>', says: /nlohmann/ },
  { name: 'a folder nobody listed', path: 'ingest/helpers/a.h', text: '', says: /not in the table/ },
  { name: 'a signal that knows another', path: 'js-shim/src/signals/a.ts', text: "import { watchLcp } from './lcp.ts';", says: /a may not import lcp/ },
  { name: 'a signal loaded by another', path: 'js-shim/src/signals/a.ts', text: "void import('./lcp.ts');", says: /a may not import lcp/ },
  { name: 'a browser helper that knows a signal', path: 'js-shim/src/browser/a.ts', text: "import '../signals/lcp.ts';", says: /browser may not import from signals/ },
  { name: 'a route that knows the record store', path: 'ingest/receive/a.cc', text: '#include "storage/record_store.h"', says: /of storage ingest\/receive may only include/ },
  { name: 'a model that knows its store', path: 'ingest/model/a.h', text: '#include "storage/record_store.h"', says: /a\.h:1: .*storage\/record_store\.h/ },
  { name: 'a regular expression in the page', path: 'wasm-sdk/privacy/a.cc', text: '#  include <regex>', says: /regex/ },
  { name: 'a signal that sends by itself', path: 'js-shim/src/signals/a.ts', text: "import { send } from '../transport/send';", says: /signals may not import from transport/ },
];
for (const { name, path, text, says } of cases) {
  test(`catches ${name}`, () => {
    const violations = checkFile(path, text);
    assert.equal(violations.length, 1);
    assert.match(violations[0], says);
  });
}

test('lets a signal use what several signals are made of, and types', () => {
  assert.deepEqual(
    checkFile('js-shim/src/signals/a.ts', "import { crumb } from './crumb.ts';\nimport type { Lcp } from './lcp.ts';\n"),
    [],
  );
});

test('lets an allowed include pass', () => {
  assert.deepEqual(checkFile('ingest/api/a.cc', '#include "query/page_report.h"\n#include <nlohmann/json.hpp>\n'), []);
});
