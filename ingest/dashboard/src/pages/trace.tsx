import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { tracePath } from '../api/paths';
import type { Trace } from '../api/types';
import { useApi } from '../api/use_api';
import { formatClock, formatMs, formatTime, plural, shortId } from '../model/format';
import { spanTitle } from '../model/span_title';
import { layoutTrace, selfTimeMs, type TraceRow } from '../model/trace_layout';
import { setQuery } from '../router';
import { useProjectHref, useQueryParam, useRoute } from '../ui/context';
import { Icon } from '../ui/icons';
import { Card, KeyValues, Level, Page } from '../ui/parts';
import { Empty, Loaded, Skeleton } from '../ui/states';
import { DetailsPanel, Timeline, type TimelineRow } from '../ui/timeline';

export function TracePage(): JSX.Element {
  const { params } = useRoute();
  const href = useProjectHref();
  const id = params.trace_id ?? '';
  const state = useApi<Trace>(tracePath(params, ''));
  const trace = state.data;
  const root = trace?.spans[0];
  return (
    <Page
      title={root ? `${root.name}, trace ${shortId(id)}` : `Trace ${shortId(id)}`}
      heading={<span class="page-name">{root?.name ?? `Trace ${shortId(id)}`}</span>}
      crumbs={[{ label: 'Visits', href: href('/page-views') }]}
    >
      <Loaded state={state} skeleton={<Skeleton rows={14} />}>
        {(data) => <TraceView trace={data} />}
      </Loaded>
    </Page>
  );
}

const HUES = 6;

function serviceClass(services: readonly string[], service: string): string {
  if (service === 'browser') return 'service-browser';
  const index = services.filter((name) => name !== 'browser').indexOf(service);
  return `service-${Math.max(0, index) % HUES}`;
}

function logTone(severity_number: number): 'error' | 'warning' | 'log' {
  if (severity_number >= 17) return 'error';
  return severity_number >= 13 ? 'warning' : 'log';
}

function toRow(
  row: TraceRow,
  services: readonly string[],
  closed: ReadonlySet<string>,
): TimelineRow {
  if (row.kind === 'span') {
    const { span } = row;
    const title = spanTitle(span);
    const end_ms = span.start_ms + span.duration_ms;
    const cls = serviceClass(services, span.service);
    return {
      id: row.id,
      label: (
        <>
          <span class={`service-dot ${cls}`} />
          {title}
        </>
      ),
      hint: span.service,
      aria: `Span ${title}, ${span.service}, at ${formatMs(span.start_ms)}, took ${formatMs(span.duration_ms)}${span.status === 'error' ? ', failed' : ''}`,
      depth: row.depth,
      segments: [
        {
          class: cls,
          start_ms: span.start_ms,
          end_ms,
          title: `${title}: ${formatMs(span.duration_ms)}`,
        },
      ],
      failed: span.status === 'error',
      collapsible: row.child_count > 0,
      open: !closed.has(span.span_id),
    };
  }
  if (row.kind === 'log') {
    const { log } = row;
    return {
      id: row.id,
      label: log.message,
      hint: log.level,
      aria: `Log, ${log.level}: ${log.message}, ${log.service}, at ${formatMs(log.at_ms)}`,
      depth: row.depth,
      segments: [{ class: '', start_ms: log.at_ms, end_ms: log.at_ms, title: log.message }],
      dot: logTone(log.severity_number),
    };
  }
  const { event } = row;
  return {
    id: row.id,
    label: event.title,
    hint: event.level,
    aria: `Error: ${event.title}, at ${formatMs(event.at_ms)}`,
    depth: row.depth,
    segments: [{ class: '', start_ms: event.at_ms, end_ms: event.at_ms, title: event.title }],
    dot: 'error',
    failed: true,
  };
}

function TraceView({ trace }: { trace: Trace }): JSX.Element {
  const href = useProjectHref();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [withLogs, setWithLogs] = useState(true);
  const layout = useMemo(() => layoutTrace(trace, closed, withLogs), [trace, closed, withLogs]);
  const selected = useQueryParam('row');
  const open = layout.rows.find((row) => row.id === selected);
  if (trace.spans.length === 0 && trace.logs.length === 0 && trace.events.length === 0) {
    return (
      <Card>
        <Empty title="Nothing is stored under this trace id">
          <p>It may be older than the retention, or have been left out by sampling.</p>
        </Empty>
      </Card>
    );
  }
  const toggle = (id: string, show: boolean) => {
    const next = new Set(closed);
    const span_id = id.replace(/^span:/, '');
    if (show) next.delete(span_id);
    else next.add(span_id);
    setClosed(next);
  };
  return (
    <>
      <div class="fact-line">
        <span class="fact">
          <span class="muted">Trace</span> <code>{trace.trace_id}</code>
        </span>
        <span class="fact">
          <span class="muted">Started</span> {formatTime(trace.started_at)}
        </span>
        <span class="fact">
          <span class="muted">Took</span> {formatMs(trace.duration_ms)}
        </span>
        <span class="fact">
          {plural(trace.spans.length, 'span')}, {plural(trace.logs.length, 'log line')},{' '}
          {plural(trace.events.length, 'error')}
        </span>
      </div>
      {trace.page_view_ids.length > 0 && (
        <p class="link-line">
          {trace.page_view_ids.map((id) => (
            <a key={id} href={href(`/page-views/${id}`)}>
              <Icon name="pages" /> Page view {shortId(id)}
            </a>
          ))}
        </p>
      )}
      {trace.clock.map((shift) => (
        <p key={shift.service} class="note">
          <Icon name="clock" />
          <span>
            <b>{shift.service}</b>'s clock was shifted by <b>{formatMs(shift.shift_ms)}</b>
            {shift.varies ? ' (median; each request by its own)' : ''}: {shift.reason}.
          </span>
        </p>
      ))}
      {trace.truncated && (
        <p class="note">
          <Icon name="info" />
          <span>This trace is larger than what is shown; the latest spans were left out.</span>
        </p>
      )}
      <Card
        title="Trace"
        hint="ms since its start"
        class="waterfall-card"
        actions={
          <>
            {trace.logs.length > 0 && (
              <button
                type="button"
                class="chip toggle"
                aria-pressed={withLogs}
                onClick={() => setWithLogs(!withLogs)}
              >
                Logs
              </button>
            )}
            {closed.size > 0 && (
              <button type="button" class="chip" onClick={() => setClosed(new Set())}>
                Open all
              </button>
            )}
          </>
        }
      >
        <div class={`with-details ${open ? 'open' : ''}`}>
          <div class="timeline-box">
            <Timeline
              label="Spans of the trace; arrow keys move, Left and Right close and open, Enter shows details"
              rows={layout.rows.map((row) => toRow(row, layout.services, closed))}
              start_ms={layout.start_ms}
              end_ms={layout.end_ms * 1.02}
              selected={selected}
              onSelect={(id) => setQuery({ row: id }, { replace: true })}
              onToggle={toggle}
            />
            <ul class="phase-legend" aria-label="Services">
              {layout.services.map((service) => (
                <li key={service}>
                  <span class={`swatch ${serviceClass(layout.services, service)}`} />
                  {service || 'unknown service'}
                </li>
              ))}
            </ul>
          </div>
          {open && <Details row={open} trace={trace} />}
        </div>
      </Card>
    </>
  );
}

function Details({ row, trace }: { row: TraceRow; trace: Trace }): JSX.Element {
  const href = useProjectHref();
  const close = () => setQuery({ row: null }, { replace: true });
  if (row.kind === 'log') {
    const { log } = row;
    return (
      <DetailsPanel title={log.message} subtitle={`Log of ${log.service}`} onClose={close}>
        <KeyValues
          values={[
            ['level', log.level],
            ['at', formatClock(log.at)],
            ['logger', log.logger],
            ['source', log.source],
            ['span', log.span_id],
          ]}
        />
        <h3>Attributes</h3>
        <KeyValues values={log.attributes} />
      </DetailsPanel>
    );
  }
  if (row.kind === 'event') {
    const { event } = row;
    return (
      <DetailsPanel title={event.title} subtitle="Error" onClose={close}>
        <p>
          <Level level={event.level} />{' '}
          <a href={href(`/events/${event.event_id}`)}>Open the event</a>
          {event.issue_id !== null && (
            <>
              {' '}
              or <a href={href(`/issues/${event.issue_id}`)}>its issue</a>
            </>
          )}
        </p>
        <KeyValues
          values={[
            ['at', formatMs(event.at_ms)],
            ['platform', event.platform],
            ['source', event.source],
          ]}
        />
      </DetailsPanel>
    );
  }
  const { span } = row;
  const moved =
    span.reported_parent_span_id !== undefined &&
    span.reported_parent_span_id !== span.parent_span_id;
  return (
    <DetailsPanel
      title={span.name}
      subtitle={`${span.op || 'span'} of ${span.service}`}
      onClose={close}
    >
      <KeyValues
        values={[
          ['starts', formatMs(span.start_ms)],
          ['takes', formatMs(span.duration_ms)],
          ['itself', formatMs(selfTimeMs(span, trace.spans))],
          ['kind', span.kind],
          ['status', span.status],
          ...(span.status_message
            ? [['status message', span.status_message] as [string, unknown]]
            : []),
          ['source', span.source],
          ['span id', span.span_id],
          ...(moved
            ? [['reported parent', span.reported_parent_span_id ?? 'none'] as [string, unknown]]
            : []),
        ]}
      />
      <h3>Attributes</h3>
      <KeyValues values={span.attributes} />
      {span.events.length > 0 && (
        <>
          <h3>Span events</h3>
          {span.events.map((event, i) => (
            <div key={i}>
              <p>
                <b>{event.name}</b> {formatMs(event.at_ms)}
              </p>
              <KeyValues values={event.attributes ?? {}} />
            </div>
          ))}
        </>
      )}
      {span.page_view_id && (
        <p>
          <a href={href(`/page-views/${span.page_view_id}`)}>
            <Icon name="pages" /> Its page view
          </a>
        </p>
      )}
    </DetailsPanel>
  );
}
