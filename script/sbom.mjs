// What ships in the binary, as CycloneDX 1.5 JSON: Debian's libraries it is
// linked with or was compiled from headers of, and the npm packages inside the
// dashboard. With their versions on this machine and their licences.
//   node script/sbom.mjs [BINARY] > dist/sbom.cdx.json      --licenses: the table of docs/licenses.md
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const table = process.argv.includes('--licenses');
const binary =
  process.argv.slice(2).find((word) => !word.startsWith('--')) ?? join(root, 'dist/bin/pagewake');

// Of header-only libraries nothing can be seen in the binary.
const HEADER_ONLY = ['nlohmann-json3-dev', 'libprotozero-dev', 'libcli11-dev'];

// Debian's copyright files name them in their own ways; here as SPDX has them.
const SPDX = {
  libbrotli1: 'MIT',
  libc6: 'LGPL-2.1-or-later',
  'libcli11-dev': 'BSD-3-Clause',
  'libcpp-httplib0.11': 'MIT',
  libcurl4: 'curl',
  libfmt9: 'MIT',
  'liblz4-1': 'BSD-2-Clause',
  'libgcc-s1': 'GPL-3.0-or-later WITH GCC-exception-3.1',
  libmaxminddb0: 'Apache-2.0',
  'libprotozero-dev': 'BSD-2-Clause',
  libsimdjson14: 'Apache-2.0',
  libjemalloc2: 'BSD-2-Clause',
  libsodium23: 'ISC',
  'libspdlog1.10': 'MIT',
  'libsqlite3-0': 'blessing',
  libssl3: 'Apache-2.0',
  'libstdc++6': 'GPL-3.0-or-later WITH GCC-exception-3.1',
  libtomlplusplus3: 'MIT',
  libzip4: 'BSD-3-Clause',
  libzstd1: 'BSD-3-Clause',
  'nlohmann-json3-dev': 'MIT',
  zlib1g: 'Zlib',
};

function linkedPackages() {
  const names = new Set();
  // Named in the binary itself; what those need in turn is theirs to list.
  const needed = execFileSync('objdump', ['-p', binary], { encoding: 'utf8' });
  const direct = [...needed.matchAll(/NEEDED\s+(\S+)/g)].map((match) => match[1]);
  for (const line of execFileSync('ldd', [binary], { encoding: 'utf8' }).split('\n')) {
    const [, library, path] = /(\S+) => (\/\S+)/.exec(line) ?? [];
    if (!path || !direct.includes(library)) continue;
    // Debian moved /lib into /usr/lib; dpkg knows some files by the old name.
    const real = realpathSync(path);
    const owner = [real, real.replace(/^\/usr/, ''), path]
      .map((name) => {
        try {
          const out = execFileSync('dpkg-query', ['-S', name], { encoding: 'utf8', stdio: 'pipe' });
          return out.split(':')[0];
        } catch {
          return undefined;
        }
      })
      .find(Boolean);
    if (!owner) throw new Error(`no Debian package owns ${path}`);
    names.add(owner);
  }
  return [...names, ...HEADER_ONLY].sort();
}

function debian(name) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  const version = execFileSync('dpkg-query', ['-W', '-f=${Version}', name], { encoding: 'utf8' });
  const license = SPDX[name];
  if (!license)
    throw new Error(
      `the licence of ${name} is not in script/sbom.mjs; read /usr/share/doc/${name}/copyright`,
    );
  return {
    name,
    version,
    license,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?distro=bookworm`,
  };
}

function npm(name) {
  const path = [
    join(root, 'ingest/dashboard/node_modules', name),
    join(root, 'node_modules', name),
  ].find(existsSync);
  const { version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  return { name, version, license, purl: `pkg:npm/${encodeURIComponent(name)}@${version}` };
}

const dashboard = JSON.parse(readFileSync(join(root, 'ingest/dashboard/package.json'), 'utf8'));
const components = [
  ...linkedPackages().map(debian),
  ...Object.keys(dashboard.dependencies ?? {})
    .sort()
    .map(npm),
];
if (table) {
  console.log('| part | licence |\n| --- | --- |');
  for (const { name, license } of components) console.log(`| ${name} | ${license} |`);
} else {
  const version = /VERSION (\S+)/.exec(
    readFileSync(join(root, 'CMakeLists.txt'), 'utf8').split('project(')[1],
  )[1];
  console.log(
    JSON.stringify(
      {
        bomFormat: 'CycloneDX',
        specVersion: '1.5',
        version: 1,
        metadata: {
          component: {
            type: 'application',
            name: 'pagewake',
            version,
            licenses: [{ license: { id: 'MIT' } }],
          },
        },
        components: components.map(({ name, version: of, license, purl }) => ({
          type: 'library',
          'bom-ref': purl,
          name,
          version: of,
          purl,
          licenses: [
            license.includes(' WITH ') ? { expression: license } : { license: { id: license } },
          ],
        })),
      },
      null,
      2,
    ),
  );
}
