import { expect, test } from 'vitest';
import type { AlertRule } from '../src/api/types';
import { minuteWords, ruleWords } from '../src/model/alerts';

const RULE: AlertRule = {
  rule_id: 1,
  name: 'rule',
  kind: 'new_issue',
  enabled: true,
  page: '',
  vital: '',
  threshold: null,
  window_minutes: 60,
  minimum_views: 50,
  cooldown_minutes: 60,
  channel_ids: [],
};

test.each<[Partial<AlertRule>, string]>([
  [{}, 'as it appears'],
  [{ kind: 'regression' }, 'as it comes back'],
  [{ kind: 'spike', threshold: 10 }, 'at least 10 events in an hour and far more than usual'],
  [
    { kind: 'vital', vital: 'lcp_ms', threshold: 4000, page: '/checkout' },
    'p75 of LCP over 4.00 s on /checkout, within an hour, from 50 views on',
  ],
  [
    { kind: 'vital', vital: 'cls', threshold: 0.1, window_minutes: 90 },
    'p75 of CLS over 0.100 on any page, within 90 minutes, from 50 views on',
  ],
  [
    { kind: 'page_error_rate', threshold: 0.05, window_minutes: 120 },
    'over 5 % of views with an error on any page, within 2 hours, from 50 views on',
  ],
  [{ kind: 'absence', window_minutes: 1440 }, 'nothing for a day'],
  [{ kind: 'objective' }, 'as it burns too fast, of any objective'],
  [{ kind: 'objective', page: '/checkout' }, 'as it burns too fast, of /checkout'],
])('%o', (change, words) => {
  expect(ruleWords({ ...RULE, ...change })).toBe(words);
});

test.each([
  [5, '5 minutes'],
  [60, 'an hour'],
  [120, '2 hours'],
  [1440, 'a day'],
  [10_080, '7 days'],
])('%d minutes', (minutes, words) => expect(minuteWords(minutes)).toBe(words));
