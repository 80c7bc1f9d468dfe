import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { SeriesPoint, VitalName } from '../api/types';
import { formatCount, formatTime, formatVital, NONE } from '../model/format';
import { rate, VITALS } from '../model/rating';
import { RatingIcon } from './icons';
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
  vital,
}: {
  points: SeriesPoint[];
  vital: VitalName;
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
    const step_s = Math.min(...at.slice(1).map((t, i) => t - (at[i] ?? 0)), 86_400);
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
          // Half a step free at both ends: the first and last bar show in full.
          x: { time: true, range: (_u, min, max) => [min - step_s / 2, max + step_s / 2] },
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
  }, [points, vital, themes]);

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
      <details class="as-table">
        <summary>Show as a table</summary>
        <div class="table-scroll">
          <table class="table">
            <thead>
              <tr>
                <th>From</th>
                <th class="num">p75 {VITALS[vital].short}</th>
                <th class="num">Views</th>
              </tr>
            </thead>
            <tbody>
              {points.map((p) => (
                <tr key={p.at}>
                  <td>{formatTime(p.at, 'minute')}</td>
                  <td class="num">{formatVital(vital, p[vital])}</td>
                  <td class="num">{formatCount(p.views)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
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
