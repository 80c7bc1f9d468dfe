const HOUR_MS = 3_600_000;
/** More bars than this are thinner than a pixel. */
const MOST_HOURS = 31 * 24;

export interface HourCount {
  at: string;
  count: number;
}

/** Start or end of a time range as ms since the epoch; "-24h" counts from `now_unix_ms`. */
export function rangeEdgeMs(edge: string, now_unix_ms: number): number {
  const relative = /^-(\d+)([mhd])$/.exec(edge);
  if (!relative) return edge === '' ? now_unix_ms : Date.parse(edge);
  const unit_ms = { m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS }[relative[2] as 'm' | 'h' | 'd'];
  return now_unix_ms - Number(relative[1]) * unit_ms;
}

/** Every hour of the range, those without events as 0; the API names only the others. */
export function fillHours(
  hours: readonly HourCount[],
  from_unix_ms: number,
  to_unix_ms: number,
): HourCount[] {
  const first = Math.floor(from_unix_ms / HOUR_MS);
  const last = Math.floor((to_unix_ms - 1) / HOUR_MS);
  if (!(last >= first) || last - first >= MOST_HOURS) return [...hours];
  const counts = new Map<number, number>();
  for (const { at, count } of hours) {
    const hour = Math.floor(Date.parse(at) / HOUR_MS);
    counts.set(hour, (counts.get(hour) ?? 0) + count);
  }
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    at: new Date((first + i) * HOUR_MS).toISOString(),
    count: counts.get(first + i) ?? 0,
  }));
}
