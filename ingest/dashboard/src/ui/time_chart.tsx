import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { ReleaseMark, SeriesPoint } from '../api/types';
import { formatCount, formatTime } from '../model/format';
import { AsTable } from './as_table';
import { drawReleases, ReleaseList } from './release_marks';
import { type Column, DataTable } from './table';
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
const FONT = '11px system-ui, sans-serif';

/** A variable of the design system as a colour that canvas understands. */
export type Colours = (variable: string) => string;

/** What one chart draws over the common time axis. */
export interface Plot {
  scales: uPlot.Scales;
  series: uPlot.Series[];
  axes: uPlot.Axis[];
  /** One list for each series, by point. */
  values: (number | null)[][];
  draw?: (u: uPlot) => void;
}

/** Its own file: the numbers are to be read before the chart is drawn. */
const library = async (): Promise<typeof uPlot> => (await import('uplot')).default;

export function barSeries({ paths }: typeof uPlot, scale: string, fill: string): uPlot.Series {
  return {
    scale,
    fill,
    width: 0,
    points: { show: false },
    ...(paths.bars ? { paths: paths.bars({ size: [0.7, 28] }) } : {}),
  };
}

/** Points where there are few: one alone would not be seen as a line. */
export function lineSeries(scale: string, stroke: string, points: number): uPlot.Series {
  return {
    scale,
    stroke,
    width: 2,
    spanGaps: false,
    points: { show: points < 40, size: 5, fill: stroke },
  };
}

export function valueAxis(
  scale: string,
  of: Colours,
  format: (value: number) => string,
  more: uPlot.Axis = {},
): uPlot.Axis {
  return {
    scale,
    stroke: of('--text-muted'),
    font: FONT,
    size: 48,
    grid: { stroke: of('--line'), width: 1 },
    ticks: { show: false },
    values: (_u, splits) => splits.map(format),
    ...more,
  };
}

const timeAxis = (of: Colours): uPlot.Axis => ({
  stroke: of('--text-muted'),
  font: FONT,
  grid: { show: false },
  ticks: { stroke: of('--line'), size: 4 },
  values: timeLabels,
});

/**
 * The one chart over time: a plot with the releases as marks, the numbers of
 * the point under the pointer above it, all of them as a table below.
 * `plot` is drawn anew whenever it changes: keep it with useCallback.
 */
export function TimeChart({
  points,
  range,
  releases,
  plot,
  readout,
  label,
  name,
  caption,
  columns,
}: {
  points: SeriesPoint[];
  range: TimeRange;
  releases: readonly ReleaseMark[];
  plot: (of: Colours, lib: typeof uPlot) => Plot;
  readout: (point: SeriesPoint) => ComponentChildren;
  /** For those who do not see the canvas. */
  label: string;
  /** Of the table's files. */
  name: string;
  caption: string;
  /** Beside the time and the views. */
  columns: { before?: Column<SeriesPoint>[]; after?: Column<SeriesPoint>[] };
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number | null>(null);
  const [themes, setThemes] = useState(0);
  const [state, setState] = useState<'coming' | 'drawn' | 'missing'>('coming');
  useEffect(() => onThemeChange(() => setThemes((n) => n + 1)), []);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let undraw = () => {};
    let gone = false;
    const drawWith = (lib: typeof uPlot) => {
      if (gone) return;
      const of: Colours = (variable) => colour(element, variable);
      const { scales, series, axes, values, draw } = plot(of, lib);
      const chart = new lib(
        {
          width: element.clientWidth,
          height: HEIGHT_PX,
          padding: [8, 12, 0, 0],
          legend: { show: false },
          cursor: { y: false, drag: { x: false, y: false } },
          scales: { x: { time: true, range: () => axisOf(range) }, ...scales },
          series: [{}, ...series],
          axes: [timeAxis(of), ...axes],
          hooks: {
            setCursor: [(u) => setIndex(u.cursor.idx ?? null)],
            drawAxes: [
              (u) => drawReleases(u, releases, of('--text-muted')),
              ...(draw ? [draw] : []),
            ],
          },
        },
        [points.map((p) => Date.parse(p.at) / 1000), ...values],
        element,
      );
      const observer = new ResizeObserver(() => {
        if (element.clientWidth > 0) {
          chart.setSize({ width: element.clientWidth, height: HEIGHT_PX });
        }
      });
      observer.observe(element);
      setState('drawn');
      undraw = () => {
        observer.disconnect();
        chart.destroy();
        setIndex(null);
      };
    };
    library().then(drawWith, () => setState('missing'));
    return () => {
      gone = true;
      undraw();
    };
  }, [points, range, releases, plot, themes]);

  const point = index === null ? points[points.length - 1] : points[index];
  const at: Column<SeriesPoint> = {
    key: 'at',
    label: 'From',
    value: (p) => p.at,
    cell: (p) => formatTime(p.at, 'minute'),
  };
  const views: Column<SeriesPoint> = {
    key: 'views',
    label: 'Views',
    class: 'num',
    value: (p) => p.views,
    cell: (p) => formatCount(p.views),
  };
  return (
    <div class="chart">
      <p class="chart-readout" aria-hidden="true">
        {point && (
          <>
            <span class="muted">{formatTime(point.at, 'minute')}</span>
            {readout(point)}
          </>
        )}
      </p>
      <div
        ref={box}
        class="chart-canvas"
        role="img"
        aria-label={`${label}; the same as a table below`}
        aria-busy={state === 'coming'}
      >
        {state === 'missing' && (
          <p class="muted">The chart could not be loaded; the table below says the same.</p>
        )}
      </div>
      <ReleaseList releases={releases} />
      <AsTable>
        {() => (
          <DataTable
            name={name}
            caption={caption}
            columns={[at, ...(columns.before ?? []), views, ...(columns.after ?? [])]}
            rows={points}
            rowKey={(p) => p.at}
          />
        )}
      </AsTable>
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
