import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import type { AlertChannel, AlertDelivery } from '../api/types';
import { useAction } from '../api/use_action';
import { Badge, Card } from '../ui/parts';
import { Empty } from '../ui/states';
import { type Column, DataTable } from '../ui/table';

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
  const [edited, setEdited] = useState<AlertChannel | 'new' | null>(null);
  const [tested, setTested] = useState<{ channel: AlertChannel; end: AlertDelivery } | null>(null);
  const { busy, error, run } = useAction();
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
      key: 'channel_id',
      label: 'Actions',
      class: 'actions',
      value: (channel) => channel.channel_id,
      cell: (channel) => (
        <span class="row-actions">
          <button
            type="button"
            class="link-button"
            disabled={busy}
            aria-label={`Send a test to ${channel.name}`}
            onClick={() =>
              run(async () => {
                setTested(null);
                const end = await request('POST', `${path}/${channel.channel_id}/test`);
                setTested({ channel, end: end as AlertDelivery });
                onTested();
              })
            }
          >
            Send a test
          </button>
          <button
            type="button"
            class="link-button"
            aria-label={`Edit ${channel.name}`}
            onClick={() => setEdited(channel)}
          >
            Edit
          </button>
          <button
            type="button"
            class="link-button"
            disabled={busy}
            aria-label={`Remove ${channel.name}`}
            onClick={() =>
              run(async () => {
                await request('DELETE', `${path}/${channel.channel_id}`);
                reload();
              })
            }
          >
            Remove
          </button>
        </span>
      ),
    },
  ];
  return (
    <Card
      title="Channels"
      actions={
        edited === null && (
          <button type="button" class="button" onClick={() => setEdited('new')}>
            New channel
          </button>
        )
      }
    >
      <p role="status" class={tested?.end.status === 'sent' ? 'form-ok' : 'form-error'}>
        {tested &&
          (tested.end.status === 'sent'
            ? `The test went to ${tested.channel.name}. Look whether it arrived.`
            : `The test to ${tested.channel.name} failed: ${tested.end.last_error}`)}
      </p>
      {error && (
        <p class="form-error" role="alert">
          {error}
        </p>
      )}
      {channels.length > 0 ? (
        <DataTable
          name="alert-channels"
          caption="Alert channels"
          columns={columns}
          rows={channels}
          rowKey={(channel) => String(channel.channel_id)}
          class="acted"
          exported={false}
        />
      ) : (
        edited === null && (
          <Empty title="No channel yet">
            <p>E-mail addresses, or a webhook such as a chat's; a secret signs what it gets.</p>
          </Empty>
        )
      )}
      {edited !== null && (
        <ChannelForm
          key={edited === 'new' ? 'new' : edited.channel_id}
          channel={edited === 'new' ? null : edited}
          path={path}
          onDone={(changed) => {
            setEdited(null);
            if (changed) reload();
          }}
        />
      )}
    </Card>
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
    const text = (name: string) => String(form.get(name) ?? '').trim();
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
    const body = { kind, name: text('name'), ...where };
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
      <div class="form-row wide">
        <button type="submit" class="button primary" disabled={busy}>
          {channel ? 'Save' : 'Add channel'}
        </button>
        <button type="button" class="button" onClick={() => onDone(false)}>
          Cancel
        </button>
        {error && (
          <span class="form-error" role="alert">
            {error}
          </span>
        )}
      </div>
    </form>
  );
}
