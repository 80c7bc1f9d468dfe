import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { projectPath } from '../api/client';
import { liveEventsPath, liveLogsPath, liveViewsPath } from '../api/paths';
import type { EventListItem, Listing, LogLine, PageViewSummary } from '../api/types';
import { useApi } from '../api/use_api';
import { type LiveState, useLive } from '../api/use_live';
import { formatClock, formatCount } from '../model/format';
import { type LiveItem, liveItems, withNewest } from '../model/live';
import { setQuery } from '../router';
import { useProjectHref, useQueryParam, useRoute } from '../ui/context';
import { Icon, type IconName } from '../ui/icons';
import { Card, Level, Page } from '../ui/parts';
import { Empty, ErrorState, Skeleton, usePainted } from '../ui/states';

const KINDS: readonly { kind: LiveItem['kind']; label: string; icon: IconName }[] = [
  { kind: 'visit', label: 'Visits', icon: 'pages' },
  { kind: 'error', label: 'Errors', icon: 'issues' },
  { kind: 'log', label: 'Logs', icon: 'log' },
];

const EVENTS = ['page_view', 'event', 'log', 'dropped'];
const STATE: Record<LiveState, string> = {
  connecting: 'Connecting …',
  open: 'What arrives, as it arrives.',
  broken: 'The connection broke; trying again …',
};

/** More than a window shows at once; the rest is drawn after these. */
const FIRST_SCREEN = 50;

/** What arrives, as it arrives: the last hour's from the lists, what follows from the stream. */
export function LivePage(): JSX.Element {
  const { params } = useRoute();
  const href = useProjectHref();
  const [paused, setPaused] = useState<LiveItem[] | null>(null);
  const [streamed, setStreamed] = useState<LiveItem[]>([]);
  const [leftOut, setLeftOut] = useState(0);
  useEffect(() => {
    // Another project's.
    setPaused(null);
    setStreamed([]);
    setLeftOut(0);
  }, [params.id]);
  const only = useQueryParam('kind');
  const state = useLive(projectPath(params.id ?? '', '/live'), EVENTS, {
    onMessage: (event, data) => {
      if (event === 'dropped') {
        setLeftOut((count) => count + (data as { count: number }).count);
        return;
      }
      setStreamed((old) =>
        withNewest(
          old,
          liveItems(
            event === 'page_view' ? [data as PageViewSummary] : [],
            event === 'event' ? [data as EventListItem] : [],
            event === 'log' ? [data as LogLine] : [],
          ),
        ),
      );
    },
    onGap: () => {
      views.reload();
      events.reload();
      logs.reload();
    },
  });
  const views = useApi<Listing<PageViewSummary>>(liveViewsPath(params, ''));
  const events = useApi<Listing<EventListItem>>(liveEventsPath(params, ''));
  const logs = useApi<Listing<LogLine>>(liveLogsPath(params, ''));
  const error = views.error ?? events.error ?? logs.error;
  const listed = liveItems(
    views.data?.items ?? [],
    events.data?.items ?? [],
    logs.data?.items ?? [],
  );
  const arrived = withNewest(listed, streamed);
  const isPainted = usePainted();
  const shown = (paused ?? arrived)
    .filter((item) => only === null || item.kind === only)
    .slice(0, isPainted ? undefined : FIRST_SCREEN);
  const before = new Set(paused?.map((item) => item.key));
  const waiting = paused === null ? 0 : arrived.filter((item) => !before.has(item.key)).length;
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
            aria-pressed={only === null || only === kind}
            onClick={() => setQuery({ kind: only === kind ? null : kind }, { replace: true })}
          >
            {label}
          </button>
        ))}
        <span class="muted small live-note" role="status">
          {paused === null ? STATE[state] : 'Paused.'}
          {waiting > 0 && ` ${formatCount(waiting)} new.`}
          {leftOut > 0 && ` ${formatCount(leftOut)} left out: more came than can be shown.`}
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
                <span class="muted small live-detail">{item.detail}</span>
              </li>
            ))}
          </ol>
        )}
      </Card>
    </Page>
  );
}
