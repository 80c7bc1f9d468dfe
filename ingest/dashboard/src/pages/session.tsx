import type { JSX } from 'preact';
import { sessionPath } from '../api/paths';
import type { SessionTimeline } from '../api/types';
import { useApi } from '../api/use_api';
import { formatClock, formatMs, formatTime, plural, shortId, words } from '../model/format';
import { sessionItems } from '../model/session';
import { useProjectHref, useRoute } from '../ui/context';
import { Icon } from '../ui/icons';
import { Badge, Card, Level, Page, Rated } from '../ui/parts';
import { Empty, Loaded, Skeleton } from '../ui/states';

export function SessionPage(): JSX.Element {
  const { params } = useRoute();
  const href = useProjectHref();
  const id = params.session_id ?? '';
  const state = useApi<SessionTimeline>(sessionPath(params, ''));
  return (
    <Page
      title={`Session ${shortId(id)}`}
      crumbs={[{ label: 'Visits', href: href('/page-views') }]}
    >
      <Loaded state={state} skeleton={<Skeleton rows={8} />}>
        {(session) => <Session session={session} />}
      </Loaded>
    </Page>
  );
}

function Session({ session }: { session: SessionTimeline }): JSX.Element {
  const href = useProjectHref();
  const items = sessionItems(session);
  const first = items[0];
  const last = items[items.length - 1];
  const any = session.page_views[0];
  if (!first || !last) {
    return (
      <Card>
        <Empty title="Nothing is kept of this session">
          <p>It may be older than the retention.</p>
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <div class="fact-line">
        <span class="fact">
          <span class="muted">Session</span> <code>{session.session_id}</code>
        </span>
        <span class="fact">
          <span class="muted">From</span> {formatTime(first.at_ms)}
        </span>
        <span class="fact">
          <span class="muted">Over</span> {formatMs(last.at_ms - first.at_ms)}
        </span>
        <span class="fact">
          {plural(session.page_views.length, 'page view')}, {plural(session.events.length, 'error')}
        </span>
        {any && (
          <span class="fact">
            {[any.browser, any.os, any.device?.type].filter(Boolean).join(', ')}
          </span>
        )}
      </div>
      <Card>
        <ol class="session">
          {items.map((item, i) => {
            const gap_ms = i === 0 ? 0 : item.at_ms - (items[i - 1]?.at_ms ?? item.at_ms);
            return (
              <li
                key={item.kind === 'event' ? item.event.event_id : item.view.page_view_id}
                class={item.kind}
              >
                <span class="session-time">
                  <time>{formatClock(new Date(item.at_ms).toISOString())}</time>
                  <span class="muted small">{gap_ms > 0 ? `+${formatMs(gap_ms)}` : ''}</span>
                </span>
                <span class="session-sign">
                  <Icon name={item.kind === 'event' ? 'issues' : 'pages'} />
                </span>
                {item.kind === 'page_view' ? (
                  <div class="session-main">
                    <a href={href(`/page-views/${item.view.page_view_id}`)}>{item.view.page}</a>
                    <span class="muted small">
                      {words(item.view.navigation_type)}
                      {item.view.duration_ms !== null &&
                        `, stayed ${formatMs(item.view.duration_ms)}`}
                    </span>
                    <span class="session-vitals">
                      {(['lcp_ms', 'inp_ms', 'cls'] as const).map(
                        (name) =>
                          item.view.vitals[name] !== null && (
                            <span key={name}>
                              <span class="muted">{name.replace('_ms', '').toUpperCase()}</span>{' '}
                              <Rated vital={name} value={item.view.vitals[name]} />
                            </span>
                          ),
                      )}
                      {item.view.error_count > 0 && (
                        <Badge tone="poor">{plural(item.view.error_count, 'error')}</Badge>
                      )}
                    </span>
                  </div>
                ) : (
                  <div class="session-main">
                    <a href={href(`/events/${item.event.event_id}`)}>{item.event.title}</a>
                    <Level level={item.event.level} />
                  </div>
                )}
              </li>
            );
          })}
        </ol>
      </Card>
    </>
  );
}
