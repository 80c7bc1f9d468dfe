// Log lines of structlog and pino, sent as the documentation shows.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../demo-site/processes.mjs';
import { expect, hex, test } from './client.ts';

const writers = [
  {
    name: 'structlog',
    command: [join(root, '.venv/bin/python'), 'e2e/clients/apps/structlog_lines.py'],
    messages: ['order_placed', 'checkout_failed'],
  },
  {
    name: 'pino',
    command: [process.execPath, 'e2e/clients/apps/pino_lines.mjs'],
    messages: ['order placed', 'checkout failed'],
  },
];

for (const { name, command, messages } of writers) {
  test(`${name}: its lines join the trace they name`, async ({ site }) => {
    const script = site.write('send.sh', site.filled('logs.sh'));
    const trace = hex(16);
    const send = (writer: string[]) =>
      JSON.parse(
        execFileSync('sh', [script, ...writer], {
          cwd: root,
          env: { ...process.env, TRACE_ID: trace },
          encoding: 'utf8',
        }),
      );
    const lines = join(site.folder, 'lines.jsonl');
    expect(send(['sh', '-c', `"$@" | tee ${lines}`, 'sh', ...command])).toEqual({
      stored: 2,
      duplicates: 0,
      dropped: 0,
    });
    // A shipper that missed the answer sends the same bytes again.
    expect(send(['cat', lines])).toEqual({ stored: 0, duplicates: 2, dropped: 0 });
    const { logs } = await site.trace(trace);
    expect(logs.map((line: { message: string }) => line.message)).toEqual(messages);
    expect(logs.map((line: { level: string }) => line.level)).toEqual(['info', 'error']);
    expect(logs[0].attributes).toMatchObject({ order_id: 7 });
  });
}
