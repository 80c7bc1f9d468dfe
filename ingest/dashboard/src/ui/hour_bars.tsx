import type { JSX } from 'preact';
import { formatCount, formatTime } from '../model/format';

/** Counts per hour as small bars; for an issue's history. */
export function HourBars({ hours }: { hours: { at: string; count: number }[] }): JSX.Element {
  const most = Math.max(1, ...hours.map((hour) => hour.count));
  const total = hours.reduce((sum, hour) => sum + hour.count, 0);
  const width = 100 / Math.max(1, hours.length);
  const first = hours[0];
  const last = hours[hours.length - 1];
  return (
    <figure class="hours">
      <svg
        viewBox="0 0 100 40"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${formatCount(total)} events, at most ${formatCount(most)} in one hour`}
      >
        {hours.map((hour, i) => {
          const height = hour.count === 0 ? 0.6 : Math.max(1.5, (hour.count / most) * 38);
          return (
            <rect
              key={hour.at}
              class={hour.count === 0 ? 'none' : ''}
              x={i * width + width * 0.12}
              y={40 - height}
              width={width * 0.76}
              height={height}
            >
              <title>{`${formatTime(hour.at, 'minute')}: ${formatCount(hour.count)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>
        <span>{first ? formatTime(first.at, 'minute') : ''}</span>
        <span>at most {formatCount(most)} per hour</span>
        <span>{last ? formatTime(last.at, 'minute') : ''}</span>
      </figcaption>
    </figure>
  );
}
