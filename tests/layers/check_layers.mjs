// Who may include whom. A folder may use the folders on its line and what is
// in its own folder, nothing else; the direction is the data's (README, folder
// map). Gives a list of violations, each "file:line: why".
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';

const wasm = ['base', 'privacy', 'stack', 'wire', 'core'];
/** Folder → folders it may include from (besides itself). */
export const mayInclude = {
  'wasm-sdk/base': [],
  'wasm-sdk/privacy': ['base'],
  'wasm-sdk/wire': ['base'],
  'wasm-sdk/stack': ['base', 'wire'],
  'wasm-sdk/core': ['base', 'privacy', 'stack', 'wire'],
  'wasm-sdk/bindings': wasm,
  'ingest/model': ['base', 'wire'],
  'ingest/json': ['base', 'wire'],
  'ingest/http': ['base'],
  'ingest/protocols': ['base', 'wire', 'core', 'stack', 'model'],
  'ingest/storage': ['base', 'wire', 'model'],
  'ingest/enrich': ['base', 'privacy', 'model', 'wire'],
  'ingest/symbolicate': ['base', 'model', 'wire', 'storage'],
  'ingest/grouping': ['base', 'model', 'wire'],
  'ingest/pipeline': ['base', 'model', 'storage'],
  // grouping: what rules would do to stored events.
  'ingest/query': ['base', 'wire', 'model', 'storage', 'symbolicate', 'grouping'],
  'ingest/alerting': ['base', 'model', 'storage', 'query'],
  // enrich: a project's inbound filters, checked where they are saved.
  'ingest/api': ['base', 'wire', 'model', 'json', 'enrich', 'storage', 'symbolicate', 'query', 'alerting', 'http'],
  'ingest/receive': ['base', 'model', 'storage', 'protocols', 'pipeline', 'http'],
  // Only app joins the parts.
  'ingest/app': [...wasm, 'model', 'json', 'http', 'protocols', 'storage', 'enrich', 'symbolicate', 'grouping', 'pipeline', 'query', 'alerting', 'api', 'receive'],
};

/** Of these folders a folder may use the named headers only. */
export const onlyHeaders = [
  // Decoders fill records, the pipeline stores them; the way in asks for keys and
  // hands sessions on, which are no records.
  { folder: 'ingest/receive', target: 'storage', headers: /^storage\/(project|release_health)_store\.h$/ },
  // Maps and what reads them; records are none of its business.
  { folder: 'ingest/symbolicate', target: 'storage', headers: /^storage\/artifact_store\.h$/ },
  // Resources fold their ids as pages do.
  { folder: 'ingest/enrich', target: 'wire', headers: /^wire\/page_view\.h$/ },
];

/** A header of a library → the only folders that may include it. */
export const confined = [
  { header: /^httplib\.h$/, folders: ['ingest/http'] },
  { header: /^sqlite3\.h$/, folders: ['ingest/storage/sqlite'] },
  { header: /^protozero\//, folders: ['ingest/protocols', 'ingest/receive'] },
  { header: /^curl\/curl\.h$/, folders: ['ingest/alerting'] },
  { header: /^simdjson\.h$/, folders: ['ingest/protocols', 'ingest/query', 'ingest/symbolicate'] },
  { header: /^zip\.h$/, folders: ['ingest/symbolicate'] },
  // TLS, and the SHA-1 of bundles of source maps.
  { header: /^openssl\//, folders: ['ingest/http', 'ingest/symbolicate'] },
  { header: /^emscripten/, folders: ['wasm-sdk/bindings'] },
  { header: /^nlohmann\//, folders: ['ingest'] },
  // The page's module pays for each of these in kilobytes (decision 0002).
  { header: /^(iostream|ostream|istream|sstream|fstream|iomanip|locale|format|regex|cstdio|stdio\.h|functional|map|unordered_map|thread|mutex|chrono)$/, folders: ['ingest'] },
];

function filesIn(folder, pattern, found = []) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'dashboard') continue;
    if (statSync(path).isDirectory()) filesIn(path, pattern, found);
    else if (pattern.test(name)) found.push(path);
  }
  return found;
}

const within = (file, folder) => file === folder || file.startsWith(`${folder}/`);

function checkCpp(root, violations) {
  for (const side of ['wasm-sdk', 'ingest']) {
    for (const path of filesIn(join(root, side), /\.(cc|h)$/)) {
      const file = relative(root, path).split(sep).join('/');
      const folder = file.split('/').slice(0, 2).join('/');
      const allowed = mayInclude[folder];
      if (!allowed) {
        violations.push(`${file}:1: folder ${folder} is not in the table of tests/layers`);
        continue;
      }
      readFileSync(path, 'utf8').split('\n').forEach((line, index) => {
        const include = /^\s*#\s*include\s*(["<])([^">]+)[">]/.exec(line);
        if (!include) return;
        const [, mark, header] = include;
        const where = `${file}:${index + 1}`;
        for (const rule of confined) {
          if (rule.header.test(header) && !rule.folders.some((f) => within(file, f))) {
            violations.push(`${where}: <${header}> may only be included in ${rule.folders.join(', ')}`);
          }
        }
        if (mark !== '"') return;
        const target = header.split('/')[0];
        const own = folder.split('/')[1];
        if (target !== own && !allowed.includes(target)) {
          violations.push(`${where}: ${folder} may not include "${header}" (allowed: ${[own, ...allowed].join(', ')})`);
        }
        for (const rule of onlyHeaders) {
          if (rule.folder === folder && rule.target === target && !rule.headers.test(header)) {
            violations.push(`${where}: of ${target} ${folder} may only include ${rule.headers.source}`);
          }
        }
      });
    }
  }
}

/** js-shim: browser helpers know no signal; signals know neither the transport nor the API. */
const shimMayNotImport = {
  browser: ['signals', 'transport', 'core', 'api'],
  privacy: ['signals', 'transport', 'core', 'api', 'browser'],
  signals: ['transport', 'api'],
};

/**
 * Files of signals/ that watch nothing themselves: several signals are made of
 * them. All other files there are one signal each and do not know each other.
 */
export const signalParts = [
  'capture', 'crumb', 'error_repeats', 'error_rules', 'page_view', 'request', 'scope', 'span', 'trace_context', 'view_rule',
];
/** "importer imported": pairs that are one signal in two files, because one loads late. */
export const oneSignal = ['soft_paint lcp'];

/** What a line imports from the shim's own files, types aside: from '…', import '…', import('…'). */
function importOf(line) {
  if (/^\s*(import|export)\s+type\b/.test(line)) return undefined;
  return /\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/.exec(line)?.[1];
}

function checkShim(root, violations) {
  const source = join(root, 'js-shim/src');
  for (const path of filesIn(source, /\.ts$/)) {
    const file = relative(source, path).split(sep).join('/');
    const folder = file.includes('/') ? file.split('/')[0] : '';
    const forbidden = shimMayNotImport[folder];
    if (!forbidden) continue;
    readFileSync(path, 'utf8').split('\n').forEach((line, index) => {
      const specifier = importOf(line);
      if (!specifier) return;
      const target = normalize(join(dirname(file), specifier)).split(sep).join('/');
      const targetFolder = target.split('/')[0];
      const where = `js-shim/src/${file}:${index + 1}`;
      if (forbidden.includes(targetFolder)) {
        violations.push(`${where}: ${folder} may not import from ${targetFolder}`);
      }
      if (folder !== 'signals' || targetFolder !== 'signals') return;
      const name = (path) => path.replace(/^signals\//, '').replace(/\.(ts|js)$/, '');
      const imported = name(target);
      if (!signalParts.includes(imported) && !oneSignal.includes(`${name(file)} ${imported}`)) {
        violations.push(`${where}: signals do not know each other: ${name(file)} may not import ${imported}`);
      }
    });
  }
}

/** Every violation in the tree under `root`. */
export function checkLayers(root) {
  const violations = [];
  checkCpp(root, violations);
  checkShim(root, violations);
  return violations;
}
