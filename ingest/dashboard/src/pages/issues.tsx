import type { JSX } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { ApiError, projectPath, request } from '../api/client';
import { issuesPath } from '../api/paths';
import type { Issue, IssueStatus, Listing } from '../api/types';
import { useApi } from '../api/use_api';
import { describeRange, keepSelection, readSelection } from '../model/filters';
import { formatAgo, formatCount, formatTime } from '../model/format';
import { setQuery } from '../router';
import { useProjectHref, useRoute } from '../ui/context';
import { FormError } from '../ui/forms';
import { Badge, Card, Level, Page } from '../ui/parts';
import { FilterBar, RangePicker } from '../ui/selection_bar';
import { CardSkeleton, Empty, Loaded } from '../ui/states';
import { type Column, DataTable } from '../ui/table';

const TABS: readonly { status: IssueStatus | 'all'; label: string }[] = [
  { status: 'unresolved', label: 'Unresolved' },
  { status: 'resolved', label: 'Resolved' },
  { status: 'resolved_in_next_release', label: 'In next release' },
  { status: 'ignored', label: 'Ignored' },
  { status: 'all', label: 'All' },
];
const SORTS: readonly { value: string; label: string }[] = [
  { value: 'last_seen', label: 'Last seen' },
  { value: 'first_seen', label: 'First seen' },
  { value: 'events', label: 'Most events' },
  { value: 'users', label: 'Most users' },
];
const PAUSE_MS = 250;

export function IssuesPage(): JSX.Element {
  const { location, params } = useRoute();
  const href = useProjectHref();
  const query = new URLSearchParams(location.search);
  const selection = readSelection(location.search);
  const status = query.get('status') ?? 'unresolved';
  const sort = query.get('sort') ?? 'last_seen';
  const text = query.get('query') ?? '';
  const cursor = query.get('cursor') ?? '';
  const [typed, setTyped] = useState(text);
  // Before the next letter can be typed, or it would be lost.
  useLayoutEffect(() => setTyped(text), [text]);
  useLayoutEffect(() => {
    if (typed === text) return;
    // One request when the typing pauses, not one a letter.
    const timer = setTimeout(
      () => setQuery({ query: typed, cursor: null }, { replace: true }),
      PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [typed, text]);
  const state = useApi<Listing<Issue>>(issuesPath(params, location.search));
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const choose = (id: number, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const act = async (method: 'PATCH' | 'POST', rest: string, more: Record<string, unknown>) => {
    setBusy(true);
    setError('');
    try {
      await request(method, projectPath(params.id ?? '', rest), {
        body: { issue_ids: [...chosen], ...more },
      });
      setChosen(new Set());
      state.reload();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure.message);
    } finally {
      setBusy(false);
    }
  };
  const now = Date.now();
  const to = (issue: Issue) => keepSelection(href(`/issues/${issue.issue_id}`), selection);
  return (
    <Page title="Issues" actions={<RangePicker />}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has no layout of its own here */}
      <div class="tabs" role="group" aria-label="Status">
        {TABS.map((tab) => (
          <button
            key={tab.status}
            type="button"
            aria-pressed={tab.status === status}
            onClick={() =>
              setQuery({ status: tab.status === 'unresolved' ? null : tab.status, cursor: null })
            }
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div class="toolbar">
        <FilterBar />
        <label class="search">
          <span class="sr-only">Search issues</span>
          <input
            type="search"
            placeholder="is:unassigned browser:firefox checkout"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <label class="select-label">
          Sort
          <select
            value={sort}
            onChange={(event) =>
              setQuery(
                {
                  sort:
                    event.currentTarget.value === 'last_seen' ? null : event.currentTarget.value,
                  cursor: null,
                },
                { replace: true },
              )
            }
          >
            {SORTS.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Loaded state={state} skeleton={<CardSkeleton rows={8} />}>
        {(answer) => (
          <Card>
            {(chosen.size > 0 || error) && (
              <div class="action-row">
                <span>{chosen.size} chosen</span>
                <button
                  type="button"
                  class="button primary"
                  disabled={busy}
                  onClick={() => act('PATCH', '/issues', { status: 'resolved' })}
                >
                  Resolve
                </button>
                <button
                  type="button"
                  class="button"
                  disabled={busy}
                  onClick={() => act('PATCH', '/issues', { status: 'ignored' })}
                >
                  Ignore
                </button>
                <button
                  type="button"
                  class="button"
                  disabled={busy || chosen.size < 2}
                  onClick={() => act('POST', '/issues/merge', {})}
                >
                  Merge
                </button>
                <FormError text={error} />
              </div>
            )}
            {answer.items.length === 0 ? (
              <NoIssues status={status} text={text} />
            ) : (
              <DataTable
                name="issues"
                caption="Issues"
                columns={columnsOf({ to, now, status, chosen, choose })}
                rows={answer.items}
                rowKey={(issue) => String(issue.issue_id)}
                href={to}
                class="issues-table"
              />
            )}
            <Pager cursor={cursor} next={answer.next_cursor} />
          </Card>
        )}
      </Loaded>
      <p class="muted small foot-note">Issues seen in {describeRange(selection)}.</p>
    </Page>
  );
}

function columnsOf({
  to,
  now,
  status,
  chosen,
  choose,
}: {
  to: (issue: Issue) => string;
  now: number;
  status: string;
  chosen: ReadonlySet<number>;
  choose: (id: number, isChosen: boolean) => void;
}): Column<Issue>[] {
  return [
    {
      key: 'issue_id',
      label: <span class="sr-only">Choose</span>,
      value: (issue) => issue.issue_id,
      cell: (issue) => (
        <input
          type="checkbox"
          aria-label={`Choose ${issue.title}`}
          checked={chosen.has(issue.issue_id)}
          onClick={(event) => event.stopPropagation()}
          onChange={(event) => choose(issue.issue_id, event.currentTarget.checked)}
        />
      ),
    },
    {
      key: 'title',
      label: 'Issue',
      main: true,
      value: (issue) => issue.title,
      cell: (issue) => (
        <>
          <div class="issue-title">
            <Level level={issue.level} />
            <a href={to(issue)}>{issue.title}</a>
          </div>
          <span class="sub">
            {issue.culprit}
            {issue.culprit && issue.platform ? ' · ' : ''}
            {issue.platform}
            {issue.assignee && ` · ${issue.assignee}`}
            {status === 'all' && issue.status !== 'unresolved' && (
              <Badge>{issue.status.replace(/_/g, ' ')}</Badge>
            )}
          </span>
        </>
      ),
    },
    {
      key: 'event_count',
      label: 'Events',
      class: 'num',
      value: (issue) => issue.event_count,
      cell: (issue) => formatCount(issue.event_count),
    },
    {
      key: 'user_count',
      label: 'Users',
      class: 'num',
      value: (issue) => issue.user_count,
      cell: (issue) => formatCount(issue.user_count),
    },
    ...(['last', 'first'] as const).map(
      (which): Column<Issue> => ({
        key: `${which}_seen_at`,
        label: which === 'last' ? 'Last seen' : 'First seen',
        value: (issue) => issue[`${which}_seen_at`],
        cell: (issue) => (
          <span title={formatTime(issue[`${which}_seen_at`])}>
            {formatAgo(issue[`${which}_seen_at`], now)}
          </span>
        ),
      }),
    ),
    {
      key: 'last_release',
      label: 'Release',
      value: (issue) => issue.last_release,
      cell: (issue) => issue.last_release || '–',
    },
  ];
}

export function Pager({
  cursor,
  next,
}: {
  cursor: string;
  next: string | null;
}): JSX.Element | null {
  if (cursor === '' && next === null) return null;
  return (
    <div class="pager">
      {cursor !== '' && (
        <button type="button" class="button" onClick={() => setQuery({ cursor: null })}>
          First page
        </button>
      )}
      {next !== null && (
        <button type="button" class="button" onClick={() => setQuery({ cursor: next })}>
          Next page
        </button>
      )}
    </div>
  );
}

function NoIssues({ status, text }: { status: string; text: string }): JSX.Element {
  if (text !== '') {
    return (
      <Empty title="No issue matches">
        <p>Nothing has “{text}” in its title or culprit. Try fewer words or another status.</p>
      </Empty>
    );
  }
  if (status === 'unresolved') {
    return (
      <Empty title="No unresolved issues here">
        <p>
          Errors of the pages and the backend group into issues as they arrive. If you expect some,
          choose a longer time or look at what was dropped.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="None with this status">
      <p>Issues get here when somebody changes their status.</p>
    </Empty>
  );
}
