import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import { slosPath } from '../api/paths';
import { type Listing, MEASURES, type Measure, type Slo } from '../api/types';
import { useAction } from '../api/use_action';
import { useApi } from '../api/use_api';
import { formatCls, formatCount, formatMs, formatShare, plural } from '../model/format';
import { useProjectHref, useRoute } from '../ui/context';
import { RowButton } from '../ui/editable_list';
import { FormError, fieldText, NumberField } from '../ui/forms';
import { Badge, Card, Page } from '../ui/parts';
import { CardSkeleton, Empty, Loaded } from '../ui/states';
import { type Column, DataTable } from '../ui/table';

const MEASURE_WORDS: Record<Measure, string> = {
  lcp_ms: 'LCP',
  inp_ms: 'INP',
  cls: 'CLS',
  fcp_ms: 'FCP',
  ttfb_ms: 'TTFB',
  backend_ms: 'Backend time',
  no_error: 'No error',
};
const DEFAULT_THRESHOLDS: Record<Measure, number> = {
  lcp_ms: 2500,
  inp_ms: 200,
  cls: 0.1,
  fcp_ms: 1800,
  ttfb_ms: 800,
  backend_ms: 500,
  no_error: 0,
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

export function SlosPage(): JSX.Element {
  const { params } = useRoute();
  const path = slosPath(params, '');
  const state = useApi<Listing<Slo>>(path);
  return (
    <Page title="Objectives">
      <Loaded state={state} skeleton={<CardSkeleton rows={5} />}>
        {(answer) => (
          <>
            <Objectives items={answer.items} path={path} reload={state.reload} />
            <NewObjective path={path} reload={state.reload} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Objectives({
  items,
  path,
  reload,
}: {
  items: Slo[];
  path: string;
  reload: () => void;
}): JSX.Element {
  const href = useProjectHref();
  const { busy, error, run } = useAction();
  const remove = (slo: Slo) =>
    run(async () => {
      await request('DELETE', `${path}/${slo.slo_id}`);
      reload();
    });
  if (items.length === 0) {
    return (
      <Card>
        <Empty title="No objective yet">
          <p>
            An objective says which share of page views must be fast, or without an error. The rest
            is the error budget: this page shows how much is left and how fast it burns, and
            /metrics has it for your alerts.
          </p>
        </Empty>
      </Card>
    );
  }
  const columns: Column<Slo>[] = [
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
        <>
          {formatShare(slo.attained)}
          <span class="sub">
            of {plural(slo.views, 'view')}
            {slo.examined ? ', the newest' : ''}
          </span>
        </>
      ),
    },
    {
      key: 'budget_left',
      label: 'Budget left',
      class: 'num',
      value: (slo) => slo.budget_left,
      cell: (slo) => <Budget left={slo.budget_left} />,
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
            <span
              class={rate.rate > 1 ? 'bad-number' : ''}
              title={`From ${formatCount(rate.views)} views`}
            >
              {rate.rate.toFixed(1)}
            </span>
          ) : (
            <span class="muted">–</span>
          );
        },
      }),
    ),
    {
      key: 'slo_id',
      label: 'Actions',
      value: (slo) => slo.slo_id,
      cell: (slo) => (
        <RowButton does="Remove" to={slo.name} disabled={busy} onClick={() => remove(slo)} />
      ),
    },
  ];
  return (
    <Card>
      <FormError text={error} />
      <DataTable
        name="objectives"
        caption="Service level objectives"
        columns={columns}
        rows={items}
        rowKey={(slo) => String(slo.slo_id)}
      />
    </Card>
  );
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

function NewObjective({ path, reload }: { path: string; reload: () => void }): JSX.Element {
  const [measure, setMeasure] = useState<Measure>('lcp_ms');
  const { busy, error, run } = useAction();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const element = event.currentTarget as HTMLFormElement;
    const form = new FormData(element);
    run(async () => {
      await request('POST', path, {
        body: {
          name: fieldText(form, 'name'),
          page: fieldText(form, 'page'),
          measure,
          threshold: Number(form.get('threshold') ?? 0),
          target: Number(form.get('target') ?? 0) / 100,
          window_days: Number(form.get('window_days') ?? 28),
        },
      });
      element.reset();
      reload();
    });
  };
  return (
    <Card title="New objective">
      <form class="slo-form" onSubmit={submit}>
        <label>
          Name
          <input name="name" required maxLength={100} placeholder="Products load fast" />
        </label>
        <label>
          Page <span class="muted">(empty: all)</span>
          <input name="page" placeholder="/product/:id" />
        </label>
        <label>
          Good is
          <select
            name="measure"
            value={measure}
            onChange={(event) => setMeasure(event.currentTarget.value as Measure)}
          >
            {MEASURES.map((name) => (
              <option key={name} value={name}>
                {name === 'no_error' ? 'no error' : `${MEASURE_WORDS[name]} of at most`}
              </option>
            ))}
          </select>
        </label>
        {measure !== 'no_error' && (
          <NumberField
            key={measure}
            label={measure === 'cls' ? 'Score' : 'Milliseconds'}
            name="threshold"
            step="any"
            value={DEFAULT_THRESHOLDS[measure]}
          />
        )}
        <NumberField label="For % of views" name="target" step="any" max={100} value={75} />
        <NumberField label="Over days" name="window_days" min={1} max={90} value={28} />
        <button type="submit" class="button primary" disabled={busy}>
          Add
        </button>
        <FormError text={error} />
      </form>
    </Card>
  );
}
