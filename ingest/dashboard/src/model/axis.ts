/** Round places for ticks on a time axis from 0 to `max_ms`, `max_ms` not needed among them. */
export function axisTicks(max_ms: number, wanted: number): number[] {
  if (!(max_ms > 0) || wanted < 1) return [0];
  const raw = max_ms / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? raw;
  const ticks: number[] = [];
  for (let i = 0; i * step <= max_ms * 1.0001; i++) ticks.push(i * step);
  return ticks;
}

/** Labels of one axis share a unit, so that they can be compared at a glance. */
export function tickLabel(ms: number, max_ms: number): string {
  if (max_ms < 2000) return `${Number(ms.toFixed(1))} ms`;
  return `${Number((ms / 1000).toFixed(2))} s`;
}
