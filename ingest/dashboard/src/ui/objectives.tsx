import type { JSX } from 'preact';
import type { Measure, Slo } from '../api/types';
import { formatCls, formatMs, formatShare, plural } from '../model/format';
import { Badge, FromViews } from './parts';
import type { Column } from './table';

export const MEASURE_WORDS: Record<Measure, string> = {
  lcp_ms: 'LCP',
  inp_ms: 'INP',
  cls: 'CLS',
  fcp_ms: 'FCP',
  ttfb_ms: 'TTFB',
  backend_ms: 'Backend time',
  no_error: 'No error',
};
const STATES: Record<Slo['state'], { words: string; tone: string; what: string }> = {
  no_data: { words: 'no data', tone: 'neutral', what: 'No view was counted yet.' },
  ok: { words: 'ok', tone: 'good', what: 'The budget lasts.' },
  slow_burn: {
    words: 'slow burn',
    tone: 'needs_improvement',
    what: 'Over 3 days and still over 6 hours the budget burns faster than it may: look at it today.',
  },
  fast_burn: {
    words: 'fast burn',
    tone: 'poor',
    what: 'The budget would be gone in a few days: look at it now.',
  },
  exhausted: {
    words: 'used up',
    tone: 'poor',
    what: 'More views were bad than the objective allows; it burns no faster than allowed now.',
  },
};

export function sloWords(slo: Slo): string {
  const what =
    slo.measure === 'no_error'
      ? 'without an error'
      : `with ${MEASURE_WORDS[slo.measure]} of at most ${slo.measure === 'cls' ? formatCls(slo.threshold) : formatMs(slo.threshold)}`;
  return `${formatShare(slo.target)} of views ${what}, over ${plural(slo.window_days, 'day')}`;
}

function windowWords(seconds: number): string {
  if (seconds < 3600) return `${seconds / 60} min`;
  return seconds < 86_400 ? `${seconds / 3600} h` : `${seconds / 86_400} d`;
}

/** An objective, its state, its budget and how fast that burns. */
export function objectiveColumns(href: (rest: string) => string): Column<Slo>[] {
  return [
    {
      key: 'name',
      label: 'Objective',
      main: true,
      value: (slo) => slo.name,
      cell: (slo) => (
        <>
          <b>{slo.name}</b>{' '}
          {slo.page ? (
            <a class="page-link" href={href(`/page?page=${encodeURIComponent(slo.page)}`)}>
              {slo.page}
            </a>
          ) : (
            <span class="muted">all pages</span>
          )}
          <span class="sub">{sloWords(slo)}</span>
        </>
      ),
    },
    {
      key: 'state',
      label: 'State',
      value: (slo) => slo.state,
      cell: (slo) => (
        <Badge tone={STATES[slo.state].tone} title={STATES[slo.state].what}>
          {STATES[slo.state].words}
        </Badge>
      ),
    },
    {
      key: 'attained',
      label: 'Attained',
      class: 'num',
      value: (slo) => slo.attained,
      cell: (slo) => (
        <FromViews views={slo.views}>
          {formatShare(slo.attained)}
          <span class="sub">
            of {plural(slo.views, 'view')}
            {slo.examined ? ', the newest' : ''}
          </span>
        </FromViews>
      ),
    },
    {
      key: 'budget_left',
      label: 'Budget left',
      class: 'num',
      value: (slo) => slo.budget_left,
      cell: (slo) => (
        <FromViews views={slo.views}>
          <Budget left={slo.budget_left} />
        </FromViews>
      ),
    },
    ...[3600, 21_600, 259_200].map(
      (window_s): Column<Slo> => ({
        key: `burn_rate_${windowWords(window_s).replace(' ', '')}`,
        label: `Burn ${windowWords(window_s)}`,
        class: 'num',
        title: 'At 1 the budget is used up exactly at the end of the window',
        value: (slo) => slo.burn_rates.find((rate) => rate.window_s === window_s)?.rate,
        cell: (slo) => {
          const rate = slo.burn_rates.find((r) => r.window_s === window_s);
          return rate && rate.views > 0 ? (
            <FromViews views={rate.views}>
              <span class={rate.rate > 1 ? 'bad-number' : ''}>{rate.rate.toFixed(1)}</span>
            </FromViews>
          ) : (
            <span class="muted">–</span>
          );
        },
      }),
    ),
  ];
}

function Budget({ left }: { left: number | null }): JSX.Element {
  if (left === null) return <span class="muted">–</span>;
  const width = Math.max(0, Math.min(1, left)) * 100;
  return (
    <>
      <span class={left <= 0 ? 'bad-number' : ''}>
        {left < 0 ? `−${formatShare(-left)}` : formatShare(left)}
      </span>
      <span class={`share ${left < 0.25 ? 'poor' : ''}`} aria-hidden="true">
        <span style={{ width: `${width}%` }} />
      </span>
    </>
  );
}
