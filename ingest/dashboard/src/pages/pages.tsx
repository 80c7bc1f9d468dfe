import type { JSX } from 'preact';
import { pagesPath } from '../api/paths';
import { type PageRow, type PagesAnswer, VITAL_NAMES, type VitalName } from '../api/types';
import { useApi } from '../api/use_api';
import { describeRange, keepSelection, readSelection } from '../model/filters';
import { formatCount, formatShare, plural } from '../model/format';
import { VITALS } from '../model/rating';
import { parseSort, type Sort, sortRows, sortText } from '../model/sort';
import { setQuery } from '../router';
import { useProjectHref, useRoute } from '../ui/context';
import { Icon } from '../ui/icons';
import { Card, DistributionBar, Page, Rated, rowLink, ShareBar } from '../ui/parts';
import { FilterBar, RangePicker } from '../ui/selection_bar';
import { CardSkeleton, Empty, Loaded } from '../ui/states';
import { TableScroll } from '../ui/table_scroll';
import { GetStarted } from './settings';

function sortValue(row: PageRow, column: string): number | string | null {
  if (column === 'page') return row.page;
  if (column === 'views') return row.views;
  if (column === 'error_rate') return row.error_rate;
  return row.vitals[column as VitalName]?.p75 ?? null;
}

export function SortHead({
  column,
  sort,
  label,
  class: cls,
  title,
}: {
  column: string;
  sort: Sort;
  label: string;
  class?: string;
  title?: string;
}): JSX.Element {
  const active = sort.column === column;
  const next: Sort = {
    column,
    direction: active && sort.direction === 'desc' ? 'asc' : 'desc',
  };
  return (
    <th
      class={cls}
      {...(active
        ? {
            'aria-sort':
              sort.direction === 'asc' ? ('ascending' as const) : ('descending' as const),
          }
        : {})}
    >
      <button
        type="button"
        class={`sort ${active ? 'active' : ''}`}
        title={title}
        onClick={() => setQuery({ sort: sortText(next) }, { replace: true })}
      >
        {label}
        <span class={`sort-sign ${active ? sort.direction : ''}`}>
          <Icon name="down" />
        </span>
      </button>
    </th>
  );
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
          const rows = sortRows(
            answer.items.filter((row) => row.page.toLowerCase().includes(needle)),
            (row) => sortValue(row, sort.column),
            sort.direction,
          );
          const most = Math.max(...answer.items.map((row) => row.views));
          const total = answer.items.reduce((sum, row) => sum + row.views, 0);
          return (
            <Card>
              <TableScroll label="Pages">
                <table class="table stackable pages-table">
                  <caption class="sr-only">
                    Pages in {describeRange(selection)}, with the 75th percentile of their vitals
                  </caption>
                  <thead>
                    <tr>
                      <SortHead column="page" sort={sort} label="Page" />
                      <SortHead column="views" sort={sort} label="Views" class="num" />
                      {VITAL_NAMES.map((vital) => (
                        <SortHead
                          key={vital}
                          column={vital}
                          sort={sort}
                          label={VITALS[vital].short}
                          class="vital"
                          title={`${VITALS[vital].name}, p75`}
                        />
                      ))}
                      <SortHead column="error_rate" sort={sort} label="Errors" class="num" />
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((row) => {
                      const to = keepSelection(href('/page'), selection, { page: row.page });
                      return (
                        <tr key={row.page} {...rowLink(to)}>
                          <td class="main-cell">
                            <a href={to}>{row.page}</a>
                          </td>
                          <td class="num" data-label="Views">
                            {formatCount(row.views)}
                            <ShareBar share={row.views / most} />
                          </td>
                          {VITAL_NAMES.map((vital) => {
                            const summary = row.vitals[vital];
                            return (
                              <td key={vital} class="vital" data-label={VITALS[vital].short}>
                                <Rated vital={vital} value={summary?.p75} />
                                {summary && <DistributionBar vital={vital} summary={summary} />}
                              </td>
                            );
                          })}
                          <td
                            class={`num ${row.error_rate > 0.01 ? 'bad-number' : ''}`}
                            data-label="Errors"
                          >
                            {formatShare(row.error_rate)}
                          </td>
                        </tr>
                      );
                    })}
                  </tbody>
                </table>
              </TableScroll>
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
