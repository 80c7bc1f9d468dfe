// How long a new issue takes to reach people: from the answer that says the
// event is kept to the webhook's arrival, each issue at another moment of the
// server's round.
//   node bench/alerts/delay.mjs [--interval SECONDS=60] [--issues N=20] [--rounds N=3]
// PAGEWAKE_BINARY: the server, else dist/bin/pagewake. Takes rounds + 1 intervals.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startPagewake, temporaryFolder } from '../../demo-site/processes.mjs';

const { values } = parseArgs({
  options: {
    interval: { type: 'string', default: '60' },
    issues: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
  },
});
const [interval_s, issues, rounds] = [values.interval, values.issues, values.rounds].map(Number);

const arrived = new Map(); // issue number -> ms
let messages = 0;
let everything = () => {};
const all = new Promise((done) => {
  everything = done;
});
const chat = createServer(async (request, response) => {
  const at = performance.now();
  let text = '';
  for await (const part of request) text += part;
  response.end();
  ++messages;
  for (const item of JSON.parse(text).items) {
    const [, number] = /^Delay(\d+)Error/.exec(item.title) ?? [];
    if (!arrived.has(Number(number))) arrived.set(Number(number), at);
    else throw new Error(`issue ${number} was told twice`);
  }
  if (arrived.size === issues) everything();
});
chat.listen(0, '127.0.0.1');
await once(chat, 'listening');

const folder = temporaryFolder('pagewake-delay-');
const adminToken = `pwt_${'delays'.repeat(7)}`;
const server = await startPagewake({
  data: folder.path,
  adminToken,
  env: {
    PAGEWAKE_ALERT_INTERVAL_SECONDS: String(interval_s),
    PAGEWAKE_ALLOW_PRIVATE_WEBHOOKS: 'yes',
  },
});
const post = async (path, body, headers = {}) => {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};
try {
  const admin = { authorization: `Bearer ${adminToken}` };
  const url = `http://127.0.0.1:${chat.address().port}/`;
  const channel = await post('/api/v1/projects/1/alert-channels', { kind: 'webhook', url }, admin);
  const rule = { kind: 'new_issue', cooldown_minutes: 0, channel_ids: [channel.channel_id] };
  await post('/api/v1/projects/1/alert-rules', rule, admin);

  const kept = [];
  for (let number = 0; number < issues; ++number) {
    const exception = { values: [{ type: `Delay${number}Error`, value: 'x' }] };
    const event_id = number.toString(16).padStart(32, 'd');
    await post(`/api/1/store/?sentry_key=${server.project.public_key}`, {
      event_id,
      platform: 'node',
      exception,
    });
    kept.push(performance.now());
    await pause((interval_s * 1000 * rounds) / issues);
  }
  await all;
  const delays_s = kept.map((at, number) => (arrived.get(number) - at) / 1000);
  delays_s.sort((a, b) => a - b);
  const quantile = (q) => delays_s[Math.max(0, Math.ceil(q * delays_s.length) - 1)].toFixed(2);
  console.log(
    `${issues} new issues in ${messages} messages, alert_interval_seconds ${interval_s}: delay median ${quantile(0.5)} s, p95 ${quantile(0.95)} s, most ${quantile(1)} s`,
  );
} finally {
  await server.stop();
  chat.close();
  folder.remove();
}
