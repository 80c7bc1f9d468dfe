import type { PageReport, SliceDimension, TimeBand } from '../api/types';
import type { Selection } from './filters';
import { words } from './format';

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

export const PHASES: readonly { key: keyof TimeBand; label: string }[] = [
  { key: 'redirect_ms', label: 'Redirects' },
  { key: 'stall_ms', label: 'Before the request' },
  { key: 'dns_ms', label: 'DNS' },
  { key: 'connect_ms', label: 'Connect and TLS' },
  { key: 'network_ms', label: 'Network' },
  { key: 'backend_ms', label: 'Backend' },
  { key: 'resource_load_delay_ms', label: 'Resource load delay' },
  { key: 'resource_load_duration_ms', label: 'Resource load' },
  { key: 'element_render_delay_ms', label: 'Render delay' },
];

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
