import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import type uPlot from 'uplot';
import type { ReleaseMark, SeriesPoint, VitalName } from '../api/types';
import { tooFew } from '../model/change';
import { formatCount, formatShare, formatVital, NONE, plural } from '../model/format';
import { rate, VITALS } from '../model/rating';
import { RatingIcon } from './icons';
import { FromViews } from './parts';
import {
  barSeries,
  type Colours,
  lineSeries,
  type Plot,
  TimeChart,
  type TimeRange,
  valueAxis,
} from './time_chart';

interface Series {
  points: SeriesPoint[];
  range: TimeRange;
  releases: readonly ReleaseMark[];
}

function drawLevel(u: uPlot, level: number, stroke: string): void {
  if (level > (u.scales.y?.max ?? 0)) return;
  const y = Math.round(u.valToPos(level, 'y', true));
  u.ctx.save();
  u.ctx.strokeStyle = stroke;
  u.ctx.lineWidth = Math.max(1, devicePixelRatio);
  u.ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  u.ctx.beginPath();
  u.ctx.moveTo(u.bbox.left, y);
  u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
  u.ctx.stroke();
  u.ctx.restore();
}

/** One vital's p75 as a line over the number of views as bars; its thresholds dashed. */
export function TimeSeries({ vital, ...series }: Series & { vital: VitalName }): JSX.Element {
  const { points } = series;
  const { good, poor, name, short } = VITALS[vital];
  const plot = useCallback(
    (of: Colours, lib: typeof uPlot): Plot => ({
      scales: {
        y: { range: (_u, _min, max) => [0, Math.max(max ?? 0, good) * 1.15] },
        views: { range: (_u, _min, max) => [0, Math.max(1, (max ?? 1) * 3)] },
      },
      series: [
        barSeries(lib, 'views', of('--chart-bars')),
        lineSeries('y', of('--accent'), points.length),
      ],
      axes: [valueAxis('y', of, (v) => (v === 0 ? '0' : formatVital(vital, v)), { size: 56 })],
      values: [points.map((p) => p.views), points.map((p) => (tooFew(p.views) ? null : p[vital]))],
      draw: (u) => {
        drawLevel(u, good, of('--good'));
        drawLevel(u, poor, of('--poor'));
      },
    }),
    [points, vital, good, poor],
  );
  return (
    <TimeChart
      {...series}
      plot={plot}
      readout={(point) => {
        const value = tooFew(point.views) ? null : point[vital];
        const rating = rate(vital, value);
        return (
          <>
            <span>
              {rating && <RatingIcon rating={rating} />} p75 {short}{' '}
              <b>{value === null ? NONE : formatVital(vital, value)}</b>
            </span>
            <span>
              <span class="bar-key" /> {plural(point.views, 'view')}
            </span>
          </>
        );
      }}
      label={`${name} over time, p75`}
      name={`${vital}-over-time`}
      caption={`${name} over time`}
      columns={{
        before: [
          {
            key: `p75_${vital}`,
            label: `p75 ${short}`,
            class: 'num',
            value: (p) => p[vital],
            cell: (p) => <FromViews views={p.views}>{formatVital(vital, p[vital])}</FromViews>,
          },
        ],
      }}
    />
  );
}

/** Views as bars, the share of them with an error as a line. */
export function TrafficSeries(series: Series): JSX.Element {
  const { points } = series;
  const plot = useCallback(
    (of: Colours, lib: typeof uPlot): Plot => ({
      scales: {
        y: { range: (_u, _min, max) => [0, Math.max(1, (max ?? 1) * 1.15)] },
        share: { range: (_u, _min, max) => [0, Math.max(0.02, (max ?? 0) * 1.15)] },
      },
      series: [
        barSeries(lib, 'y', of('--chart-traffic')),
        lineSeries('share', of('--poor'), points.length),
      ],
      axes: [
        valueAxis('y', of, formatCount),
        valueAxis('share', of, formatShare, { side: 1, grid: { show: false } }),
      ],
      values: [
        points.map((p) => p.views),
        points.map((p) => (tooFew(p.views) ? null : p.error_rate)),
      ],
    }),
    [points],
  );
  return (
    <TimeChart
      {...series}
      plot={plot}
      readout={(point) => (
        <>
          <span>
            <b>{formatCount(point.views)}</b> {Math.round(point.views) === 1 ? 'view' : 'views'}
          </span>
          <span>
            <span class="line-key poor" />{' '}
            {tooFew(point.views) ? NONE : formatShare(point.error_rate)} with an error
          </span>
        </>
      )}
      label="Page views and the share of them with an error over time"
      name="traffic"
      caption="Page views and errors over time"
      columns={{
        after: [
          {
            key: 'error_rate',
            label: 'With an error',
            class: 'num',
            value: (p) => p.error_rate,
            cell: (p) => <FromViews views={p.views}>{formatShare(p.error_rate)}</FromViews>,
          },
        ],
      }}
    />
  );
}
