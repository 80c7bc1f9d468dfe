import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import type {
  Issue,
  IssueActivity,
  IssueDetail,
  IssueRelated,
  Listing,
  TagDistribution,
} from '../api/types';
import { useAction } from '../api/use_action';
import { useApi } from '../api/use_api';
import { formatAgo, formatCount, formatTime, shortId, words } from '../model/format';
import { useProjectHref } from '../ui/context';
import { FormError } from '../ui/forms';
import { Card } from '../ui/parts';
import { Loaded, Skeleton } from '../ui/states';
import { ExportLinks } from '../ui/table';

export function Assignee({
  issue,
  base,
  onChanged,
}: {
  issue: Issue;
  base: string;
  onChanged: (issue: Issue) => void;
}): JSX.Element {
  const [name, setName] = useState(issue.assignee);
  const { busy, error, run } = useAction();
  return (
    <form
      class="action-row"
      onSubmit={(event) => {
        event.preventDefault();
        run(async () =>
          onChanged((await request('PATCH', base, { body: { assignee: name.trim() } })) as Issue),
        );
      }}
    >
      <label class="select-label">
        Assigned to
        <input
          type="text"
          value={name}
          placeholder="nobody"
          maxLength={200}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      {name.trim() !== issue.assignee && (
        <button type="submit" class="button" disabled={busy}>
          Assign
        </button>
      )}
      <FormError text={error} />
    </form>
  );
}

export function IssueTags({ base }: { base: string }): JSX.Element {
  const state = useApi<Listing<TagDistribution>>(`${base}/tags`);
  return (
    <Card title="Where it happens" hint="share of its events">
      <Loaded state={state} skeleton={<Skeleton rows={4} />}>
        {(answer) => (
          <>
            <div class="tag-grid">
              {answer.items.map((tag) => (
                <table class="table compact" key={tag.key}>
                  <caption>{words(tag.key)}</caption>
                  <tbody>
                    {tag.values.slice(0, 5).map((value) => (
                      <tr key={value.value}>
                        <td>
                          {value.value || '(none)'}
                          <span class="share" aria-hidden="true">
                            <span
                              style={{
                                width: `${(100 * value.event_count) / Math.max(1, tag.event_count)}%`,
                              }}
                            />
                          </span>
                        </td>
                        <td class="num">
                          {Math.round((100 * value.event_count) / Math.max(1, tag.event_count))} %
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              ))}
            </div>
            <ExportLinks
              name="issue-tags"
              caption="Where it happens"
              columns={[
                { key: 'tag', value: (row) => row.tag },
                { key: 'value', value: (row) => row.value },
                { key: 'event_count', value: (row) => row.event_count },
              ]}
              rows={answer.items.flatMap((tag) =>
                tag.values.map((value) => ({ tag: tag.key, ...value })),
              )}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}

export function IssueRelatedList({ base }: { base: string }): JSX.Element {
  const href = useProjectHref();
  const state = useApi<IssueRelated>(`${base}/related`);
  const now = Date.now();
  return (
    <Card title="Visits and traces behind it">
      <Loaded state={state} skeleton={<Skeleton rows={4} />}>
        {(related) =>
          related.page_views.length + related.traces.length === 0 ? (
            <p class="muted">Its newest events belong to no page view and no trace.</p>
          ) : (
            <ul class="plain-list">
              {related.page_views.slice(0, 8).map((view) => (
                <li key={view.page_view_id}>
                  <a href={href(`/page-views/${view.page_view_id}`)}>{view.page || 'page view'}</a>{' '}
                  <span class="muted" title={formatTime(view.occurred_at)}>
                    visit, {formatAgo(view.occurred_at, now)}
                  </span>
                </li>
              ))}
              {related.traces.slice(0, 8).map((trace) => (
                <li key={trace.trace_id}>
                  <a href={href(`/traces/${trace.trace_id}`)}>
                    {trace.name || <code>{shortId(trace.trace_id)}</code>}
                  </a>{' '}
                  <span class="muted" title={formatTime(trace.occurred_at)}>
                    trace, {formatAgo(trace.occurred_at, now)}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

export function IssueParts({
  issue,
  base,
  onChanged,
}: {
  issue: IssueDetail;
  base: string;
  onChanged: () => void;
}): JSX.Element | null {
  const { busy, error, run } = useAction();
  if (issue.parts.length === 0) return null;
  return (
    <Card title="Merged from" hint="each goes on counting for itself">
      <ul class="plain-list">
        {issue.parts.map((part) => (
          <li key={part.issue_id}>
            {part.title} <span class="muted">{formatCount(part.event_count)} events</span>{' '}
            <button
              type="button"
              class="button"
              disabled={busy}
              aria-label={`Take out ${part.title}`}
              onClick={() =>
                run(async () => {
                  await request('POST', `${base}/unmerge`, {
                    body: { issue_ids: [part.issue_id] },
                  });
                  onChanged();
                })
              }
            >
              Take out
            </button>
          </li>
        ))}
      </ul>
      <FormError text={error} />
    </Card>
  );
}

const TOLD: Record<IssueActivity['kind'], string> = {
  created: 'first seen',
  regressed: 'came back',
  unignored: 'no longer ignored',
  status: 'set to',
  assigned: 'assigned to',
  comment: '',
  merged: 'merged',
  unmerged: 'taken apart',
};

export function IssueHistory({ base, issue }: { base: string; issue: Issue }): JSX.Element {
  // Asked again when the issue changed: what was done shows at once.
  const version = `${issue.status}:${issue.assignee}`;
  const state = useApi<Listing<IssueActivity>>(`${base}/activity?limit=100#${version}`);
  const [text, setText] = useState('');
  const { busy, error, run } = useAction();
  const now = Date.now();
  return (
    <Card title="History and comments">
      <form
        class="action-row"
        onSubmit={(event) => {
          event.preventDefault();
          run(async () => {
            await request('POST', `${base}/comments`, { body: { text: text.trim() } });
            setText('');
            state.reload();
          });
        }}
      >
        <label class="search">
          <span class="sr-only">Comment</span>
          <input
            type="text"
            placeholder="Write a comment"
            value={text}
            maxLength={2000}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button" disabled={busy || text.trim() === ''}>
          Comment
        </button>
        <FormError text={error} />
      </form>
      <Loaded state={state} skeleton={<Skeleton rows={3} />}>
        {(answer) => (
          <ul class="plain-list">
            {answer.items.map((one) => (
              <li key={one.activity_id}>
                {one.actor && <strong>{one.actor} </strong>}
                {TOLD[one.kind]}{' '}
                <span>
                  {one.kind === 'status'
                    ? words(one.detail)
                    : one.kind === 'assigned'
                      ? one.detail || 'nobody'
                      : one.kind === 'created' || one.kind === 'regressed'
                        ? one.detail && `in ${one.detail}`
                        : one.detail}
                </span>{' '}
                <span class="muted" title={formatTime(one.at)}>
                  {formatAgo(one.at, now)}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
