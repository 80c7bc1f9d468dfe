import { describe, expect, it } from 'vitest';
import type { ReleaseSide } from '../src/api/types';
import { VITAL_NAMES } from '../src/api/types';
import { measuresOf } from '../src/model/releases';
import { envelopePath, newEventId, testEnvelope } from '../src/model/test_error';

function side(given: Partial<ReleaseSide>): ReleaseSide {
  return {
    release: '1.0',
    views: 0,
    views_share: 0,
    error_rate: 0,
    sessions: 0,
    adoption: 0,
    crash_free_sessions: null,
    crash_free_users: null,
    users: 0,
    errored: 0,
    abnormal: 0,
    unhandled: 0,
    crashed: 0,
    first_session_at: null,
    last_session_at: null,
    vitals: { lcp_ms: null, inp_ms: null, cls: null, fcp_ms: null, ttfb_ms: null },
    events: 0,
    issues: 0,
    new_issues: 0,
    top_new_issues: [],
    ...given,
  };
}

describe('measuresOf', () => {
  const lcp = { p50: 1, p75: 2000, p95: 3, good: 0.9, needs_improvement: 0.1, poor: 0, count: 40 };
  const now = side({ views: 40, error_rate: 0.1, vitals: { ...side({}).vitals, lcp_ms: lcp } });
  const named = (base: ReleaseSide, name: string) =>
    measuresOf(now, base, VITAL_NAMES).find((one) => one.name === name);

  it('keeps how many visits a number rests on, each vital its own', () => {
    expect(named(side({ views: 7 }), 'LCP p75')).toMatchObject({
      now: 2000,
      base: null,
      count: { now: 40, base: 0 },
    });
    expect(named(side({ views: 7 }), 'LCP good')).toMatchObject({ now: 0.9, base: null });
  });

  it('says no share of too few', () => {
    expect(named(side({ views: 4, error_rate: 0.5 }), 'Views with an error')?.base).toBeNull();
    expect(named(side({ views: 5, error_rate: 0.5 }), 'Views with an error')?.base).toBe(0.5);
    const health = { sessions: 4, crash_free_sessions: 0.75, users: 9, crash_free_users: 0.9 };
    expect(named(side(health), 'Crash-free sessions')?.base).toBeNull();
    expect(named(side(health), 'Crash-free users')?.base).toBe(0.9);
  });
});

describe('the test error', () => {
  it('is an envelope of one event with its own id, for the key of the project', () => {
    const event_id = newEventId();
    expect(event_id).toMatch(/^[\da-f]{32}$/);
    expect(newEventId()).not.toBe(event_id);
    const [head, item, event] = testEnvelope(event_id, 'https://key@rum.example/7', 1500)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(head).toEqual({ event_id, dsn: 'https://key@rum.example/7' });
    expect(item).toEqual({ type: 'event' });
    expect(event).toMatchObject({ event_id, timestamp: 1.5, platform: 'javascript' });
    expect(envelopePath({ id: 7, public_key: 'ab' })).toBe('/api/7/envelope/?sentry_key=ab');
  });
});
