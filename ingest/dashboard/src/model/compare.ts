import { type PageReport, type SliceDimension, VITAL_NAMES, type VitalName } from '../api/types';
import { type Change, changeOf, mayBeChance, percentilesMayBeChance, withChance } from './change';
import type { Selection } from './filters';
import { words } from './format';
import { VITALS } from './rating';
import { PHASES } from './time_band';

/** What a report is set against: an earlier period, or another value of one dimension. */
export type Against =
  | { kind: 'before' | 'week' }
  | { kind: 'slice'; dimension: SliceDimension; value: string };

const WEEK_MS = 7 * 86_400_000;

/** In the order in which they are offered. */
const DIMENSIONS: readonly SliceDimension[] = [
  'release',
  'device',
  'connection',
  'browser',
  'os',
  'country',
  'navigation_type',
];

/** "before", "week", "release:1.4.1"; null where the URL says nothing known. */
export function parseAgainst(text: string | null): Against | null {
  if (text === 'before' || text === 'week') return { kind: text };
  const [, name, value] = /^([a-z_]+):(.+)$/.exec(text ?? '') ?? [];
  const dimension = DIMENSIONS.find((known) => known === name);
  return dimension && value !== undefined ? { kind: 'slice', dimension, value } : null;
}

/**
 * The selection of the other side. The period before is as long and ends where
 * this one begins; the one a week earlier has the same days and hours.
 */
export function otherSelection(
  selection: Selection,
  against: Against,
  range: { from: string; to: string },
): Selection {
  if (against.kind === 'slice') {
    return { ...selection, filters: { ...selection.filters, [against.dimension]: against.value } };
  }
  const from = Date.parse(range.from);
  const to = Date.parse(range.to);
  const earlier_ms = against.kind === 'week' ? WEEK_MS : to - from;
  return {
    ...selection,
    from: new Date(from - earlier_ms).toISOString(),
    to: new Date(to - earlier_ms).toISOString(),
  };
}

/** What there is to compare with: values of this report's slices, the largest first. */
export function choices(report: PageReport): { value: string; label: string }[] {
  const out = [
    { value: 'before', label: 'the period before' },
    { value: 'week', label: 'the same time a week earlier' },
  ];
  for (const dimension of DIMENSIONS) {
    for (const slice of (report.slices[dimension] ?? []).slice(0, 5)) {
      if (slice.value === '') continue;
      out.push({
        value: `${dimension}:${slice.value}`,
        label: `${words(dimension)} ${words(slice.value)}`,
      });
    }
  }
  return out;
}

/** One measure of two reports side by side. */
export interface Compared {
  name: string;
  vital?: VitalName;
  kind: 'count' | 'share' | 'vital' | 'phase';
  /** The colour of a phase. */
  class?: string;
  here: number | null;
  there: number | null;
  /** What the two numbers come from. */
  views: { now: number; before: number };
  change: Change | null;
}

/** This report beside another: traffic and vitals, and where the time to the LCP goes. */
export function compared(
  here: PageReport,
  there: PageReport,
): { measures: Compared[]; phases: Compared[] } {
  const views = { now: here.views, before: there.views };
  const count: Compared = {
    name: 'Page views',
    kind: 'count',
    here: here.views,
    there: there.views,
    views,
    change: changeOf(here.views, there.views, views, null),
  };
  const errors: Compared = {
    name: 'With an error',
    kind: 'share',
    here: here.error_rate,
    there: there.error_rate,
    views,
    change: withChance(changeOf(here.error_rate, there.error_rate, views), () =>
      mayBeChance({ now: here.error_rate ?? 0, before: there.error_rate ?? 0 }, views),
    ),
  };
  const vitals = VITAL_NAMES.map((vital): Compared => {
    const [now, before] = [here.vitals[vital], there.vitals[vital]];
    const counts = { now: now?.count ?? 0, before: before?.count ?? 0 };
    return {
      name: `${VITALS[vital].short} p75`,
      kind: 'vital',
      vital,
      here: now?.p75 ?? null,
      there: before?.p75 ?? null,
      views: counts,
      change: withChance(changeOf(now?.p75, before?.p75, counts), () =>
        percentilesMayBeChance(
          { now: now?.p75 ?? 0, before: before?.p75 ?? 0 },
          { now: here.distribution[vital], before: there.distribution[vital] },
          counts,
        ),
      ),
    };
  });
  const bands = { here: here.where_time_goes.p75, there: there.where_time_goes.p75 };
  const loads = {
    now: here.vitals.lcp_ms?.count ?? 0,
    before: there.vitals.lcp_ms?.count ?? 0,
  };
  const phases = PHASES.map(({ field, label, class: cls }): Compared => {
    const [now, before] = [bands.here?.[field] ?? null, bands.there?.[field] ?? null];
    return {
      name: label,
      kind: 'phase',
      class: cls,
      here: now,
      there: before,
      views: loads,
      change: changeOf(now, before, loads),
    };
  }).filter((row) => (row.here ?? 0) > 0 || (row.there ?? 0) > 0);
  return { measures: [count, errors, ...vitals], phases };
}
