import type { JSX } from 'preact';
import { pageReportPath } from '../../api/paths';
import { type PageReport, VITAL_NAMES, type VitalName } from '../../api/types';
import { useApi } from '../../api/use_api';
import { tooFew } from '../../model/change';
import { describeRange, type FilterName, keepSelection, readSelection } from '../../model/filters';
import { formatCount, formatShare, formatVital, plural } from '../../model/format';
import { headline, LCP_PART_ADVICE, lcpBreakdown, lcpParts } from '../../model/headline';
import { RATING_WORDS, rate, VITALS } from '../../model/rating';
import { setQuery } from '../../router';
import { useProjectHref, useRoute } from '../../ui/context';
import { Histogram } from '../../ui/histogram';
import { RatingIcon } from '../../ui/icons';
import { Card, DistributionBar, Page, Rated } from '../../ui/parts';
import { FilterBar, RangePicker } from '../../ui/selection_bar';
import { TimeSeries } from '../../ui/series_charts';
import { Empty, Later, Loaded, Skeleton } from '../../ui/states';
import { CompareCard } from './compare';
import { ObjectivesCard } from './objectives';
import { InpCard, LcpPartsCard } from './parts_over_time';
import { SlicesCard } from './slices';
import {
  BackendCard,
  ElementsCard,
  FramesCard,
  ResourcesCard,
  SamplesCard,
  ShiftCard,
  ThirdPartiesCard,
} from './tables';
import { Findings, WhereTimeGoes } from './where';

function isVital(name: string | null): name is VitalName {
  return VITAL_NAMES.includes(name as VitalName);
}

export function PageReportPage(): JSX.Element {
  const { location, params } = useRoute();
  const href = useProjectHref();
  const selection = readSelection(location.search);
  const query = new URLSearchParams(location.search);
  const page = query.get('page') ?? '';
  const chosen = query.get('vital');
  const vital: VitalName = isVital(chosen) ? chosen : 'lcp_ms';
  const state = useApi<PageReport>(pageReportPath(params, location.search));
  const report = state.data;
  const suggestions: Partial<Record<FilterName, string[]>> = {};
  for (const name of [
    'device',
    'browser',
    'os',
    'country',
    'connection',
    'release',
    'navigation_type',
  ] as const) {
    const values = report?.slices[name]?.map((slice) => slice.value).filter(Boolean);
    if (values) suggestions[name] = values;
  }
  return (
    <Page
      title={page === '' ? 'Page report' : page}
      heading={<span class="page-name">{page || 'Page report'}</span>}
      crumbs={[{ label: 'Pages', href: keepSelection(href('/pages'), selection) }]}
      actions={<RangePicker />}
    >
      <div class="toolbar">
        <FilterBar suggestions={suggestions} />
      </div>
      {page === '' ? (
        <Empty title="Which page?">
          <p>
            Choose one from <a href={href('/pages')}>the list of pages</a>.
          </p>
        </Empty>
      ) : (
        <Loaded state={state} skeleton={<Skeleton rows={10} chart />}>
          {(data) => <Report report={data} vital={vital} />}
        </Loaded>
      )}
    </Page>
  );
}

function Report({ report, vital }: { report: PageReport; vital: VitalName }): JSX.Element {
  const { location } = useRoute();
  const selection = readSelection(location.search);
  if (report.views === 0) {
    return (
      <Card>
        <Empty title="No views of this page here">
          <p>Nothing in {describeRange(selection)}. Choose a longer time or take a filter out.</p>
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <Headline report={report} />
      <VitalCards report={report} vital={vital} />
      <Card
        title={`${VITALS[vital].name} over time`}
        hint={`p75; ${VITALS[vital].what}`}
        class="series-card"
      >
        {report.series.length > 0 ? (
          <TimeSeries
            points={report.series}
            range={report}
            vital={vital}
            releases={report.releases}
          />
        ) : (
          <p class="muted">No series for this time range.</p>
        )}
      </Card>
      <Later>
        <WhereTimeGoes report={report} />
        <Findings findings={report.findings} />
        <div class="columns">
          <LcpPartsCard report={report} />
          <BackendCard report={report} />
        </div>
        <SlicesCard report={report} vital={vital} />
        <CompareCard report={report} />
        <ObjectivesCard page={report.page} />
        <div class="columns">
          <SamplesCard report={report} />
          <ElementsCard report={report} />
        </div>
        <div class="columns">
          <InpCard report={report} />
          <div class="stack">
            <FramesCard report={report} />
            <ShiftCard report={report} />
          </div>
        </div>
        <div class="columns">
          <ResourcesCard rows={report.resources} by="p75_duration_ms" />
          <ResourcesCard rows={report.heaviest_resources} by="median_transfer_bytes" />
        </div>
        <ThirdPartiesCard rows={report.third_parties} />
        {report.examined_views !== undefined && (
          <p class="muted small foot-note">
            Breakdown, backend, elements, resources and samples come from the{' '}
            {formatCount(report.examined_views)} newest matching views; vitals and series from all{' '}
            {formatCount(report.views)}.
            {report.views_kept_by_exception > 0 &&
              ` ${plural(report.views_kept_by_exception, 'view')} kept only for being slow or failed stay out of percentiles.`}
          </p>
        )}
      </Later>
    </>
  );
}

function Headline({ report }: { report: PageReport }): JSX.Element {
  if (tooFew(report.vitals.lcp_ms?.count ?? 0)) {
    return (
      <section class="headline" aria-label="In short">
        <p class="headline-text">
          Only {plural(report.vitals.lcp_ms?.count ?? 0, 'visit')} reported when the main content
          was there: too few to say how fast the page is. The visits themselves stand below.
        </p>
      </section>
    );
  }
  const pieces = headline(report);
  const largest = lcpParts(lcpBreakdown(report)).sort((a, b) => b.ms - a.ms)[0];
  const rating = rate('lcp_ms', report.vitals.lcp_ms?.p75);
  return (
    <section class="headline" aria-label="In short">
      {pieces ? (
        <p class="headline-text">
          {rating && <RatingIcon rating={rating} />}
          {rating && <span class="sr-only">{RATING_WORDS[rating]}: </span>}
          {pieces.map((piece, i) => {
            // biome-ignore-start lint/suspicious/noArrayIndexKey: pieces of one sentence, in order
            if (piece.style === 'strong') return <b key={i}>{piece.text}</b>;
            if (piece.style === 'code') return <code key={i}>{piece.text}</code>;
            return <span key={i}>{piece.text}</span>;
            // biome-ignore-end lint/suspicious/noArrayIndexKey: as above
          })}
        </p>
      ) : (
        <p class="headline-text">No visit reported when its main content was there.</p>
      )}
      <p class="headline-more">
        {plural(report.views, 'view')}
        {!tooFew(report.views) && <>, {formatShare(report.error_rate)} with an error</>}.
        {largest && largest.share >= 0.3 && <> {LCP_PART_ADVICE[largest.name]}</>}
      </p>
    </section>
  );
}

function VitalCards({ report, vital }: { report: PageReport; vital: VitalName }): JSX.Element {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has no layout of its own here
    <div class="vital-cards" role="group" aria-label="Vitals; choose one for the chart">
      {VITAL_NAMES.map((name) => {
        const summary = report.vitals[name];
        const info = VITALS[name];
        return (
          <button
            key={name}
            type="button"
            class="vital-card"
            aria-pressed={name === vital}
            onClick={() => setQuery({ vital: name === 'lcp_ms' ? null : name }, { replace: true })}
          >
            <span class="vital-name" title={info.name}>
              {info.short}
              <span class="muted"> p75</span>
            </span>
            {summary ? (
              <>
                <span class="vital-value">
                  <Rated vital={name} value={summary.p75} views={summary.count} />
                </span>
                {tooFew(summary.count) ? (
                  <span class="muted small">Too few views to say</span>
                ) : (
                  <>
                    <Histogram vital={name} buckets={report.distribution[name]} p75={summary.p75} />
                    <DistributionBar vital={name} summary={summary} />
                    <span class="vital-quantiles muted small">
                      <span>p50 {formatVital(name, summary.p50)}</span>
                      <span>p95 {formatVital(name, summary.p95)}</span>
                    </span>
                    <span class="muted small">{plural(summary.count, 'view')}</span>
                  </>
                )}
              </>
            ) : (
              <span class="muted small">Nobody reported it</span>
            )}
          </button>
        );
      })}
    </div>
  );
}
