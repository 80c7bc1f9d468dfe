import type { JSX } from 'preact';
import { formatMs } from '../model/format';

interface Part {
  key: string;
  label: string;
  class: string;
  ms: number;
}

/** One column a step, each stacked from its parts; the legend below. */
export function StackedColumns({
  columns,
  label,
}: {
  columns: readonly { key: string; title: string; parts: readonly Part[] }[];
  label: string;
}): JSX.Element {
  const sum = (parts: readonly Part[]) => parts.reduce((total, part) => total + part.ms, 0);
  const most = Math.max(1, ...columns.map((column) => sum(column.parts)));
  const first = columns[0];
  const last = columns[columns.length - 1];
  if (!first || !last) return <p class="muted">Too few views in each step to say.</p>;
  return (
    <figure class="stacked-columns">
      <div class="stacked-area" role="img" aria-label={label}>
        <span class="stacked-top muted small">{formatMs(most)}</span>
        {columns.map((column) => (
          <span
            key={column.key}
            class="stacked-column"
            title={`${column.title}: ${column.parts.map((part) => `${part.label} ${formatMs(part.ms)}`).join(', ')}`}
          >
            {[...column.parts].reverse().map((part) => (
              <span
                key={part.key}
                class={part.class}
                style={{ height: `${(part.ms / most) * 100}%` }}
              />
            ))}
          </span>
        ))}
      </div>
      <div class="stacked-axis muted small" aria-hidden="true">
        <span>{first.title}</span>
        {columns.length > 1 && <span>{last.title}</span>}
      </div>
      <ul class="phase-legend" aria-label="Colours">
        {first.parts.map((part) => (
          <li key={part.key}>
            <span class={`swatch ${part.class}`} />
            {part.label}
          </li>
        ))}
      </ul>
    </figure>
  );
}
