import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, projectPath, request } from '../api/client';
import { issueDetailPath, issuePath } from '../api/paths';
import type {
  ErrorEvent,
  EventListItem,
  Issue,
  IssueDetail,
  IssueStatus,
  Listing,
} from '../api/types';
import { useApi } from '../api/use_api';
import { apiPath, keepSelection, readSelection } from '../model/filters';
import { formatAgo, formatCount, formatTime, shortId, words } from '../model/format';
import { fillHours, rangeEdgeMs } from '../model/hours';
import { useProjectHref, useQueryParam, useRoute } from '../ui/context';
import { FormError } from '../ui/forms';
import { HourBars } from '../ui/hour_bars';
import { Icon } from '../ui/icons';
import { Badge, Card, Level, Page } from '../ui/parts';
import { RangePicker } from '../ui/selection_bar';
import { Empty, Loaded, Skeleton } from '../ui/states';
import { DataTable } from '../ui/table';
import { EventBody } from './event';
import { Assignee, IssueHistory, IssueParts, IssueRelatedList, IssueTags } from './issue_panels';
import { Pager } from './issues';

const ACTIONS: readonly { status: IssueStatus; label: string }[] = [
  { status: 'resolved', label: 'Resolve' },
  { status: 'resolved_in_next_release', label: 'Resolve in next release' },
  { status: 'ignored', label: 'Ignore' },
  { status: 'unresolved', label: 'Unresolve' },
];

export function IssuePage(): JSX.Element {
  const { location, params } = useRoute();
  const href = useProjectHref();
  const selection = readSelection(location.search);
  const base = issuePath(params, '');
  const state = useApi<IssueDetail>(issueDetailPath(params, location.search));
  const issue = state.data;
  return (
    <Page
      title={issue?.title ?? `Issue ${params.issue_id}`}
      heading={<span class="issue-heading">{issue?.title ?? `Issue ${params.issue_id}`}</span>}
      crumbs={[{ label: 'Issues', href: keepSelection(href('/issues'), selection) }]}
      actions={<RangePicker />}
    >
      <Loaded state={state} skeleton={<Skeleton rows={10} chart />}>
        {(data) => (
          <IssueView
            issue={data}
            base={base}
            onChanged={(changed) => state.replace({ ...data, ...changed })}
            reload={state.reload}
          />
        )}
      </Loaded>
    </Page>
  );
}

function IssueView({
  issue,
  base,
  onChanged,
  reload,
}: {
  issue: IssueDetail;
  base: string;
  onChanged: (issue: Issue) => void;
  reload: () => void;
}): JSX.Element {
  const { params, location } = useRoute();
  const selection = readSelection(location.search);
  const href = useProjectHref();
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const latest = useApi<ErrorEvent>(
    issue.latest_event_id
      ? projectPath(params.id ?? '', `/events/${encodeURIComponent(issue.latest_event_id)}`)
      : null,
  );
  const change = async (status: IssueStatus, ignore?: Record<string, unknown>) => {
    setBusy(true);
    setError('');
    try {
      onChanged((await request('PATCH', base, { body: { status, ignore } })) as Issue);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure.message);
    } finally {
      setBusy(false);
    }
  };
  const now = Date.now();
  return (
    <>
      <p class="culprit">
        <Level level={issue.level} />
        <span>{issue.culprit}</span>
        <Badge>{issue.platform || 'unknown platform'}</Badge>
        <Badge tone={issue.status === 'unresolved' ? 'open' : 'neutral'}>
          {words(issue.status)}
        </Badge>
      </p>
      <div class="action-row">
        {ACTIONS.filter((action) => action.status !== issue.status).map((action, i) => (
          <button
            key={action.status}
            type="button"
            class={`button ${i === 0 && issue.status === 'unresolved' ? 'primary' : ''}`}
            disabled={busy}
            onClick={() => change(action.status)}
          >
            {action.label}
          </button>
        ))}
        {issue.status !== 'ignored' && (
          <>
            <button
              type="button"
              class="button"
              disabled={busy}
              onClick={() => change('ignored', { more_events: 100 })}
            >
              Ignore 100 more
            </button>
            <button
              type="button"
              class="button"
              disabled={busy}
              onClick={() => change('ignored', { until_spike: true })}
            >
              Ignore until a spike
            </button>
          </>
        )}
        <FormError text={error} />
      </div>
      <Assignee issue={issue} base={base} onChanged={onChanged} />
      <div class="columns wide-left">
        <Card title="Events per hour">
          {issue.hours.some((hour) => hour.count > 0) ? (
            <HourBars
              hours={fillHours(
                issue.hours,
                rangeEdgeMs(selection.from, now),
                rangeEdgeMs(selection.to, now),
              )}
            />
          ) : (
            <p class="muted">None in this time. Choose a longer one.</p>
          )}
        </Card>
        <Card>
          <dl class="figures">
            <div>
              <dt>Events</dt>
              <dd>{formatCount(issue.event_count)}</dd>
            </div>
            <div>
              <dt>Users</dt>
              <dd>{formatCount(issue.user_count)}</dd>
            </div>
            <div>
              <dt>Last seen</dt>
              <dd title={formatTime(issue.last_seen_at)}>{formatAgo(issue.last_seen_at, now)}</dd>
              {issue.last_release && <dd class="sub">in {issue.last_release}</dd>}
            </div>
            <div>
              <dt>First seen</dt>
              <dd title={formatTime(issue.first_seen_at)}>{formatAgo(issue.first_seen_at, now)}</dd>
              {issue.first_release && <dd class="sub">in {issue.first_release}</dd>}
            </div>
          </dl>
          {issue.suspect_release && (
            <p>
              Suspect release <strong>{issue.suspect_release.release}</strong>:{' '}
              {issue.suspect_release.reason}.
            </p>
          )}
          {issue.status === 'resolved_in_next_release' && issue.resolved_release && (
            <p class="muted">Comes back with a release newer than {issue.resolved_release}.</p>
          )}
          {issue.ignored_until_event_count !== null && (
            <p class="muted">
              Ignored until {formatCount(issue.ignored_until_event_count)} events.
            </p>
          )}
          {issue.ignored_until_spike && <p class="muted">Ignored until a spike.</p>}
          <p class="grouping">
            <Icon name="info" />
            <span>{issue.grouping_explanation || 'How it was grouped is not recorded.'}</span>
          </p>
        </Card>
      </div>
      <IssueParts issue={issue} base={base} onChanged={reload} />
      <div class="columns wide-left">
        <IssueTags base={base} />
        <IssueRelatedList base={base} />
      </div>
      <IssueHistory base={base} issue={issue} />
      <h2 class="section-title">
        Latest event
        {issue.latest_event_id && (
          <a href={href(`/events/${issue.latest_event_id}`)}>
            <code>{shortId(issue.latest_event_id)}</code>
          </a>
        )}
      </h2>
      {issue.latest_event_id ? (
        <Loaded state={latest} skeleton={<Skeleton rows={8} />}>
          {(event) => <EventBody event={event} />}
        </Loaded>
      ) : (
        <Empty title="Its events are gone">
          <p>They are older than the retention; the counts stay.</p>
        </Empty>
      )}
      <EventList base={base} />
    </>
  );
}

function EventList({ base }: { base: string }): JSX.Element {
  const { location } = useRoute();
  const href = useProjectHref();
  const cursor = useQueryParam('cursor') ?? '';
  const state = useApi<Listing<EventListItem>>(
    apiPath(`${base}/events`, readSelection(location.search), { limit: 25, cursor }),
  );
  const now = Date.now();
  return (
    <Card title="All events" hint="newest first">
      <Loaded state={state} skeleton={<Skeleton rows={5} />}>
        {(answer) =>
          answer.items.length === 0 ? (
            <p class="muted">None in this time. Choose a longer one.</p>
          ) : (
            <>
              <DataTable
                name="events"
                caption="Events"
                columns={[
                  {
                    key: 'event_id',
                    label: 'Event',
                    value: (event) => event.event_id,
                    cell: (event) => (
                      <a href={href(`/events/${event.event_id}`)}>
                        <code>{shortId(event.event_id)}</code>
                      </a>
                    ),
                  },
                  {
                    key: 'occurred_at',
                    label: 'When',
                    value: (event) => event.occurred_at,
                    cell: (event) => (
                      <span title={formatTime(event.occurred_at)}>
                        {formatAgo(event.occurred_at, now)}
                      </span>
                    ),
                  },
                  {
                    key: 'page',
                    label: 'Page',
                    value: (event) => event.page,
                    cell: (event) => event.page || '–',
                  },
                  {
                    key: 'browser',
                    label: 'Browser',
                    value: (event) => [event.browser, event.os].filter(Boolean).join(', '),
                    cell: (event) => [event.browser, event.os].filter(Boolean).join(', ') || '–',
                  },
                  {
                    key: 'release',
                    label: 'Release',
                    value: (event) => event.release,
                    cell: (event) => event.release || '–',
                  },
                ]}
                rows={answer.items}
                rowKey={(event) => event.event_id}
                href={(event) => href(`/events/${event.event_id}`)}
                class="compact"
              />
              <Pager cursor={cursor} next={answer.next_cursor} />
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
