import { expect, type Json, leave, test } from '../fixtures.ts';

test('received = stored + dropped, in the API and on /metrics', async ({
  page,
  shop,
  api,
  pagewake,
}) => {
  await page.goto(`${shop.url}/`, { waitUntil: 'load' });
  await leave(page);
  await api.newestPageView('/', (v) => v.final);
  const refused = await fetch(`${pagewake.url}/api/1/beacon/?key=${'0'.repeat(32)}`, {
    method: 'POST',
    body: 'PW',
  });
  expect(refused.status).toBe(401);
  expect((await refused.json()).error.code).toBe('bad_key');
  const outcomes = await api.waitFor(async () => {
    const found = await api.get('outcomes', { from: '-1h' });
    return found.items.some((o: Json) => o.reason === 'bad_key') ? found : undefined;
  }, 'the refusal in the outcomes');
  expect(outcomes.received).toBe(outcomes.stored + outcomes.dropped);
  expect(outcomes.stored).toBeGreaterThan(0);

  const metrics = await (await fetch(`${pagewake.url}/metrics`)).text();
  expect(metrics).toMatch(/pagewake_outcomes_total\{[^}]*reason="bad_key"[^}]*\} [1-9]/);
  expect((await fetch(`${pagewake.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${pagewake.url}/readyz`)).status).toBe(200);
});
