import type { JSX } from 'preact';
import type { Bucket, VitalName } from '../api/types';
import { formatCount, formatVital } from '../model/format';
import { histogramBars } from '../model/histogram';
import { VITALS } from '../model/rating';

export function Histogram({
  vital,
  buckets,
  p75,
}: {
  vital: VitalName;
  buckets: Bucket[];
  p75: number | null;
}): JSX.Element | null {
  const bars = histogramBars(vital, buckets);
  const top = bars[bars.length - 1]?.high ?? 0;
  if (bars.length === 0) return null;
  const width = 100 / bars.length;
  return (
    <figure class="histogram">
      <svg
        viewBox="0 0 100 36"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Distribution of ${VITALS[vital].short} from 0 to ${formatVital(vital, top)}`}
      >
        {bars.map((bar) => {
          const height = bar.count > 0 ? Math.max(0.8, bar.height * 34) : 0;
          return (
            <rect
              key={bar.low}
              class={bar.rating}
              x={(bar.low / top) * 100 + width * 0.06}
              y={36 - height}
              width={width * 0.88}
              height={height}
            >
              <title>{`${formatVital(vital, bar.low)} to ${formatVital(vital, bar.high)}: ${formatCount(bar.count)}`}</title>
            </rect>
          );
        })}
        {p75 !== null && p75 <= top && (
          <line class="p75" x1={(p75 / top) * 100} x2={(p75 / top) * 100} y1="0" y2="36" />
        )}
      </svg>
      <figcaption>
        <span>0</span>
        <span>{formatVital(vital, top)}</span>
      </figcaption>
    </figure>
  );
}
