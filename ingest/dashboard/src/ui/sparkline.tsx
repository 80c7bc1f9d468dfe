import type { JSX } from 'preact';

/** A line of some numbers, without axes: the shape of a trend. Gaps stay gaps. */
export function Sparkline({
  values,
  threshold,
  label,
}: {
  values: readonly (number | null)[];
  /** A dashed line, where the vital stops being good. */
  threshold?: number;
  label: string;
}): JSX.Element | null {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const top = Math.max(...known, threshold ?? 0) * 1.1 || 1;
  const x = (i: number) => (values.length < 2 ? 50 : (i / (values.length - 1)) * 98 + 1);
  const y = (value: number) => 23 - (value / top) * 22;
  let path = '';
  let drawing = false;
  for (const [i, value] of values.entries()) {
    if (value === null) {
      drawing = false;
      continue;
    }
    path += `${drawing ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    drawing = true;
  }
  return (
    <svg
      class="sparkline"
      viewBox="0 0 100 24"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {threshold !== undefined && (
        <line class="threshold" x1="0" x2="100" y1={y(threshold)} y2={y(threshold)} />
      )}
      <path d={path} />
    </svg>
  );
}
