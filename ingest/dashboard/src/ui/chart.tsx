import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { ReleaseMark, SeriesPoint, VitalName } from '../api/types';
import { formatCount, formatShare, formatTime, formatVital, NONE } from '../model/format';
import { rate, VITALS } from '../model/rating';
import { RatingIcon } from './icons';
import { DataTable } from './table';
import { onThemeChange } from './theme';

/** A colour of the design system as canvas understands it: light-dark() resolved. */
function colour(element: HTMLElement, variable: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  element.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

const HEIGHT_PX = 208;

/** One vital's p75 as a line over the number of views as bars; its thresholds dashed. */
export function TimeSeries({
  points,
  range,
  vital,
  releases,
}: {
  points: SeriesPoint[];
  range: TimeRange;
  vital: VitalName;
  releases: readonly ReleaseMark[];
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number | null>(null);
  const [themes, setThemes] = useState(0);
  useEffect(() => onThemeChange(() => setThemes((n) => n + 1)), []);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const ink = colour(element, '--text-muted');
    const grid = colour(element, '--line');
    const line = colour(element, '--accent');
    const bars = colour(element, '--chart-bars');
    const good = colour(element, '--good');
    const poor = colour(element, '--poor');
    const { good: goodAt, poor: poorAt } = VITALS[vital];
    const at = points.map((p) => Date.parse(p.at) / 1000);
    const values = points.map((p) => p[vital]);
    const views = points.map((p) => p.views);
    const font = '11px system-ui, sans-serif';
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PX,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        scales: {
          x: { time: true, range: () => axisOf(range) },
          y: { range: (_u, _min, max) => [0, Math.max(max ?? 0, goodAt) * 1.15] },
          views: { range: (_u, _min, max) => [0, Math.max(1, (max ?? 1) * 3)] },
        },
        series: [
          {},
          {
            scale: 'views',
            fill: bars,
            width: 0,
            points: { show: false },
            ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.7, 28] }) } : {}),
          },
          {
            scale: 'y',
            stroke: line,
            width: 2,
            spanGaps: false,
            points: { show: points.length < 40, size: 5, fill: line },
          },
        ],
        axes: [
          {
            stroke: ink,
            font,
            grid: { show: false },
            ticks: { stroke: grid, size: 4 },
            values: timeLabels,
          },
          {
            scale: 'y',
            stroke: ink,
            font,
            size: 56,
            grid: { stroke: grid, width: 1 },
            ticks: { show: false },
            values: (_u, splits) => splits.map((v) => (v === 0 ? '0' : formatVital(vital, v))),
          },
        ],
        hooks: {
          setCursor: [(u) => setIndex(u.cursor.idx ?? null)],
          drawAxes: [
            (u) => drawReleases(u, releases, ink),
            (u) => {
              const top = u.scales.y?.max ?? 0;
              for (const [level, stroke] of [
                [goodAt, good],
                [poorAt, poor],
              ] as const) {
                if (level > top) continue;
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
            },
          ],
        },
      },
      [at, views, values],
      element,
    );
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      setIndex(null);
    };
  }, [points, range, vital, themes, releases]);

  const point = index === null ? points[points.length - 1] : points[index];
  const rating = point ? rate(vital, point[vital]) : null;
  return (
    <div class="chart">
      <p class="chart-readout" aria-hidden="true">
        {point && (
          <>
            <span class="muted">{formatTime(point.at, 'minute')}</span>
            <span>
              {rating && <RatingIcon rating={rating} />} p75 {VITALS[vital].short}{' '}
              <b>{point[vital] === null ? NONE : formatVital(vital, point[vital])}</b>
            </span>
            <span>
              <span class="bar-key" /> {formatCount(point.views)} views
            </span>
          </>
        )}
      </p>
      <div
        ref={box}
        class="chart-canvas"
        role="img"
        aria-label={`${VITALS[vital].name} over time, p75; the same as a table below`}
      />
      <ReleaseList releases={releases} />
      <details class="as-table">
        <summary>Show as a table</summary>
        <DataTable
          name={`${vital}-over-time`}
          caption={`${VITALS[vital].name} over time`}
          columns={[
            {
              key: 'at',
              label: 'From',
              value: (p) => p.at,
              cell: (p) => formatTime(p.at, 'minute'),
            },
            {
              key: `p75_${vital}`,
              label: `p75 ${VITALS[vital].short}`,
              class: 'num',
              value: (p) => p[vital],
              cell: (p) => formatVital(vital, p[vital]),
            },
            {
              key: 'views',
              label: 'Views',
              class: 'num',
              value: (p) => p.views,
              cell: (p) => formatCount(p.views),
            },
          ]}
          rows={points}
          rowKey={(p) => p.at}
        />
      </details>
    </div>
  );
}

/** Views as bars, the share of them with an error as a line. */
export function TrafficSeries({
  points,
  range,
  releases,
}: {
  points: SeriesPoint[];
  range: TimeRange;
  releases: readonly ReleaseMark[];
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number | null>(null);
  const [themes, setThemes] = useState(0);
  useEffect(() => onThemeChange(() => setThemes((n) => n + 1)), []);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const ink = colour(element, '--text-muted');
    const grid = colour(element, '--line');
    const at = points.map((p) => Date.parse(p.at) / 1000);
    const font = '11px system-ui, sans-serif';
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PX,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        scales: {
          x: { time: true, range: () => axisOf(range) },
          y: { range: (_u, _min, max) => [0, Math.max(1, (max ?? 1) * 1.15)] },
          share: { range: (_u, _min, max) => [0, Math.max(0.02, (max ?? 0) * 1.15)] },
        },
        series: [
          {},
          {
            scale: 'y',
            fill: colour(element, '--chart-traffic'),
            width: 0,
            points: { show: false },
            ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.7, 28] }) } : {}),
          },
          {
            scale: 'share',
            stroke: colour(element, '--poor'),
            width: 2,
            points: { show: points.length < 40, size: 5, fill: colour(element, '--poor') },
          },
        ],
        axes: [
          {
            stroke: ink,
            font,
            grid: { show: false },
            ticks: { stroke: grid, size: 4 },
            values: timeLabels,
          },
          {
            scale: 'y',
            stroke: ink,
            font,
            size: 48,
            grid: { stroke: grid, width: 1 },
            ticks: { show: false },
            values: (_u, splits) => splits.map((v) => formatCount(v)),
          },
          {
            scale: 'share',
            side: 1,
            stroke: ink,
            font,
            size: 48,
            grid: { show: false },
            ticks: { show: false },
            values: (_u, splits) => splits.map((v) => formatShare(v)),
          },
        ],
        hooks: {
          setCursor: [(u) => setIndex(u.cursor.idx ?? null)],
          drawAxes: [(u) => drawReleases(u, releases, ink)],
        },
      },
      [at, points.map((p) => p.views), points.map((p) => p.error_rate)],
      element,
    );
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      setIndex(null);
    };
  }, [points, range, themes, releases]);
  const point = index === null ? points[points.length - 1] : points[index];
  return (
    <div class="chart">
      <p class="chart-readout" aria-hidden="true">
        {point && (
          <>
            <span class="muted">{formatTime(point.at, 'minute')}</span>
            <span>
              <b>{formatCount(point.views)}</b> views
            </span>
            <span>
              <span class="line-key poor" /> {formatShare(point.error_rate)} with an error
            </span>
          </>
        )}
      </p>
      <div
        ref={box}
        class="chart-canvas"
        role="img"
        aria-label="Page views and the share of them with an error over time; the same as a table below"
      />
      <ReleaseList releases={releases} />
      <details class="as-table">
        <summary>Show as a table</summary>
        <DataTable
          name="traffic"
          caption="Page views and errors over time"
          columns={[
            {
              key: 'at',
              label: 'From',
              value: (p) => p.at,
              cell: (p) => formatTime(p.at, 'minute'),
            },
            {
              key: 'views',
              label: 'Views',
              class: 'num',
              value: (p) => p.views,
              cell: (p) => formatCount(p.views),
            },
            {
              key: 'error_rate',
              label: 'With an error',
              class: 'num',
              value: (p) => p.error_rate,
              cell: (p) => formatShare(p.error_rate),
            },
          ]}
          rows={points}
          rowKey={(p) => p.at}
        />
      </details>
    </div>
  );
}

/** What the reader chose, also where nothing was seen: a gap is news too. */
export interface TimeRange {
  from: string;
  to: string;
  series_step?: 'hour' | 'day';
}

/** Half a step free at both ends: the first and last bar show in full. */
function axisOf(range: TimeRange): [number, number] {
  const step_s = range.series_step === 'day' ? 86_400 : 3600;
  const floor = (at: string) => Math.floor(Date.parse(at) / 1000 / step_s) * step_s;
  return [floor(range.from) - step_s / 2, floor(range.to) + step_s / 2];
}

/** A line where a release was first seen; names stand where they do not collide. */
export function drawReleases(u: uPlot, releases: readonly ReleaseMark[], ink: string): void {
  const ratio = devicePixelRatio;
  let free = -Infinity;
  u.ctx.save();
  u.ctx.strokeStyle = ink;
  u.ctx.fillStyle = ink;
  u.ctx.lineWidth = ratio;
  u.ctx.font = `${10 * ratio}px system-ui, sans-serif`;
  u.ctx.textBaseline = 'top';
  for (const mark of releases) {
    const x = Math.round(u.valToPos(Date.parse(mark.first_seen_at) / 1000, 'x', true));
    if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
    u.ctx.beginPath();
    u.ctx.setLineDash([2 * ratio, 2 * ratio]);
    u.ctx.moveTo(x, u.bbox.top);
    u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
    u.ctx.stroke();
    const width = u.ctx.measureText(mark.release).width;
    const left = Math.min(x + 3 * ratio, u.bbox.left + u.bbox.width - width);
    if (left < free) continue;
    u.ctx.fillText(mark.release, left, u.bbox.top);
    free = left + width + 6 * ratio;
  }
  u.ctx.restore();
}

/** The same marks for those who do not see the canvas, and for a closer look. */
export function ReleaseList({
  releases,
}: {
  releases: readonly ReleaseMark[];
}): JSX.Element | null {
  if (releases.length === 0) return null;
  return (
    <p class="release-list muted small">
      Releases:{' '}
      {releases.map((mark, i) => (
        <span key={mark.release}>
          {i > 0 && ', '}
          <code>{mark.release}</code> since {formatTime(mark.first_seen_at, 'minute')}
        </span>
      ))}
    </p>
  );
}

/** Hours for a day, days for longer: uPlot's own labels are American. */
function timeLabels(
  _u: uPlot,
  splits: number[],
  _axis: number,
  _space: number,
  step_s: number,
): string[] {
  let lastDay = '';
  return splits.map((at) => {
    const date = new Date(at * 1000);
    const day = formatTime(at * 1000, 'date');
    if (step_s >= 86_400) return day;
    const clock = `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
    const label = day !== lastDay && lastDay !== '' ? `${clock}\n${day}` : clock;
    lastDay = day;
    return label;
  });
}

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
