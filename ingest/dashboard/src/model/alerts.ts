import type { AlertRule, AlertRuleKind, VitalName } from '../api/types';
import { formatCls, formatMs, formatShare } from './format';
import { VITALS } from './rating';

/** A kind of rule: what it asks for, and what it stands on until someone changes it. */
export interface AlertKind {
  label: string;
  /** What must hold for it to tell something. */
  about: string;
  fields: readonly ('page' | 'vital' | 'threshold' | 'window_minutes' | 'minimum_views')[];
  threshold?: { label: string; fallback: number; step: string };
}

export const ALERT_KINDS: Record<AlertRuleKind, AlertKind> = {
  new_issue: {
    label: 'New issue',
    about: 'An error of a kind nobody has seen before.',
    fields: [],
  },
  regression: {
    label: 'Regression',
    about: 'An issue that was resolved happens again.',
    fields: [],
  },
  spike: {
    label: 'Spike',
    about: 'An issue happens far more often than in the same hour of past days.',
    fields: ['threshold'],
    threshold: { label: 'Events in the hour, at least', fallback: 10, step: '1' },
  },
  page_error_rate: {
    label: 'Error rate of a page',
    about: 'Too large a share of page views has an error.',
    fields: ['page', 'threshold', 'window_minutes', 'minimum_views'],
    threshold: { label: 'Views with an error, %', fallback: 5, step: 'any' },
  },
  vital: {
    label: 'Slow page',
    about: "A vital's 75th percentile is over its limit.",
    fields: ['vital', 'page', 'threshold', 'window_minutes', 'minimum_views'],
    threshold: { label: 'p75 over', fallback: 2500, step: 'any' },
  },
  absence: {
    label: 'Silence',
    about: 'Nothing arrives any more: the script is gone, or the site is down.',
    fields: ['window_minutes'],
  },
  objective: {
    label: 'Error budget of an objective',
    about:
      'The budget burns too fast in a long window and still in a short one: 14.4 times in an hour, 6 times in 6 hours, or faster than it may over 3 days.',
    fields: ['page'],
  },
};

export function minuteWords(minutes: number): string {
  if (minutes % 1440 === 0) return minutes === 1440 ? 'a day' : `${minutes / 1440} days`;
  if (minutes % 60 === 0) return minutes === 60 ? 'an hour' : `${minutes / 60} hours`;
  return `${minutes} minutes`;
}

/** "p75 of LCP over 4.0 s on /checkout, within an hour, from 50 views on" */
export function ruleWords(rule: AlertRule): string {
  const threshold = rule.threshold ?? 0;
  const where = rule.page ? `on ${rule.page}` : 'on any page';
  const within = `within ${minuteWords(rule.window_minutes)}, from ${rule.minimum_views} views on`;
  switch (rule.kind) {
    case 'spike':
      return `at least ${threshold} events in an hour and far more than usual`;
    case 'page_error_rate':
      return `over ${formatShare(threshold)} of views with an error ${where}, ${within}`;
    case 'vital': {
      const vital = rule.vital as VitalName;
      const limit = vital === 'cls' ? formatCls(threshold) : formatMs(threshold);
      return `p75 of ${VITALS[vital].short} over ${limit} ${where}, ${within}`;
    }
    case 'absence':
      return `nothing for ${minuteWords(rule.window_minutes)}`;
    case 'objective':
      return `as it burns too fast, ${rule.page ? `of ${rule.page}` : 'of any objective'}`;
    case 'new_issue':
      return 'as it appears';
    case 'regression':
      return 'as it comes back';
  }
}
