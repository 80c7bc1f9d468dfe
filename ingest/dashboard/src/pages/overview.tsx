import type { JSX } from 'preact';
import { overviewPath } from '../api/paths';
import type { Overview, OverviewPage as PageEntry } from '../api/types';
import { useApi } from '../api/use_api';
import { changeOf, tooFew } from '../model/change';
import { describeRange, keepSelection, readSelection } from '../model/filters';
import { formatCount, formatShare, formatVital, plural } from '../model/format';
import { CORE_VITALS, RATING_WORDS, VITALS } from '../model/rating';
import { parseSort } from '../model/sort';
import { ChangeNote } from '../ui/change';
import { useProjectHref, useQueryParam, useRoute } from '../ui/context';
import { RatingIcon } from '../ui/icons';
import {
  Card,
  DistributionBar,
  FromViews,
  Page,
  RATINGS,
  Rated,
  ShareBar,
  TooFew,
} from '../ui/parts';
import { FilterBar, RangePicker } from '../ui/selection_bar';
import { TimeSeries, TrafficSeries } from '../ui/series_charts';
import { Sparkline } from '../ui/sparkline';
import { Later, Loaded, Skeleton } from '../ui/states';
import { type Column, DataTable } from '../ui/table';
import { NoViews } from './no_views';

export function OverviewPage(): JSX.Element {
  const { location, params } = useRoute();
  const state = useApi<Overview>(overviewPath(params, location.search));
  return (
    <Page title="Overview" actions={<RangePicker />}>
      <div class="toolbar">
        <FilterBar />
      </div>
      <Loaded state={state} skeleton={<Skeleton rows={8} chart />}>
        {(overview) => (overview.views === 0 ? <NoViews /> : <Whole overview={overview} />)}
      </Loaded>
    </Page>
  );
}

function Whole({ overview }: { overview: Overview }): JSX.Element {
  const chosen = useQueryParam('vital');
  const vital = CORE_VITALS.find((name) => name === chosen) ?? 'lcp_ms';
  return (
    <>
      <Figures overview={overview} />
      <div class="columns">
        <Card title="Traffic and errors" hint="views, and the share of them with an error">
          <TrafficSeries points={overview.series} range={overview} releases={overview.releases} />
        </Card>
        <Card title={`${VITALS[vital].name}`} hint="p75 over time; dashed: good and poor">
          <TimeSeries
            points={overview.series}
            range={overview}
            vital={vital}
            releases={overview.releases}
          />
        </Card>
      </div>
      <Later>
        <Pages overview={overview} />
      </Later>
    </>
  );
}

function Figures({ overview }: { overview: Overview }): JSX.Element {
  const { previous } = overview;
  const against = 'the same time before';
  const views = { now: overview.views, before: previous.views };
  return (
    <dl class="overview-figures">
      <div>
        <dt>Page views</dt>
        <dd>
          <span class="figure">{formatCount(overview.views)}</span>
          <ChangeNote change={changeOf(views.now, views.before, views, null)} against={against} />
        </dd>
        <dd class="muted small">{formatCount(previous.views)} before</dd>
      </div>
      <div>
        <dt>With an error</dt>
        <dd>
          <span class="figure">
            <FromViews views={overview.views}>{formatShare(overview.error_rate)}</FromViews>
          </span>
          <ChangeNote
            change={changeOf(overview.error_rate, previous.error_rate, views)}
            against={against}
          />
        </dd>
        <dd class="muted small">
          {plural(Math.round((overview.error_rate ?? 0) * overview.views), 'view')}
        </dd>
      </div>
      {CORE_VITALS.map((name) => {
        const now = overview.vitals[name];
        const before = previous.vitals[name];
        return (
          <div key={name}>
            <dt title={VITALS[name].name}>
              {VITALS[name].short} <span class="muted">p75</span>
            </dt>
            <dd>
              <span class="figure">
                <Rated vital={name} value={now?.p75} views={now?.count} />
              </span>
              <ChangeNote
                change={changeOf(now?.p75, before?.p75, {
                  now: now?.count ?? 0,
                  before: before?.count ?? 0,
                })}
                against={against}
              />
            </dd>
            <dd class="small">
              {now && !tooFew(now.count) ? (
                <>
                  <DistributionBar vital={name} summary={now} />
                  <span class="muted shares">
                    {RATINGS.map((rating) => (
                      <span key={rating} title={RATING_WORDS[rating]}>
                        <RatingIcon rating={rating} /> {formatShare(now[rating])}
                        <span class="sr-only"> {RATING_WORDS[rating]}</span>
                      </span>
                    ))}
                  </span>
                </>
              ) : (
                <span class="muted">
                  {now ? `only ${plural(now.count, 'view')}` : 'nobody reported it'}
                </span>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Pages({ overview }: { overview: Overview }): JSX.Element {
  const { location } = useRoute();
  const href = useProjectHref();
  const selection = readSelection(location.search);
  const sort = parseSort(useQueryParam('sort'), { column: 'pain', direction: 'desc' });
  const shown = overview.pages.filter((page) => !tooFew(page.views));
  const most = Math.max(1e-9, ...shown.map((page) => page.pain.sum));
  const against = 'the same time before';
  const ofEnough = (views: number, value?: number) => (tooFew(views) ? undefined : value);
  const to = (page: PageEntry) => keepSelection(href('/page'), selection, { page: page.page });
  const vitalColumn = (name: (typeof CORE_VITALS)[number]): Column<PageEntry> => ({
    key: name,
    label: VITALS[name].short,
    title: `${VITALS[name].name}, p75, with its change against ${against}`,
    class: 'vital',
    value: (page) => page.vitals[name]?.p75,
    order: (page) => ofEnough(page.vitals[name]?.count ?? 0, page.vitals[name]?.p75),
    cell: (page) => {
      const now = page.vitals[name];
      return (
        <>
          <Rated vital={name} value={now?.p75} views={now?.count} />
          <ChangeNote
            change={changeOf(now?.p75, page.previous[name], {
              now: now?.count ?? 0,
              before: page.previous.views,
            })}
            against={against}
          />
          {now && !tooFew(now.count) && <DistributionBar vital={name} summary={now} />}
        </>
      );
    },
  });
  const columns: Column<PageEntry>[] = [
    {
      key: 'page',
      label: 'Page',
      main: true,
      value: (page) => page.page,
      cell: (page) => (
        <a class="page-link" href={to(page)}>
          {page.page}
        </a>
      ),
    },
    {
      key: 'pain',
      label: 'Pain',
      class: 'num',
      title: 'Views times how far each Core Web Vital lies beyond "good"',
      value: (page) => page.pain.sum,
      order: (page) => ofEnough(page.views, page.pain.sum),
      cell: (page) =>
        tooFew(page.views) ? (
          <TooFew views={page.views} />
        ) : page.pain.sum === 0 ? (
          <span class="muted">none</span>
        ) : (
          <>
            <span title={painWords(page)}>{formatCount(Math.max(1, page.pain.sum))}</span>
            <ShareBar share={page.pain.sum / most} class="poor" />
          </>
        ),
    },
    {
      key: 'views',
      label: 'Views',
      class: 'num',
      value: (page) => page.views,
      cell: (page) => formatCount(page.views),
    },
    {
      key: 'trend',
      label: 'LCP trend',
      class: 'trend',
      title: `p75 by ${overview.series_step}`,
      value: (page) => page.sparkline.map((step) => step.lcp_ms ?? '').join(' '),
      cell: (page) => (
        <Sparkline
          values={page.sparkline.map((step) => (tooFew(step.views) ? null : step.lcp_ms))}
          threshold={VITALS.lcp_ms.good}
          label={`LCP p75 by ${overview.series_step} of ${page.page}, last ${formatVital('lcp_ms', page.vitals.lcp_ms?.p75)}`}
        />
      ),
    },
    ...CORE_VITALS.map(vitalColumn),
    {
      key: 'error_rate',
      label: 'Errors',
      class: 'num',
      value: (page) => page.error_rate,
      order: (page) => ofEnough(page.views, page.error_rate),
      cell: (page) => (
        <FromViews views={page.views}>
          <span class={page.error_rate > 0.01 ? 'bad-number' : ''}>
            {formatShare(page.error_rate)}
          </span>
        </FromViews>
      ),
    },
  ];
  return (
    <Card title="Pages, worst first" hint={`${describeRange(selection)}; a click opens the report`}>
      <DataTable
        name="pages"
        caption="Pages, worst first: views times distance to the thresholds"
        columns={columns}
        rows={overview.pages}
        rowKey={(page) => page.page}
        href={to}
        sort={sort}
        class="pages-table"
      />
      {overview.page_count > overview.pages.length && (
        <p class="muted small">
          The {overview.pages.length} with the most pain of {plural(overview.page_count, 'page')};{' '}
          <a href={keepSelection(href('/pages'), selection)}>all pages</a>.
        </p>
      )}
    </Card>
  );
}

function painWords(page: PageEntry): string {
  return CORE_VITALS.filter((name) => page.pain[name] > 0)
    .map((name) => `${VITALS[name].short} ${formatCount(Math.max(1, page.pain[name]))}`)
    .join(', ');
}
