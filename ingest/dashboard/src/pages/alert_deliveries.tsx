import type { JSX } from 'preact';
import type { AlertChannel, AlertDelivery, AlertRule } from '../api/types';
import { formatAgo, formatTime } from '../model/format';
import { Badge, Card } from '../ui/parts';
import { Empty } from '../ui/states';
import { type Column, DataTable } from '../ui/table';

const ENDS: Record<AlertDelivery['status'], { tone: string; title: string }> = {
  pending: { tone: 'neutral', title: 'Waits for its time' },
  sending: { tone: 'neutral', title: 'Handed over; its end is not known yet' },
  sent: { tone: 'good', title: 'The other side took it' },
  failed: { tone: 'poor', title: 'Given up after the last attempt' },
  unknown: {
    tone: 'needs_improvement',
    title: 'The server stopped while it was sent: it is not sent again, it may have arrived',
  },
};

export function AlertDeliveries({
  deliveries,
  channels,
  rules,
  reload,
}: {
  deliveries: readonly AlertDelivery[];
  channels: readonly AlertChannel[];
  rules: readonly AlertRule[];
  reload: () => void;
}): JSX.Element {
  const now = Date.now();
  const columns: Column<AlertDelivery>[] = [
    {
      key: 'title',
      label: 'Message',
      main: true,
      value: (one) => one.title,
      cell: (one) => (
        <>
          <span class="breakable">{one.title}</span>
          {one.last_error && <span class="sub breakable">{one.last_error}</span>}
        </>
      ),
    },
    {
      key: 'status',
      label: 'End',
      value: (one) => one.status,
      cell: (one) => (
        <Badge tone={ENDS[one.status].tone} title={ENDS[one.status].title}>
          {one.status}
        </Badge>
      ),
    },
    {
      key: 'channel',
      label: 'To',
      value: (one) =>
        channels.find((c) => c.channel_id === one.channel_id)?.name ?? `#${one.channel_id}`,
    },
    {
      key: 'rule',
      label: 'Rule',
      value: (one) =>
        one.rule_id === null
          ? '–'
          : (rules.find((r) => r.rule_id === one.rule_id)?.name ?? `#${one.rule_id}`),
    },
    { key: 'attempts', label: 'Attempts', class: 'num', value: (one) => one.attempts },
    {
      key: 'created_at',
      label: 'When',
      value: (one) => one.created_at,
      cell: (one) => (
        <>
          <span title={formatTime(one.created_at)}>{formatAgo(one.created_at, now)}</span>
          {one.next_attempt_at && one.attempts > 0 && (
            <span class="sub">again at {formatTime(one.next_attempt_at)}</span>
          )}
        </>
      ),
    },
  ];
  return (
    <Card
      title="Delivery log"
      hint="newest first"
      actions={
        <button type="button" class="button" onClick={reload}>
          Reload
        </button>
      }
    >
      {deliveries.length === 0 ? (
        <Empty title="Nothing was sent yet">
          <p>Every message is kept here with its end.</p>
        </Empty>
      ) : (
        <DataTable
          name="alert-deliveries"
          caption="Messages sent or to be sent"
          columns={columns}
          rows={deliveries}
          rowKey={(one) => String(one.delivery_id)}
          class="acted"
        />
      )}
    </Card>
  );
}
