import { expect, test } from 'vitest';
import page from '../../docs/clients.md?raw';
import { clientSnippets } from '../src/model/client_snippets';

const KEY = '0123456789abcdef0123456789abcdef';
const PROJECT = { dsn: `https://${KEY}@rum.example:8790/3`, public_key: KEY };

test('every snippet of the documentation is there, under its client', () => {
  const all = clientSnippets(page, PROJECT);
  expect(all.map(({ client, part }) => `${client} ${part}`.trim())).toEqual([
    'OpenTelemetry Node.js',
    'OpenTelemetry Python',
    'OpenTelemetry Browser',
    'Sentry Django',
    'Sentry Node.js',
    'Sentry Browser',
    'Grafana Faro',
    'web-vitals',
    'CSP and the Reporting API report-uri',
    'CSP and the Reporting API report-to',
    'Log lines',
  ]);
  expect(new Set(all.map(({ client, part }) => `${client} ${part}`)).size).toBe(all.length);
  expect(all.length).toBe(page.match(/<!-- snippet: /g)?.length);
});

test('they are filled in for the project, and nothing is left to fill in', () => {
  const all = clientSnippets(page, PROJECT);
  for (const { code } of all) {
    expect(code).toMatch(/rum\.example:8790/);
    expect(code).not.toMatch(/HOST|PUBLIC_KEY|\/api\/1\/|\/1"/);
  }
  const codeOf = (name: string) => all.find(({ client }) => client === name)?.code;
  expect(codeOf('Log lines')).toBe(
    `"$@" | curl -sS --fail --data-binary @- 'https://rum.example:8790/api/3/logs/?key=${KEY}'`,
  );
  expect(codeOf('Sentry')).toContain(`dsn="${PROJECT.dsn}"`);
});
