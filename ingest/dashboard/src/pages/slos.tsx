import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import { slosPath } from '../api/paths';
import { type Listing, MEASURES, type Measure, type Slo } from '../api/types';
import { useAction } from '../api/use_action';
import { useApi } from '../api/use_api';
import { useProjectHref, useQueryParam, useRoute } from '../ui/context';
import { RowButton } from '../ui/editable_list';
import { FormError, fieldText, NumberField } from '../ui/forms';
import { MEASURE_WORDS, objectiveColumns } from '../ui/objectives';
import { Card, Page } from '../ui/parts';
import { CardSkeleton, Empty, Loaded } from '../ui/states';
import { type Column, DataTable } from '../ui/table';

const DEFAULT_THRESHOLDS: Record<Measure, number> = {
  lcp_ms: 2500,
  inp_ms: 200,
  cls: 0.1,
  fcp_ms: 1800,
  ttfb_ms: 800,
  backend_ms: 500,
  no_error: 0,
};
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
    ...objectiveColumns(href),
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

function NewObjective({ path, reload }: { path: string; reload: () => void }): JSX.Element {
  const [measure, setMeasure] = useState<Measure>('lcp_ms');
  // Of the page whose report led here.
  const page = useQueryParam('page') ?? '';
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
          <span>
            Page <span class="muted">(empty: all)</span>
          </span>
          <input name="page" placeholder="/product/:id" defaultValue={page} />
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
