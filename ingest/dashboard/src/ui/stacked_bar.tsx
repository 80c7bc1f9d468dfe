import type { JSX } from 'preact';
import { formatMs, formatShare } from '../model/format';

export interface BarPart {
  key: string;
  label: string;
  ms: number;
  class: string;
  /** Shown in the legend in place of the label, in the font of code. */
  code?: string;
  parts?: BarPart[];
}

/** Parts of a whole as one bar with its legend; a part may be opened into its own. */
export function StackedBar({
  parts,
  label,
  scale_ms,
  legend = true,
}: {
  parts: readonly BarPart[];
  label: string;
  /** The bar's full width; default: the sum of the parts. */
  scale_ms?: number;
  legend?: boolean;
}): JSX.Element {
  const sum = parts.reduce((total, part) => total + part.ms, 0);
  const whole = Math.max(scale_ms ?? sum, 1e-9);
  const flat = parts.flatMap((part) => part.parts ?? [part]).filter((part) => part.ms > 0);
  const words = flat.map((part) => `${part.label} ${formatMs(part.ms)}`).join(', ');
  return (
    <>
      <div class="stacked" role="img" aria-label={`${label}: ${words}`}>
        {flat.map((part) => (
          <span
            key={part.key}
            class={part.class}
            style={{ width: `${(part.ms / whole) * 100}%` }}
            title={`${part.label}: ${formatMs(part.ms)}`}
          >
            {part.ms / whole > 0.03 && <b>{formatMs(part.ms)}</b>}
          </span>
        ))}
      </div>
      {legend && <Legend parts={parts} sum={sum} />}
    </>
  );
}

function Legend({ parts, sum }: { parts: readonly BarPart[]; sum: number }): JSX.Element {
  return (
    <ul class="legend">
      {parts
        .filter((part) => part.ms > 0)
        .map((part) => (
          <li key={part.key}>
            <span class={`swatch ${part.parts ? (part.parts[0]?.class ?? '') : part.class}`} />
            <span class="legend-label" title={part.label}>
              {part.code ? <code>{part.code}</code> : part.label}
            </span>
            <span class="num">{formatMs(part.ms)}</span>
            <span class="num muted">{formatShare(sum > 0 ? part.ms / sum : 0)}</span>
            {part.parts && <Legend parts={part.parts} sum={sum} />}
          </li>
        ))}
    </ul>
  );
}
