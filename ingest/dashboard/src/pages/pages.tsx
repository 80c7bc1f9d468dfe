import type { JSX } from 'preact';
import { pagesPath } from '../api/paths';
import { type PageRow, type PagesAnswer, VITAL_NAMES } from '../api/types';
import { useApi } from '../api/use_api';
import { tooFew } from '../model/change';
import { describeRange, keepSelection, readSelection } from '../model/filters';
import { formatCount, formatShare, plural } from '../model/format';
import { VITALS } from '../model/rating';
import { parseSort } from '../model/sort';
import { setQuery } from '../router';
import { useProjectHref, useRoute } from '../ui/context';
import { Card, DistributionBar, FromViews, Page, Rated, ShareBar } from '../ui/parts';
import { FilterBar, RangePicker } from '../ui/selection_bar';
import { CardSkeleton, Empty, Loaded } from '../ui/states';
import { type Column, DataTable } from '../ui/table';
import { GetStarted } from './get_started';

function columnsOf(to: (row: PageRow) => string, most: number): Column<PageRow>[] {
  return [
    {
      key: 'page',
      label: 'Page',
      main: true,
      value: (row) => row.page,
      cell: (row) => <a href={to(row)}>{row.page}</a>,
    },
    {
      key: 'views',
      label: 'Views',
      class: 'num',
      value: (row) => row.views,
      cell: (row) => (
        <>
          {formatCount(row.views)}
          <ShareBar share={row.views / most} />
        </>
      ),
    },
    ...VITAL_NAMES.map(
      (vital): Column<PageRow> => ({
        key: vital,
        label: VITALS[vital].short,
        class: 'vital num',
        title: `${VITALS[vital].name}, p75`,
        value: (row) => row.vitals[vital]?.p75,
        cell: (row) => {
          const summary = row.vitals[vital];
          return (
            <>
              <Rated vital={vital} value={summary?.p75} views={summary?.count} />
              {summary && !tooFew(summary.count) && (
                <DistributionBar vital={vital} summary={summary} />
              )}
            </>
          );
        },
      }),
    ),
    {
      key: 'error_rate',
      label: 'Errors',
      class: 'num',
      value: (row) => row.error_rate,
      cell: (row) => (
        <FromViews views={row.views}>
          <span class={row.error_rate > 0.01 ? 'bad-number' : ''}>
            {formatShare(row.error_rate)}
          </span>
        </FromViews>
      ),
    },
  ];
}

export function PagesPage(): JSX.Element {
  const { location, params, project } = useRoute();
  const href = useProjectHref();
  const selection = readSelection(location.search);
  const query = new URLSearchParams(location.search);
  const sort = parseSort(query.get('sort'), { column: 'views', direction: 'desc' });
  const find = query.get('find') ?? '';
  const state = useApi<PagesAnswer>(pagesPath(params, location.search));
  const filtered = Object.keys(selection.filters).length > 0;
  return (
    <Page title="Pages" actions={<RangePicker />}>
      <div class="toolbar">
        <FilterBar />
        <label class="search">
          <span class="sr-only">Find a page</span>
          <input
            type="search"
            placeholder="Find a page"
            value={find}
            onInput={(event) => setQuery({ find: event.currentTarget.value }, { replace: true })}
          />
        </label>
      </div>
      <Loaded state={state} skeleton={<CardSkeleton rows={10} />}>
        {(answer) => {
          if (answer.items.length === 0) {
            if (filtered || selection.from !== '-24h' || !project) {
              return (
                <Card>
                  <Empty title="No page views match">
                    <p>
                      Nothing was seen in {describeRange(selection)}
                      {filtered ? ' with these filters. Take one out' : '. Choose a longer time'},
                      or look at <a href={href('/outcomes')}>what was dropped and why</a>.
                    </p>
                  </Empty>
                </Card>
              );
            }
            return (
              <Card title="Get started" hint="no page view in the last 24 hours">
                <GetStarted project={project} />
                <p class="muted">
                  Already installed? <a href={href('/outcomes')}>Outcomes</a> says what arrived and
                  what was dropped, with the reason; <code>debug: true</code> in the page logs what
                  is sent.
                </p>
              </Card>
            );
          }
          const needle = find.trim().toLowerCase();
          const rows = answer.items.filter((row) => row.page.toLowerCase().includes(needle));
          const most = Math.max(...answer.items.map((row) => row.views));
          const total = answer.items.reduce((sum, row) => sum + row.views, 0);
          const to = (row: PageRow) => keepSelection(href('/page'), selection, { page: row.page });
          return (
            <Card>
              <DataTable
                name="pages"
                caption={`Pages in ${describeRange(selection)}, with the 75th percentile of their vitals`}
                columns={columnsOf(to, most)}
                rows={rows}
                rowKey={(row) => row.page}
                href={to}
                sort={sort}
                class="pages-table"
              />
              {rows.length === 0 && (
                <Empty title="No page has that in its name">
                  <p>{plural(answer.items.length, 'page')} without the search.</p>
                </Empty>
              )}
              <p class="table-foot muted small">
                {plural(rows.length, 'page')}, {plural(total, 'view')} in {describeRange(selection)}
                . Vitals are the 75th percentile; a click opens the page's report.
                {answer.next_cursor ? ' Only the 500 most visited are shown.' : ''}
              </p>
            </Card>
          );
        }}
      </Loaded>
    </Page>
  );
}
