import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import type { Me, ProjectQuotas, Quotas, Retention } from '../api/types';
import { useAction } from '../api/use_action';
import { useApi } from '../api/use_api';
import { formatShare, formatWhole } from '../model/format';
import { useProjectHref } from '../ui/context';
import { FormError, fieldText, NumberField, SavedNote } from '../ui/forms';
import { Card, KeyValues, ShareBar } from '../ui/parts';
import { Loaded, Skeleton } from '../ui/states';

const QUOTAS: readonly { name: keyof Quotas; label: string }[] = [
  { name: 'requests_per_day', label: 'Requests' },
  { name: 'events_per_day', label: 'Events' },
  { name: 'spans_per_day', label: 'Spans' },
  { name: 'logs_per_day', label: 'Log lines' },
  { name: 'sessions_per_day', label: 'Sessions' },
];

/** What the project may send a day: its own limits, below those of the server. */
export function QuotasCard({ path }: { path: string }): JSX.Element {
  const state = useApi<ProjectQuotas>(path);
  return (
    <Card title="Quotas" hint="what the project may send a UTC day, and has sent today">
      <Loaded state={state} skeleton={<Skeleton rows={5} />}>
        {(quotas) => <QuotasForm quotas={quotas} path={path} onSaved={state.replace} />}
      </Loaded>
    </Card>
  );
}

/** Of both limits the one that holds; 0 where neither is set. */
function holding({ own, server }: ProjectQuotas, name: keyof Quotas): number {
  const set = [own[name], server[name]].filter((limit) => limit > 0);
  return set.length === 0 ? 0 : Math.min(...set);
}

function UsedToday({ used, limit }: { used: number; limit: number }): JSX.Element {
  const share = limit > 0 ? used / limit : 0;
  return (
    <span class="used-today muted small">
      {formatWhole(used)} {limit > 0 && `of ${formatWhole(limit)}, ${formatShare(share)}, `}today
      {limit > 0 && <ShareBar share={share} class={share >= 0.9 ? 'poor' : ''} />}
    </span>
  );
}

function QuotasForm({
  quotas,
  path,
  onSaved,
}: {
  quotas: ProjectQuotas;
  path: string;
  onSaved: (quotas: ProjectQuotas) => void;
}): JSX.Element {
  const href = useProjectHref();
  const [saved, setSaved] = useState(false);
  const { busy, error, run } = useAction();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setSaved(false);
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const body: Record<string, number> = {};
    for (const { name } of QUOTAS) body[name] = Number(fieldText(form, name));
    run(async () => {
      onSaved((await request('PUT', path, { body })) as ProjectQuotas);
      setSaved(true);
    });
  };
  return (
    <form class="stack-form" onSubmit={submit}>
      <div class="number-fields">
        {QUOTAS.map(({ name, label }) => (
          <label key={name}>
            {label}
            <input
              name={name}
              type="number"
              min={0}
              {...(quotas.server[name] > 0 ? { max: quotas.server[name] } : {})}
              defaultValue={quotas.own[name] > 0 ? String(quotas.own[name]) : ''}
              placeholder={
                quotas.server[name] > 0
                  ? `${formatWhole(quotas.server[name])} (server)`
                  : 'no limit'
              }
            />
            <UsedToday used={quotas.used_today[name]} limit={holding(quotas, name)} />
          </label>
        ))}
      </div>
      <p class="muted small">
        Empty: only the server's limit, where it has one. What comes beyond is refused until
        midnight UTC and counted under <a href={href('/outcomes')}>Outcomes</a> as{' '}
        <code>rate_limited</code>. What was sent today is counted from midnight UTC, or from the
        server's last start.
      </p>
      <div class="form-row">
        <button type="submit" class="button primary" disabled={busy}>
          Save quotas
        </button>
        <FormError text={error} />
        {saved && !error && <SavedNote />}
      </div>
    </form>
  );
}

const RETENTION_PATH = '/api/v1/retention';

/** How long records are kept, on the whole server; administrators of it may change it. */
export function RetentionCard(): JSX.Element {
  const state = useApi<Retention>(RETENTION_PATH);
  const me = useApi<Me>('/api/v1/me');
  return (
    <Card title="Retention" hint="of the whole server">
      <Loaded state={state} skeleton={<Skeleton rows={3} />}>
        {(retention) =>
          me.data?.server_admin ? (
            <RetentionForm retention={retention} onSaved={state.replace} />
          ) : (
            <KeyValues
              values={[
                ['records', `${retention.raw_days} days`],
                ['numbers', `${retention.rollup_days} days`],
              ]}
            />
          )
        }
      </Loaded>
    </Card>
  );
}

function RetentionForm({
  retention,
  onSaved,
}: {
  retention: Retention;
  onSaved: (retention: Retention) => void;
}): JSX.Element {
  const [saved, setSaved] = useState(false);
  const [asked, setAsked] = useState<{ raw_days: number; rollup_days: number } | null>(null);
  const { busy, error, run } = useAction();
  const save = (body: { raw_days: number; rollup_days: number }) => {
    setAsked(null);
    run(async () => {
      onSaved((await request('PUT', RETENTION_PATH, { body })) as Retention);
      setSaved(true);
    });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setSaved(false);
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const days = (name: 'raw_days' | 'rollup_days') =>
      form.has(name) ? Number(fieldText(form, name)) : retention[name];
    const body = { raw_days: days('raw_days'), rollup_days: days('rollup_days') };
    // What is removed does not come back.
    if (body.raw_days < retention.raw_days || body.rollup_days < retention.rollup_days) {
      setAsked(body);
    } else {
      save(body);
    }
  };
  const fixed = [retention.raw_fixed_by, retention.rollup_fixed_by].filter(Boolean);
  return (
    <form class="stack-form" onSubmit={submit}>
      <div class="number-fields">
        {retention.raw_fixed_by ? (
          <KeyValues values={[['Records, days', retention.raw_days]]} />
        ) : (
          <NumberField
            label="Records, days"
            name="raw_days"
            min={1}
            max={3650}
            value={retention.raw_days}
          />
        )}
        {retention.rollup_fixed_by ? (
          <KeyValues values={[['Numbers, days', retention.rollup_days]]} />
        ) : (
          <NumberField
            label="Numbers, days"
            name="rollup_days"
            min={1}
            max={3650}
            value={retention.rollup_days}
          />
        )}
      </div>
      <p class="muted small">
        Records: page views, events, spans, logs. Numbers: hourly sums, outcomes, source maps. What
        is older is removed every hour.
        {fixed.length > 0 && (
          <>
            {' '}
            Set by <code>{fixed.join(', ')}</code>; change it there.
          </>
        )}
      </p>
      {asked && (
        <div class="form-row" role="alert">
          <p>
            What is older than {asked.raw_days} days (records) and {asked.rollup_days} days
            (numbers) is removed within the hour and does not come back.
          </p>
          <button type="button" class="button danger" onClick={() => save(asked)}>
            Shorten and remove
          </button>
          <button type="button" class="button" onClick={() => setAsked(null)}>
            Cancel
          </button>
        </div>
      )}
      {fixed.length < 2 && !asked && (
        <div class="form-row">
          <button type="submit" class="button primary" disabled={busy}>
            Save retention
          </button>
          <FormError text={error} />
          {saved && !error && <SavedNote />}
        </div>
      )}
    </form>
  );
}
