import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { eventPath } from '../api/paths';
import type { ErrorEvent, Exception, Frame } from '../api/types';
import { useApi } from '../api/use_api';
import { formatTime, plural, shortId } from '../model/format';
import { frameFunction, framePlace, groupFrames, unresolvedWords } from '../model/stack';
import { Breadcrumbs } from '../ui/breadcrumbs';
import { useProjectHref, useRoute } from '../ui/context';
import { Icon } from '../ui/icons';
import { Badge, Card, KeyValues, Level, Page } from '../ui/parts';
import { Loaded, Skeleton } from '../ui/states';

export function EventPage(): JSX.Element {
  const { params } = useRoute();
  const href = useProjectHref();
  const id = params.event_id ?? '';
  const state = useApi<ErrorEvent>(eventPath(params, ''));
  const event = state.data;
  return (
    <Page
      title={event ? event.title : `Event ${shortId(id)}`}
      heading={<span class="issue-heading">{event?.title ?? `Event ${shortId(id)}`}</span>}
      crumbs={[
        { label: 'Issues', href: href('/issues') },
        ...(event && event.issue_id !== null
          ? [{ label: `Issue ${event.issue_id}`, href: href(`/issues/${event.issue_id}`) }]
          : []),
      ]}
    >
      <Loaded state={state} skeleton={<Skeleton rows={14} />}>
        {(data) => <EventBody event={data} />}
      </Loaded>
    </Page>
  );
}

function filled(record: Record<string, unknown> | null | undefined): boolean {
  return record !== null && record !== undefined && Object.keys(record).length > 0;
}

/** An event in full; also the latest event on its issue's page. */
export function EventBody({ event }: { event: ErrorEvent }): JSX.Element {
  const href = useProjectHref();
  return (
    <>
      <div class="fact-line">
        <Level level={event.level} />
        <span class="fact">
          <span class="muted">Occurred</span> {formatTime(event.occurred_at)}
        </span>
        {event.culprit && (
          <span class="fact">
            <span class="muted">In</span> {event.culprit}
          </span>
        )}
        <span class="fact">
          <span class="muted">Sent by</span> {event.source}, {event.platform || 'unknown platform'}
        </span>
        {event.release && (
          <span class="fact">
            <span class="muted">Release</span> {event.release}
          </span>
        )}
        {event.page && (
          <span class="fact">
            <span class="muted">Page</span>{' '}
            <a href={href(`/page?page=${encodeURIComponent(event.page)}`)}>{event.page}</a>
          </span>
        )}
      </div>
      <p class="link-line">
        {event.page_view_id && (
          <a href={href(`/page-views/${event.page_view_id}`)}>
            <Icon name="pages" /> The visit it happened in
          </a>
        )}
        {event.trace_id && (
          <a
            href={href(
              `/traces/${event.trace_id}?row=${encodeURIComponent(`event:${event.event_id}`)}`,
            )}
          >
            <Icon name="trace" /> Trace {shortId(event.trace_id)}
          </a>
        )}
        {event.session_id && (
          <a href={href(`/sessions/${event.session_id}`)}>
            <Icon name="clock" /> Session {shortId(event.session_id)}
          </a>
        )}
      </p>
      <div class="columns wide-left">
        <div class="stack">
          {event.message && event.exceptions.length === 0 && (
            <Card title="Message">
              <pre class="message">{event.message}</pre>
            </Card>
          )}
          {event.exceptions.map((exception, i) => (
            <ExceptionCard key={i} exception={exception} cause={i > 0} />
          ))}
          <Card title="Breadcrumbs" hint="what happened before, oldest first">
            <Breadcrumbs crumbs={event.breadcrumbs} until={event.occurred_at} end={event.title} />
          </Card>
        </div>
        <div class="stack">
          <Card title="Tags">
            <KeyValues
              values={{
                ...(event.environment ? { environment: event.environment } : {}),
                ...(event.browser ? { browser: event.browser } : {}),
                ...(event.os ? { os: event.os } : {}),
                ...(event.transaction ? { transaction: event.transaction } : {}),
                ...(event.logger ? { logger: event.logger } : {}),
                ...(event.url ? { url: event.url } : {}),
                ...event.tags,
              }}
            />
          </Card>
          {filled(event.user) && (
            <Card title="User">
              <KeyValues values={event.user} />
            </Card>
          )}
          {filled(event.request) && (
            <Card title="Request">
              <KeyValues values={event.request} />
            </Card>
          )}
          {Object.entries(event.contexts ?? {}).map(([name, values]) => (
            <Card key={name} title={`Context ${name}`}>
              <KeyValues
                values={
                  typeof values === 'object' && values !== null
                    ? (values as Record<string, unknown>)
                    : { value: values }
                }
              />
            </Card>
          ))}
          {filled(event.extra) && (
            <Card title="Extra">
              <KeyValues values={event.extra} />
            </Card>
          )}
          <Card title="Grouping">
            <p>{event.grouping.explanation || 'Not recorded.'}</p>
            <KeyValues
              values={[
                ['key', event.grouping.key],
                ['version', event.grouping.version],
                ...(event.fingerprint.length > 0
                  ? [['fingerprint', event.fingerprint.join(', ')] as [string, unknown]]
                  : []),
                ['event id', event.event_id],
                ['received', formatTime(event.received_at)],
              ]}
            />
          </Card>
        </div>
      </div>
    </>
  );
}

function ExceptionCard({
  exception,
  cause,
}: {
  exception: Exception;
  cause: boolean;
}): JSX.Element {
  const groups = groupFrames(exception.frames);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (index: number) => {
    const next = new Set(open);
    if (!next.delete(index)) next.add(index);
    setOpen(next);
  };
  const firstInApp = exception.frames.findIndex((frame) => frame.in_app && frame.context);
  return (
    <section class="card exception">
      <div class="exception-head">
        {cause && <p class="muted small">Caused by</p>}
        <h2>
          <span class="exception-type">{exception.type || 'Error'}</span>
          {exception.value && <span class="exception-value">{exception.value}</span>}
        </h2>
        {exception.mechanism && (
          <p class="exception-how">
            <Badge tone={exception.mechanism.handled ? 'neutral' : 'poor'}>
              {exception.mechanism.handled ? 'handled' : 'unhandled'}
            </Badge>
            {exception.mechanism.type && (
              <span class="muted small">by {exception.mechanism.type}</span>
            )}
          </p>
        )}
      </div>
      {exception.frames.length === 0 ? (
        <p class="muted">It came without a stack.</p>
      ) : (
        <ol class="frames" aria-label="Stack, newest call first">
          {groups.map((group) =>
            group.kind === 'frame' ? (
              <FrameRow
                key={group.index}
                frame={group.frame}
                openAtFirst={group.index === firstInApp}
              />
            ) : open.has(group.index) ? (
              group.frames.map((frame, i) => (
                <FrameRow key={`${group.index}.${i}`} frame={frame} openAtFirst={false} />
              ))
            ) : (
              <li key={group.index} class="frame folded">
                <button type="button" onClick={() => toggle(group.index)} aria-expanded={false}>
                  <Icon name="chevron" /> {plural(group.frames.length, 'library frame')}
                </button>
              </li>
            ),
          )}
        </ol>
      )}
    </section>
  );
}

function FrameRow({ frame, openAtFirst }: { frame: Frame; openAtFirst: boolean }): JSX.Element {
  const [open, setOpen] = useState(openAtFirst);
  const href = useProjectHref();
  const line = frame.original?.line ?? frame.line ?? 0;
  const { context } = frame;
  const head = (
    <>
      <span class="frame-function">{frameFunction(frame)}</span>
      <span
        class="frame-place"
        title={frame.original ? `${frame.filename}:${frame.line}` : undefined}
      >
        {framePlace(frame)}
      </span>
      {frame.in_app && <Badge tone="app">in app</Badge>}
    </>
  );
  return (
    <li class={`frame ${frame.in_app ? 'in-app' : 'library'}`}>
      {context ? (
        <button
          type="button"
          class="frame-head"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <span class={`tl-twist ${open ? 'open' : ''}`}>
            <Icon name="chevron" />
          </span>
          {head}
        </button>
      ) : (
        <div class="frame-head">
          <span class="tl-twist" />
          {head}
        </div>
      )}
      {frame.unresolved_reason && frame.in_app && (
        <p class="frame-note">
          As the browser saw it: {unresolvedWords(frame.unresolved_reason)}.{' '}
          <a href={href('/source-maps')}>Source maps</a>
        </p>
      )}
      {context && open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, also by keyboard
        <pre class="source" tabIndex={0}>
          {[...context.pre, context.line, ...context.post].map((text, i) => {
            const number = line - context.pre.length + i;
            const here = i === context.pre.length;
            return (
              <span key={number} class={here ? 'here' : ''}>
                <span class="line-number">
                  {here ? '›' : ' '}
                  {number}
                </span>
                {text}
              </span>
            );
          })}
        </pre>
      )}
    </li>
  );
}
