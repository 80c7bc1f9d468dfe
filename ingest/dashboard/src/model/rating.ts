import type { VitalName } from '../api/types';

export type Rating = 'good' | 'needs_improvement' | 'poor';

export interface VitalInfo {
  short: string;
  name: string;
  /** At most `good` is good, above `poor` is poor (web.dev). */
  good: number;
  poor: number;
  what: string;
}

export const VITALS: Record<VitalName, VitalInfo> = {
  lcp_ms: {
    short: 'LCP',
    name: 'Largest Contentful Paint',
    good: 2500,
    poor: 4000,
    what: 'when the largest image or text was there',
  },
  inp_ms: {
    short: 'INP',
    name: 'Interaction to Next Paint',
    good: 200,
    poor: 500,
    what: 'how long the page took to answer an input',
  },
  cls: {
    short: 'CLS',
    name: 'Cumulative Layout Shift',
    good: 0.1,
    poor: 0.25,
    what: 'how much the page moved under the reader',
  },
  fcp_ms: {
    short: 'FCP',
    name: 'First Contentful Paint',
    good: 1800,
    poor: 3000,
    what: 'when something was first to be seen',
  },
  ttfb_ms: {
    short: 'TTFB',
    name: 'Time to First Byte',
    good: 800,
    poor: 1800,
    what: "when the document's first byte arrived",
  },
};

/** The three that Google judges a page by; pain is made of them. */
export const CORE_VITALS = ['lcp_ms', 'inp_ms', 'cls'] as const;

export const RATING_WORDS: Record<Rating, string> = {
  good: 'Good',
  needs_improvement: 'Needs improvement',
  poor: 'Poor',
};

export function rate(name: VitalName, value: number | null | undefined): Rating | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  const { good, poor } = VITALS[name];
  if (value <= good) return 'good';
  return value <= poor ? 'needs_improvement' : 'poor';
}

export const MISSING_WORDS: Record<string, string> = {
  not_yet: 'not yet: the page view was still going on at its last beacon',
  no_interaction: 'the visitor did not click, tap or type',
  hidden_first: 'the page was loaded in the background',
  unsupported: 'this browser does not report it',
  not_applicable: 'does not apply to this kind of page view',
  left_early: 'the visitor left before it happened',
};

export function missingWords(reason: string | undefined): string {
  if (reason === undefined || reason === '') return 'not measured';
  return MISSING_WORDS[reason] ?? reason.replace(/_/g, ' ');
}
