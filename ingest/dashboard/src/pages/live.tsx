import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { projectPath } from '../api/client';
import type { EventListItem, Listing, LogLine, PageViewSummary } from '../api/types';
import { usePolled } from '../api/use_polled';
import { formatClock } from '../model/format';
import { type LiveItem, liveItems } from '../model/live';
import { setQuery } from '../router';
import { useProjectHref, useQueryParam, useRoute } from '../ui/context';
import { Icon, type IconName } from '../ui/icons';
import { Card, Level, Page } from '../ui/parts';
import { Empty, ErrorState, Skeleton } from '../ui/states';

const EVERY_MS = 2000;
const KINDS: readonly { kind: LiveItem['kind']; label: string; icon: IconName }[] = [
  { kind: 'visit', label: 'Visits', icon: 'pages' },
  { kind: 'error', label: 'Errors', icon: 'issues' },
  { kind: 'log', label: 'Logs', icon: 'log' },
];

/** What arrives, as it arrives: asks every two seconds while the tab is to be seen. */
export function LivePage(): JSX.Element {
  const { params } = useRoute();
  const href = useProjectHref();
  const [paused, setPaused] = useState<LiveItem[] | null>(null);
  const only = useQueryParam('kind');
  const of = (kind: LiveItem['kind'], rest: string) =>
    paused !== null || (only !== null && only !== kind)
      ? null
      : projectPath(params.id ?? '', `${rest}?from=-1h&limit=100`);
  const views = usePolled<Listing<PageViewSummary>>(of('visit', '/page-views'), EVERY_MS);
  const events = usePolled<Listing<EventListItem>>(of('error', '/events'), EVERY_MS);
  const logs = usePolled<Listing<LogLine>>(of('log', '/logs'), EVERY_MS);
  const error = views.error ?? events.error ?? logs.error;
  const arrived = liveItems(
    views.data?.items ?? [],
    events.data?.items ?? [],
    logs.data?.items ?? [],
  );
  const shown = (paused ?? arrived).filter((item) => only === null || item.kind === only);
  return (
    <Page
      title="Live"
      actions={
        <button
          type="button"
          class="button"
          aria-pressed={paused !== null}
          onClick={() => setPaused(paused === null ? arrived : null)}
        >
          {paused === null ? 'Pause' : 'Go on'}
        </button>
      }
    >
      <div class="chips">
        {KINDS.map(({ kind, label }) => (
          <button
            key={kind}
            type="button"
            class="chip toggle"
            aria-pressed={only === kind}
            onClick={() => setQuery({ kind: only === kind ? null : kind }, { replace: true })}
          >
            {label}
          </button>
        ))}
        <span class="muted small live-note">
          {paused === null ? 'The last hour, asked every 2 seconds.' : 'Paused.'}
        </span>
      </div>
      {error && <ErrorState error={error} />}
      <Card>
        {/* All three, or what comes later pushes the others down. */}
        {!error && !(views.data && events.data && logs.data) ? (
          <Skeleton rows={12} />
        ) : shown.length === 0 ? (
          <Empty title="Nothing has arrived in the last hour">
            <p>
              Open one of your pages, or look at <a href={href('/setup')}>how to install it</a>.
            </p>
          </Empty>
        ) : (
          <ol class="live">
            {shown.map((item) => (
              <li key={item.key}>
                <time dateTime={item.at}>{formatClock(item.at)}</time>
                <Icon name={KINDS.find(({ kind }) => kind === item.kind)?.icon ?? 'log'} />
                <span class="live-main">
                  {item.path ? <a href={href(item.path)}>{item.title}</a> : item.title}{' '}
                  {item.level !== '' && item.level !== 'info' && <Level level={item.level} />}
                </span>
                <span class="muted small">{item.detail}</span>
              </li>
            ))}
          </ol>
        )}
      </Card>
    </Page>
  );
}
