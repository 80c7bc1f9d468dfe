import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import type { AlertChannel, AlertRule, AlertRuleKind, VitalName } from '../api/types';
import { useAction } from '../api/use_action';
import { ALERT_KINDS, minuteWords, ruleWords } from '../model/alerts';
import { VITALS } from '../model/rating';
import { EditableList, RowButton } from '../ui/editable_list';
import { FormFoot, fieldText, NumberField } from '../ui/forms';
import { Badge } from '../ui/parts';
import { Empty } from '../ui/states';
import type { Column } from '../ui/table';

const KINDS = Object.keys(ALERT_KINDS) as AlertRuleKind[];

export function AlertRules({
  rules,
  channels,
  path,
  reload,
}: {
  rules: readonly AlertRule[];
  channels: readonly AlertChannel[];
  path: string;
  reload: () => void;
}): JSX.Element {
  const nameOf = (id: number) => channels.find((c) => c.channel_id === id)?.name || `#${id}`;
  const columns: Column<AlertRule>[] = [
    {
      key: 'name',
      label: 'Tells about',
      main: true,
      value: (rule) => rule.name,
      cell: (rule) => (
        <>
          <b>{rule.name}</b>
          <span class="sub">
            {rule.name === ALERT_KINDS[rule.kind].label ? '' : `${ALERT_KINDS[rule.kind].label}: `}
            {ruleWords(rule)}
          </span>
        </>
      ),
    },
    {
      key: 'state',
      label: 'State',
      value: (rule) => (rule.enabled ? 'on' : 'off'),
      cell: (rule) =>
        !rule.enabled ? (
          <Badge>off</Badge>
        ) : rule.channel_ids.length === 0 ? (
          <Badge tone="needs_improvement" title="It has no channel, so nobody hears of it">
            tells nobody
          </Badge>
        ) : (
          <Badge tone="good">on</Badge>
        ),
    },
    {
      key: 'channels',
      label: 'To',
      value: (rule) => rule.channel_ids.map(nameOf).join(', '),
      cell: (rule) => rule.channel_ids.map(nameOf).join(', ') || <span class="muted">–</span>,
    },
    {
      key: 'cooldown_minutes',
      label: 'Then quiet for',
      value: (rule) => rule.cooldown_minutes,
      cell: (rule) => (rule.cooldown_minutes > 0 ? minuteWords(rule.cooldown_minutes) : '–'),
    },
  ];
  const turn = (rule: AlertRule) => async () => {
    await request('PUT', `${path}/${rule.rule_id}`, { body: { ...rule, enabled: !rule.enabled } });
    reload();
  };
  return (
    <EditableList
      title="Rules"
      hint="looked at once a minute"
      noun="rule"
      caption="Alert rules"
      items={rules}
      path={path}
      idOf={(rule) => rule.rule_id}
      columns={columns}
      reload={reload}
      rowActions={(rule, { busy, run }) => (
        <RowButton
          does={rule.enabled ? 'Switch off' : 'Switch on'}
          to={rule.name}
          disabled={busy}
          onClick={() => run(turn(rule))}
        />
      )}
      empty={
        <Empty title="Nobody is told yet">
          <p>
            A rule says what is worth a message: a new issue, one that comes back, a spike, a slow
            or broken page, an error budget that burns, or silence. Add a channel below first, so
            that it has somewhere to go.
          </p>
        </Empty>
      }
      form={(rule, onDone) => (
        <RuleForm rule={rule} channels={channels} path={path} onDone={onDone} />
      )}
    />
  );
}

function RuleForm({
  rule,
  channels,
  path,
  onDone,
}: {
  rule: AlertRule | null;
  channels: readonly AlertChannel[];
  path: string;
  onDone: (changed: boolean) => void;
}): JSX.Element {
  const [kind, setKind] = useState<AlertRuleKind>(rule?.kind ?? 'new_issue');
  const [vital, setVital] = useState<VitalName>((rule?.vital || 'lcp_ms') as VitalName);
  const { busy, error, run } = useAction();
  const about = ALERT_KINDS[kind];
  const has = (field: (typeof about.fields)[number]) => about.fields.includes(field);
  const isShare = kind === 'page_error_rate';
  const known = rule?.kind === kind ? rule : null;
  const shownThreshold =
    known && (kind !== 'vital' || known.vital === vital)
      ? (known.threshold ?? 0) * (isShare ? 100 : 1)
      : kind === 'vital'
        ? VITALS[vital].good
        : about.threshold?.fallback;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => fieldText(form, name);
    const number = (name: string) => Number(form.get(name));
    const body = {
      kind,
      name: text('name') || about.label,
      enabled: form.has('enabled'),
      cooldown_minutes: number('cooldown_minutes'),
      channel_ids: form.getAll('channel').map(Number),
      ...(has('page') ? { page: text('page') } : {}),
      ...(has('vital') ? { vital } : {}),
      ...(has('threshold') ? { threshold: number('threshold') / (isShare ? 100 : 1) } : {}),
      ...(has('window_minutes') ? { window_minutes: number('window_minutes') } : {}),
      ...(has('minimum_views') ? { minimum_views: number('minimum_views') } : {}),
    };
    run(async () => {
      if (rule) await request('PUT', `${path}/${rule.rule_id}`, { body });
      else await request('POST', path, { body });
      onDone(true);
    });
  };
  return (
    <form class="alert-form" onSubmit={submit} aria-label={rule ? `Edit ${rule.name}` : 'New rule'}>
      <label>
        Tell about
        <select
          name="kind"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as AlertRuleKind)}
        >
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {ALERT_KINDS[one].label}
            </option>
          ))}
        </select>
      </label>
      <label>
        Name
        <input name="name" maxLength={100} placeholder={about.label} defaultValue={rule?.name} />
      </label>
      {has('vital') && (
        <label>
          Vital
          <select
            name="vital"
            value={vital}
            onChange={(event) => setVital(event.currentTarget.value as VitalName)}
          >
            {(Object.keys(VITALS) as VitalName[]).map((one) => (
              <option key={one} value={one}>
                {VITALS[one].short}
              </option>
            ))}
          </select>
        </label>
      )}
      {has('page') && (
        <label>
          Page <span class="muted">(empty: each)</span>
          <input name="page" placeholder="/checkout" defaultValue={known?.page} />
        </label>
      )}
      {has('threshold') && (
        <NumberField
          key={`${kind} ${vital}`}
          label={
            kind === 'vital'
              ? `p75 over, ${vital === 'cls' ? 'score' : 'ms'}`
              : about.threshold?.label
          }
          name="threshold"
          step={about.threshold?.step}
          value={shownThreshold}
        />
      )}
      {has('window_minutes') && (
        <NumberField
          label="Within minutes"
          name="window_minutes"
          min={5}
          value={known?.window_minutes ?? 60}
        />
      )}
      {has('minimum_views') && (
        <NumberField
          label="Views, at least"
          name="minimum_views"
          min={1}
          value={known?.minimum_views ?? 50}
        />
      )}
      <NumberField
        label="Then quiet for minutes"
        name="cooldown_minutes"
        value={rule?.cooldown_minutes ?? 60}
      />
      <fieldset>
        <legend>To</legend>
        {channels.length === 0 && <span class="muted">No channel yet: add one below.</span>}
        {channels.map((channel) => (
          <label key={channel.channel_id} class="check">
            <input
              type="checkbox"
              name="channel"
              value={channel.channel_id}
              defaultChecked={
                rule ? rule.channel_ids.includes(channel.channel_id) : channels.length === 1
              }
            />
            {channel.name}
          </label>
        ))}
      </fieldset>
      <p class="muted small wide">{about.about}</p>
      <FormFoot
        submit={rule ? 'Save' : 'Add rule'}
        busy={busy}
        error={error}
        onCancel={() => onDone(false)}
      >
        <label class="check">
          <input type="checkbox" name="enabled" defaultChecked={rule?.enabled ?? true} />
          on
        </label>
      </FormFoot>
    </form>
  );
}
