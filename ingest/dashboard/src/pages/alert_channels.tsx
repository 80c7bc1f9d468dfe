import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import type { AlertChannel, AlertDelivery } from '../api/types';
import { useAction } from '../api/use_action';
import { EditableList, RowButton } from '../ui/editable_list';
import { FormFoot, fieldText } from '../ui/forms';
import { Badge } from '../ui/parts';
import { Empty } from '../ui/states';
import type { Column } from '../ui/table';

/** What can be sent to a channel at once, by the route's last part. */
const SENDABLES = { test: 'The test', 'weekly-report': 'The report' } as const;
type Sendable = keyof typeof SENDABLES;

export function AlertChannels({
  channels,
  path,
  reload,
  onTested,
}: {
  channels: readonly AlertChannel[];
  path: string;
  reload: () => void;
  onTested: () => void;
}): JSX.Element {
  const [sent, setSent] = useState<{
    what: Sendable;
    channel: AlertChannel;
    end: AlertDelivery;
  } | null>(null);
  const columns: Column<AlertChannel>[] = [
    {
      key: 'name',
      label: 'Channel',
      main: true,
      value: (channel) => channel.name,
      cell: (channel) => (
        <>
          <b>{channel.name}</b> <Badge>{channel.kind === 'email' ? 'e-mail' : 'webhook'}</Badge>
          <span class="sub breakable">
            {channel.kind === 'email' ? channel.addresses.join(', ') : channel.url}
          </span>
        </>
      ),
    },
    {
      key: 'signed',
      label: 'Signed',
      value: (channel) => (channel.kind === 'webhook' ? channel.has_secret : null),
      cell: (channel) =>
        channel.kind === 'webhook' ? (
          channel.has_secret ? (
            'yes'
          ) : (
            'no'
          )
        ) : (
          <span class="muted">–</span>
        ),
    },
    {
      key: 'weekly_report',
      label: 'Weekly report',
      value: (channel) => channel.weekly_report,
      cell: (channel) => (channel.weekly_report ? 'yes' : 'no'),
    },
  ];
  const send = (what: Sendable, channel: AlertChannel) => async () => {
    setSent(null);
    const end = await request('POST', `${path}/${channel.channel_id}/${what}`);
    setSent({ what, channel, end: end as AlertDelivery });
    onTested();
  };
  return (
    <EditableList
      title="Channels"
      noun="channel"
      caption="Alert channels"
      items={channels}
      path={path}
      idOf={(channel) => channel.channel_id}
      columns={columns}
      reload={reload}
      rowActions={(channel, { busy, run }) => (
        <>
          <RowButton
            does="Send a test"
            to={`to ${channel.name}`}
            disabled={busy}
            onClick={() => run(send('test', channel))}
          />
          <RowButton
            does="Send the report"
            to={`of the last seven days to ${channel.name}`}
            disabled={busy}
            onClick={() => run(send('weekly-report', channel))}
          />
        </>
      )}
      note={
        <p role="status" class={sent?.end.status === 'sent' ? 'form-ok' : 'form-error'}>
          {sent &&
            (sent.end.status === 'sent'
              ? `${SENDABLES[sent.what]} went to ${sent.channel.name}. Look whether it arrived.`
              : `${SENDABLES[sent.what]} to ${sent.channel.name} failed: ${sent.end.last_error}`)}
        </p>
      }
      empty={
        <Empty title="No channel yet">
          <p>E-mail addresses, or a webhook such as a chat's; a secret signs what it gets.</p>
        </Empty>
      }
      form={(channel, onDone) => <ChannelForm channel={channel} path={path} onDone={onDone} />}
    />
  );
}

function ChannelForm({
  channel,
  path,
  onDone,
}: {
  channel: AlertChannel | null;
  path: string;
  onDone: (changed: boolean) => void;
}): JSX.Element {
  const [kind, setKind] = useState<AlertChannel['kind']>(channel?.kind ?? 'email');
  const { busy, error, run } = useAction();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => fieldText(form, name);
    const secret = text('secret');
    const where =
      kind === 'email'
        ? {
            addresses: text('addresses')
              .split(/[\s,;]+/)
              .filter(Boolean),
          }
        : // Left out, the old secret stays.
          { url: text('url'), ...(secret ? { secret } : {}) };
    const weekly_report = form.get('weekly_report') !== null;
    const body = { kind, name: text('name'), weekly_report, ...where };
    run(async () => {
      if (channel) await request('PUT', `${path}/${channel.channel_id}`, { body });
      else await request('POST', path, { body });
      onDone(true);
    });
  };
  return (
    <form
      class="alert-form"
      onSubmit={submit}
      aria-label={channel ? `Edit ${channel.name}` : 'New channel'}
    >
      <label>
        Kind
        <select
          name="kind"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as AlertChannel['kind'])}
        >
          <option value="email">E-mail</option>
          <option value="webhook">Webhook</option>
        </select>
      </label>
      <label>
        Name
        <input name="name" required maxLength={100} defaultValue={channel?.name} />
      </label>
      {kind === 'email' ? (
        <label class="wide">
          Addresses
          <input
            name="addresses"
            required
            placeholder="team@example.com, ann@example.com"
            defaultValue={channel?.addresses.join(', ')}
          />
        </label>
      ) : (
        <>
          <label class="wide">
            URL
            <input
              name="url"
              type="url"
              required
              placeholder="https://chat.example/hooks/…"
              defaultValue={channel?.url}
            />
          </label>
          <label class="wide">
            Secret <span class="muted">(signs each message)</span>
            <input
              name="secret"
              type="password"
              autocomplete="off"
              placeholder={channel?.has_secret ? 'stays as it is' : 'none'}
            />
          </label>
        </>
      )}
      <FormFoot
        submit={channel ? 'Save' : 'Add channel'}
        busy={busy}
        error={error}
        onCancel={() => onDone(false)}
      >
        <label class="check">
          <input type="checkbox" name="weekly_report" defaultChecked={channel?.weekly_report} />
          Weekly report, on Mondays from 08:00 UTC
        </label>
      </FormFoot>
    </form>
  );
}
