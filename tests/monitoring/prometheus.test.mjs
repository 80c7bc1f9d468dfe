// /metrics as Prometheus sees it: clean for promtool, scraped by a real
// Prometheus, and every query of the alert rules and of the Grafana dashboard
// run against what was scraped.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, start, startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';

const tools = join(root, '.toolchain/prometheus/usr/bin');
const monitoring = join(root, 'packaging/prometheus');
const folder = temporaryFolder('pagewake-monitoring-');
let server;
let prometheus;
let url;

const read = (path) => readFileSync(join(root, path));

/** A port that was free a moment ago; Prometheus takes no port 0 that it tells. */
function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

async function send(path, body, headers = {}) {
  const response = await fetch(`${server.url}${path}?key=${server.project.public_key}`, {
    method: 'POST',
    body,
    headers,
  });
  await response.arrayBuffer();
  return response.status;
}

let views = 0;
/** One finished page view, an error of a backend, a log line, and a request that is refused. */
async function traffic() {
  views += 1;
  const hex = (n) => n.toString(16).padStart(2, '0');
  // The same visit under other ids: new page views each time.
  const log = read('tests/cases/signals/plain_load.json')
    .toString()
    .replace(/"([0-9a-f]{16}|[0-9a-f]{32})"/g, (_, id) => `"${hex(views)}${id.slice(2)}"`);
  assert.equal(await send('/api/1/beacon/', log, { 'content-type': 'text/plain' }), 202);
  assert.equal(await send('/api/1/logs/', `{"event":"hello ${views}"}\n`), 202);
  assert.equal(await send('/api/1/logs/', 'no JSON'), 400);
  const otlp = read('tests/cases/clients/bodies/web-otel-json-traces.json');
  assert.equal(await send('/v1/traces', otlp, { 'content-type': 'application/json' }), 200);
}

async function ask(query) {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const answer = await response.json();
  assert.equal(answer.status, 'success', `${query}: ${answer.error}`);
  return answer.data.result;
}

async function until(what, done) {
  const end = Date.now() + 60_000;
  while (!(await done())) {
    assert.ok(Date.now() < end, `${what} within 60 s`);
    await new Promise((next) => setTimeout(next, 200));
  }
}

before(async () => {
  server = await startPagewake({ data: join(folder.path, 'data'), adminToken: `pwt_${'m'.repeat(43)}` });
  await traffic();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const config = join(folder.path, 'prometheus.yml');
  // The shipped file, with this test's address and a shorter interval.
  const shipped = readFileSync(join(monitoring, 'prometheus.yml'), 'utf8');
  writeFileSync(
    config,
    shipped
      .replace('scrape_interval: 15s', 'scrape_interval: 1s\n  evaluation_interval: 1s')
      .replace('alerts.yml', join(monitoring, 'alerts.yml'))
      .replace('127.0.0.1:8790', new URL(server.url).host),
  );
  prometheus = await start(
    join(tools, 'prometheus'),
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder.path, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { ready: /Server is ready to receive web requests/ },
  );
});
after(async () => {
  await prometheus?.stop();
  await server?.stop();
  folder.remove();
});

test('promtool finds nothing to complain about', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const output = execFileSync(join(tools, 'promtool'), ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  assert.equal(output, '');
  for (const rules of ['check rules alerts.yml', 'test rules alerts_test.yml']) {
    execFileSync(join(tools, 'promtool'), rules.split(' '), { cwd: monitoring, stdio: 'pipe' });
  }
});

test('a real Prometheus scrapes what was sent', async () => {
  await until('a scrape', async () => (await ask('up == 1')).length === 1);
  const samples = (await ask('scrape_samples_scraped'))[0].value[1];
  assert.ok(Number(samples) > 100, `${samples} samples`);
  const [page] = await ask('pagewake_page_views_total');
  assert.equal(page.metric.project, '1');
  assert.equal(page.value[1], '1');
  const [lcp] = await ask('pagewake_page_lcp_seconds_count');
  assert.equal(lcp.value[1], '1');
  const [dropped] = await ask('pagewake_outcomes_total{reason="malformed"}');
  assert.equal(dropped.value[1], '1');
  const [written] = await ask('pagewake_store_write_duration_seconds_count');
  assert.ok(Number(written.value[1]) >= 2);
});

test('every query of the dashboard and of the alerts has an answer', async () => {
  const dashboard = JSON.parse(readFileSync(join(root, 'packaging/grafana/pagewake.json'), 'utf8'));
  const panels = dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({ title: panel.title, query: target.expr })),
  );
  assert.ok(panels.length >= 20, `${panels.length} queries`);
  const asked = (query) => query.replaceAll('$__rate_interval', '1m').replaceAll('$project', '.*');
  for (const { title, query } of panels) {
    // A rate needs two scrapes with the series in them: send on until there are.
    await until(title, async () => {
      if ((await ask(asked(query))).length > 0) return true;
      await traffic();
      return false;
    });
  }
  const rules = (await (await fetch(`${url}/api/v1/rules`)).json()).data.groups.flatMap((g) => g.rules);
  const names = [...readFileSync(join(monitoring, 'alerts.yml'), 'utf8').matchAll(/- alert: (\w+)/g)];
  assert.deepEqual(rules.map((rule) => rule.name).sort(), names.map((match) => match[1]).sort());
  await until('the first evaluation', async () => {
    const now = (await (await fetch(`${url}/api/v1/rules`)).json()).data.groups.flatMap((g) => g.rules);
    return now.every((rule) => rule.health !== 'unknown');
  });
  const evaluated = (await (await fetch(`${url}/api/v1/rules`)).json()).data.groups.flatMap((g) => g.rules);
  for (const rule of evaluated) {
    assert.equal(rule.health, 'ok', `${rule.name}: ${rule.lastError}`);
    assert.notEqual(rule.state, 'firing', rule.name);
    // Each metric of the rule exists, so that it cannot stay silent for a misspelt name.
    for (const [metric] of rule.query.matchAll(/\bpagewake_\w+|\bup\b/g)) {
      if (metric === 'pagewake' || /^pagewake_http_requests_total$/.test(metric)) continue;
      // There with a certificate only: tests/packaging/tls.test.mjs asks for it.
      if (metric === 'pagewake_tls_certificate_not_after_seconds') continue;
      assert.ok((await ask(metric)).length > 0, `${rule.name} asks for ${metric}`);
    }
  }
});
