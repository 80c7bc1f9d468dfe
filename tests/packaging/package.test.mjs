// The .deb, its unit, the list of parts and the Dockerfile.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root, temporaryFolder } from '../../demo-site/processes.mjs';

const folder = temporaryFolder('pagewake-package-');
after(() => folder.remove());
const read = (path) => readFileSync(join(root, path), 'utf8');
const run = (command, ...args) =>
  execFileSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, PAGEWAKE_PACKAGE_DIR: folder.path },
  });
const build = process.env.PAGEWAKE_BUILD ?? 'build/release';

test('the .deb holds the server, its unit and its documents, and the server in it runs', () => {
  run('script/package', build);
  const name = readdirSync(folder.path).find((file) => file.endsWith('.deb'));
  const deb = join(folder.path, name);
  assert.match(name, /^pagewake_\d+\.\d+\.\d+_\w+\.deb$/);
  const fields = run('dpkg-deb', '--field', deb);
  assert.match(fields, /^Depends: .*libsqlite3-0/m);
  assert.match(fields, /^Depends: .*libsodium23/m);
  const listed = run('dpkg-deb', '--contents', deb);
  for (const path of [
    './usr/bin/pagewake',
    './usr/lib/systemd/system/pagewake.service',
    './etc/pagewake/pagewake.toml',
    './usr/share/doc/pagewake/operating.md',
    './usr/share/doc/pagewake/examples/pagewake.conf',
    './usr/share/doc/pagewake/examples/tls.conf',
  ]) {
    assert.ok(listed.includes(path), `${path} in\n${listed}`);
  }
  assert.equal(run('dpkg-deb', '--info', deb, 'conffiles').trim(), '/etc/pagewake/pagewake.toml');
  const unpacked = join(folder.path, 'unpacked');
  run('dpkg-deb', '--extract', deb, unpacked);
  assert.match(run(join(unpacked, 'usr/bin/pagewake'), '--version'), /^pagewake \d/);
  const settings = run(
    join(unpacked, 'usr/bin/pagewake'),
    ...['config', '--config', join(unpacked, 'etc/pagewake/pagewake.toml')],
  );
  assert.match(settings, /data = \/var\/lib\/pagewake/);
});

test('every part has a licence, and the documents list it', () => {
  const sbom = JSON.parse(readFileSync(join(folder.path, 'sbom.cdx.json'), 'utf8'));
  assert.equal(sbom.bomFormat, 'CycloneDX');
  assert.ok(sbom.components.length > 10);
  const document = read('ingest/docs/licenses.md');
  for (const { name, version, licenses, purl } of sbom.components) {
    assert.ok(version && purl && licenses.length === 1, name);
    assert.ok(document.includes(name), `${name} in ingest/docs/licenses.md`);
  }
});

test('the unit gives the server little to do harm with', () => {
  const shipped = join(root, 'packaging/systemd/pagewake.service');
  // Also with the drop-in that lets it take port 443 and a certificate.
  const withTls = join(folder.path, 'pagewake.service');
  writeFileSync(withTls, read('packaging/systemd/pagewake.service') + read('packaging/systemd/tls.conf'));
  for (const unit of [shipped, withTls]) {
    // 0 is sealed, 10 is open; a plain service has 9.6.
    const report = JSON.parse(
      run('systemd-analyze', 'security', '--offline=true', '--json=short', '--threshold=20', unit),
    );
    assert.ok(report.length > 40);
    const text = run('systemd-analyze', 'security', '--offline=true', '--threshold=20', unit);
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(text)[1]);
    assert.ok(exposure <= 2, `exposure ${exposure} of ${unit}`);
  }
});

test('the image runs as nobody special, from a stage without tools', () => {
  const dockerfile = read('packaging/docker/Dockerfile');
  assert.equal([...dockerfile.matchAll(/^FROM /gm)].length, 2);
  const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
  assert.match(last, /^USER \d+:\d+$/m);
  assert.doesNotMatch(last, /-dev|g\+\+|cmake/);
  for (const [, from] of dockerfile.matchAll(/^COPY --from=build \/src\/(\S+)/gm)) {
    assert.ok(from.startsWith('dist/') || existsSync(join(root, from)), from);
  }
  // Every library that the binary needs is installed in the last stage.
  const sbom = JSON.parse(readFileSync(join(folder.path, 'sbom.cdx.json'), 'utf8'));
  for (const { name, purl } of sbom.components) {
    if (!purl.startsWith('pkg:deb') || name.endsWith('-dev')) continue;
    if (['libc6', 'libgcc-s1', 'libstdc++6'].includes(name)) continue; // in the base or brought along
    assert.ok(last.includes(name), `${name} in packaging/docker/Dockerfile`);
  }
  assert.ok(statSync(join(root, '.dockerignore')).size > 0);
});
