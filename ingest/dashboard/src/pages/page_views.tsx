import type { JSX } from 'preact';
import { VISITS_LIMIT, visitsPath } from '../api/paths';
import { type Listing, type PageViewSummary, VITAL_NAMES } from '../api/types';
import { useApi } from '../api/use_api';
import { describeRange, keepSelection, readSelection } from '../model/filters';
import { formatAgo, formatCount, formatTime, plural, words } from '../model/format';
import { VITALS } from '../model/rating';
import { setQuery } from '../router';
import { useProjectHref, useQueryParam, useRoute } from '../ui/context';
import { Badge, Card, Page, Rated } from '../ui/parts';
import { FilterBar, RangePicker } from '../ui/selection_bar';
import { CardSkeleton, Empty, Loaded } from '../ui/states';
import { type Column, DataTable } from '../ui/table';

/** Single visits, newest or slowest first; each leads to its waterfall. */
export function PageViewsPage(): JSX.Element {
  const { location, params } = useRoute();
  const sort = useQueryParam('order') === 'slowest' ? 'slowest' : 'newest';
  const page = useQueryParam('page') ?? '';
  const cursor = useQueryParam('cursor') ?? '';
  const state = useApi<Listing<PageViewSummary>>(visitsPath(params, location.search));
  return (
    <Page title="Visits" actions={<RangePicker />}>
      <div class="toolbar">
        {page !== '' && (
          <span class="chip">
            <span class="muted">page</span> {page}
            <button
              type="button"
              aria-label={`Remove the filter page ${page}`}
              onClick={() => setQuery({ page: null, cursor: null })}
            >
              ×
            </button>
          </span>
        )}
        <FilterBar />
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has no layout of its own here */}
        <span class="segmented small" role="group" aria-label="Order">
          {(['newest', 'slowest'] as const).map((value) => (
            <button
              key={value}
              type="button"
              aria-pressed={sort === value}
              onClick={() => setQuery({ order: value === 'newest' ? null : value, cursor: null })}
            >
              {value === 'newest' ? 'Newest first' : 'Slowest LCP first'}
            </button>
          ))}
        </span>
      </div>
      <Loaded state={state} skeleton={<CardSkeleton rows={12} />}>
        {(answer) => <Views answer={answer} paged={cursor !== ''} />}
      </Loaded>
    </Page>
  );
}

function Views({
  answer,
  paged,
}: {
  answer: Listing<PageViewSummary>;
  paged: boolean;
}): JSX.Element {
  const { location } = useRoute();
  const href = useProjectHref();
  const selection = readSelection(location.search);
  const now = Date.now();
  if (answer.items.length === 0) {
    return (
      <Card>
        <Empty title="No visits match">
          <p>
            Nothing was seen in {describeRange(selection)}. Single visits are kept for 30 days
            unless the server's settings say otherwise; reports reach further back.
          </p>
        </Empty>
      </Card>
    );
  }
  const to = (view: PageViewSummary) => href(`/page-views/${view.page_view_id}`);
  const columns: Column<PageViewSummary>[] = [
    {
      key: 'page',
      label: 'Page',
      main: true,
      value: (view) => view.page,
      cell: (view) => (
        <>
          <a class="page-link" href={to(view)}>
            {view.page}
          </a>{' '}
          {view.error_count > 0 && <Badge tone="poor">{plural(view.error_count, 'error')}</Badge>}{' '}
          {view.kept_by_exception && (
            <Badge title="Kept for being slow or failed; left out of percentiles">exception</Badge>
          )}
        </>
      ),
    },
    {
      key: 'started_at',
      label: 'Started',
      class: 'nowrap',
      value: (view) => view.started_at,
      cell: (view) => (
        <span title={formatTime(view.started_at)}>{formatAgo(view.started_at, now)}</span>
      ),
    },
    ...VITAL_NAMES.map(
      (name): Column<PageViewSummary> => ({
        key: name,
        label: VITALS[name].short,
        class: 'num',
        value: (view) => view.vitals[name],
        cell: (view) => <Rated vital={name} value={view.vitals[name]} />,
      }),
    ),
    { key: 'device', label: 'Device', value: (view) => view.device?.type ?? '' },
    {
      key: 'browser',
      label: 'Browser',
      class: 'nowrap',
      value: (view) => `${view.browser} ${view.browser_version}`.trim(),
    },
    {
      key: 'connection',
      label: 'Network',
      value: (view) => view.device?.effective_connection_type ?? '',
    },
    {
      key: 'navigation_type',
      label: 'Kind',
      value: (view) => view.navigation_type,
      cell: (view) => words(view.navigation_type),
    },
    { key: 'release', label: 'Release', value: (view) => view.release },
    {
      key: 'trace_id',
      label: 'Trace',
      value: (view) => view.trace_id,
      cell: (view) =>
        view.trace_id && (
          <a href={href(`/traces/${view.trace_id}`)}>
            <code>{view.trace_id.slice(0, 8)}</code>
          </a>
        ),
    },
  ];
  return (
    <Card>
      <DataTable
        name="visits"
        caption={`Visits in ${describeRange(selection)}`}
        columns={columns}
        rows={answer.items}
        rowKey={(view) => view.page_view_id}
        href={to}
        class="compact visits-table"
      />
      <div class="pager">
        {paged && (
          <a class="button" href={keepSelection(href('/page-views'), selection)}>
            To the first
          </a>
        )}
        {answer.next_cursor && (
          <button
            type="button"
            class="button"
            onClick={() => setQuery({ cursor: answer.next_cursor })}
          >
            Next {formatCount(VISITS_LIMIT)}
          </button>
        )}
      </div>
    </Card>
  );
}
