import type { JSX } from 'preact';
import { projectPath } from '../api/client';
import {
  type InpBreakdown,
  type PageReport,
  type Slice,
  type SliceDimension,
  VITAL_NAMES,
  type VitalName,
} from '../api/types';
import { useApi } from '../api/use_api';
import {
  apiPath,
  describeRange,
  type FilterName,
  keepSelection,
  readSelection,
} from '../model/filters';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatMs,
  formatShare,
  formatVital,
  plural,
  shortUrl,
} from '../model/format';
import { headline, LCP_PART_ADVICE, lcpBreakdown, lcpParts, openTtfb } from '../model/headline';
import { RATING_WORDS, rate, VITALS } from '../model/rating';
import { setQuery } from '../router';
import { TimeSeries } from '../ui/chart';
import { useProjectHref, useRoute } from '../ui/context';
import { Histogram } from '../ui/histogram';
import { RatingIcon } from '../ui/icons';
import { Card, DistributionBar, Page, Rated, rowLink, ShareBar } from '../ui/parts';
import { FilterBar, RangePicker } from '../ui/selection_bar';
import { Empty, Loaded, Skeleton } from '../ui/states';

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
  const state = useApi<PageReport>(
    page === '' ? null : apiPath(projectPath(params.id ?? '', '/page-report'), selection, { page }),
  );
  const report = state.data;
  const suggestions: Partial<Record<FilterName, string[]>> = {};
  for (const name of ['device', 'browser', 'country', 'connection', 'release'] as const) {
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
          <TimeSeries points={report.series} vital={vital} />
        ) : (
          <p class="muted">No series for this time range.</p>
        )}
      </Card>
      <div class="columns">
        <LcpCard report={report} />
        <BackendCard report={report} />
      </div>
      <div class="columns">
        <SamplesCard report={report} />
        <InpCard report={report} />
      </div>
      <div class="columns">
        <ResourcesCard report={report} />
        <div class="stack">
          <ElementsCard report={report} />
          <ShiftCard report={report} />
        </div>
      </div>
      <SlicesCard report={report} vital={vital} />
      {report.examined_views !== undefined && (
        <p class="muted small foot-note">
          Breakdown, backend, elements, resources and samples come from the{' '}
          {formatCount(report.examined_views)} newest matching views; vitals and series from all{' '}
          {formatCount(report.views)}.
          {report.views_kept_by_exception > 0 &&
            ` ${plural(report.views_kept_by_exception, 'view')} kept only for being slow or failed stay out of percentiles.`}
        </p>
      )}
    </>
  );
}

function Headline({ report }: { report: PageReport }): JSX.Element {
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
        {plural(report.views, 'view')}, {formatShare(report.error_rate)} with an error.
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
                  <Rated vital={name} value={summary.p75} />
                </span>
                <Histogram vital={name} buckets={report.distribution[name]} p75={summary.p75} />
                <DistributionBar vital={name} summary={summary} />
                <span class="vital-quantiles muted small">
                  <span>p50 {formatVital(name, summary.p50)}</span>
                  <span>p95 {formatVital(name, summary.p95)}</span>
                </span>
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

interface BarPart {
  key: string;
  label: string;
  ms: number;
  class: string;
  parts?: BarPart[];
}

function StackedBar({ parts, label }: { parts: BarPart[]; label: string }): JSX.Element {
  const sum = parts.reduce((total, part) => total + part.ms, 0);
  const flat = parts.flatMap((part) => part.parts ?? [part]);
  const words = flat.map((part) => `${part.label} ${formatMs(part.ms)}`).join(', ');
  return (
    <>
      <div class="stacked" role="img" aria-label={`${label}: ${words}`}>
        {flat.map((part) => (
          <span
            key={part.key}
            class={part.class}
            style={{ width: `${sum > 0 ? (part.ms / sum) * 100 : 0}%` }}
            title={`${part.label}: ${formatMs(part.ms)}`}
          >
            {sum > 0 && part.ms / sum > 0.15 && formatMs(part.ms)}
          </span>
        ))}
      </div>
      <ul class="legend">
        {parts.map((part) => (
          <li key={part.key}>
            <span class={`swatch ${part.parts ? (part.parts[0]?.class ?? '') : part.class}`} />
            <span class="legend-label">{part.label}</span>
            <span class="num">{formatMs(part.ms)}</span>
            <span class="num muted">{formatShare(sum > 0 ? part.ms / sum : 0)}</span>
            {part.parts && (
              <ul>
                {part.parts.map((inner) => (
                  <li key={inner.key}>
                    <span class={`swatch ${inner.class}`} />
                    <span class="legend-label">{inner.label}</span>
                    <span class="num">{formatMs(inner.ms)}</span>
                    <span class="num muted">{formatShare(sum > 0 ? inner.ms / sum : 0)}</span>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function LcpCard({ report }: { report: PageReport }): JSX.Element {
  const opened = openTtfb(report);
  const classes = {
    time_to_first_byte_ms: 'part-network',
    resource_load_delay_ms: 'part-delay',
    resource_load_duration_ms: 'part-load',
    element_render_delay_ms: 'part-render',
  } as const;
  const parts: BarPart[] = lcpParts(lcpBreakdown(report)).map((part) => ({
    key: part.name,
    label: part.label,
    ms: part.ms,
    class: classes[part.name],
    ...(part.name === 'time_to_first_byte_ms' && opened
      ? {
          parts: [
            {
              key: 'network',
              label: 'Network, redirects, queue',
              ms: opened.network_ms,
              class: 'part-network',
            },
            { key: 'backend', label: 'Backend', ms: opened.backend_ms, class: 'part-backend' },
          ],
        }
      : {}),
  }));
  return (
    <Card
      title="Where LCP goes"
      hint={report.breakdown.lcp_near_p75 ? 'mean of the visits around p75' : 'p75 of each part'}
    >
      {parts.length > 0 ? (
        <StackedBar parts={parts} label="Parts of LCP" />
      ) : (
        <p class="muted">No visit had an LCP with its parts.</p>
      )}
    </Card>
  );
}

function BackendCard({ report }: { report: PageReport }): JSX.Element {
  const { backend } = report;
  const href = useProjectHref();
  const longest = Math.max(1, ...backend.spans.map((span) => span.p75_ms ?? 0));
  return (
    <Card
      title="Backend"
      hint={
        backend.joined_share > 0
          ? `p75 ${formatMs(backend.p75_ms)}; joined for ${formatShare(backend.joined_share)} of the views`
          : undefined
      }
    >
      {backend.joined_share > 0 && backend.spans.length > 0 ? (
        <div class="table-scroll">
          <table class="table compact stackable three">
            <thead>
              <tr>
                <th>Span</th>
                <th class="num">p75</th>
                <th class="num" title="Of the backend's own time">
                  Share
                </th>
                <th class="num">Count</th>
              </tr>
            </thead>
            <tbody>
              {backend.spans.map((span) => (
                <tr key={`${span.part}${span.service}${span.op}${span.name}`}>
                  <td class="clip-cell main-cell">
                    <span class="op">
                      {span.op || span.service}
                      {span.part === 'request' ? ', later request' : ''}
                    </span>{' '}
                    <code title={`${span.service}: ${span.name}`}>{span.name}</code>
                    <ShareBar share={(span.p75_ms ?? 0) / longest} class="backend" />
                  </td>
                  <td class="num" data-label="p75">
                    {formatMs(span.p75_ms)}
                  </td>
                  <td class="num" data-label="Share">
                    {formatShare(span.share)}
                  </td>
                  <td class="num" data-label="Count">
                    {formatCount(span.count)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Empty title="No backend joined yet">
          <p>
            Send the backend's OpenTelemetry spans to see its part of the wait, down to the SQL
            statement: <a href={href('/settings')}>how to set it up</a>.
          </p>
        </Empty>
      )}
    </Card>
  );
}

const INP_LABELS: Record<keyof InpBreakdown, string> = {
  input_delay_ms: 'Input delay',
  processing_duration_ms: 'Processing',
  presentation_delay_ms: 'Presentation delay',
};
const INP_CLASSES = ['part-network', 'part-render', 'part-delay'];

function InpCard({ report }: { report: PageReport }): JSX.Element {
  const parts = report.breakdown.inp;
  const inp = parts && Object.values(parts).some((ms) => ms !== null) ? parts : null;
  return (
    <Card title="Where INP goes" hint="p75 of each part, and the slowest targets">
      {inp ? (
        <StackedBar
          label="Parts of INP"
          parts={(Object.keys(INP_LABELS) as (keyof InpBreakdown)[]).map((name, i) => ({
            key: name,
            label: INP_LABELS[name],
            ms: inp[name] ?? 0,
            class: INP_CLASSES[i] ?? '',
          }))}
        />
      ) : (
        <p class="muted">Nobody has clicked, tapped or typed on this page yet.</p>
      )}
      {report.inp_targets.length > 0 && (
        <div class="table-scroll">
          <table class="table compact">
            <thead>
              <tr>
                <th>Target</th>
                <th>Input</th>
                <th class="num">Views</th>
                <th class="num">p75</th>
              </tr>
            </thead>
            <tbody>
              {report.inp_targets.map((target) => (
                <tr key={`${target.target}${target.type}`}>
                  <td class="clip-cell">
                    <code title={target.target}>{target.target || '(unknown)'}</code>
                  </td>
                  <td>{target.type}</td>
                  <td class="num">{formatCount(target.views)}</td>
                  <td class="num">
                    <Rated vital="inp_ms" value={target.p75_ms} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function ShiftCard({ report }: { report: PageReport }): JSX.Element {
  return (
    <Card title="What moved" hint="sources of the largest layout shifts">
      {report.shift_sources.length === 0 ? (
        <p class="muted">No layout shift had a source: nothing moved under the reader.</p>
      ) : (
        <div class="table-scroll">
          <table class="table compact">
            <thead>
              <tr>
                <th>Element</th>
                <th class="num">Views</th>
                <th class="num">p75</th>
              </tr>
            </thead>
            <tbody>
              {report.shift_sources.map((source) => (
                <tr key={source.target}>
                  <td class="clip-cell">
                    <code title={source.target}>{source.target || '(unknown)'}</code>
                  </td>
                  <td class="num">{formatCount(source.views)}</td>
                  <td class="num">
                    <Rated vital="cls" value={source.p75} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function ElementsCard({ report }: { report: PageReport }): JSX.Element {
  return (
    <Card title="LCP elements" hint="what the main content was">
      {report.lcp_elements.length === 0 ? (
        <p class="muted">No LCP element was reported.</p>
      ) : (
        <div class="table-scroll">
          <table class="table compact">
            <thead>
              <tr>
                <th>Element</th>
                <th class="num">Views</th>
                <th class="num">p75 LCP</th>
              </tr>
            </thead>
            <tbody>
              {report.lcp_elements.map((element) => (
                <tr key={`${element.target}${element.url}`}>
                  <td class="clip-cell">
                    <code title={element.target}>{element.target || '(unknown)'}</code>
                    {element.url && (
                      <span class="sub" title={element.url}>
                        {shortUrl(element.url)}
                      </span>
                    )}
                  </td>
                  <td class="num">{formatCount(element.views)}</td>
                  <td class="num">
                    <Rated vital="lcp_ms" value={element.p75_ms} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function ResourcesCard({ report }: { report: PageReport }): JSX.Element {
  const longest = Math.max(1, ...report.resources.map((r) => r.p75_duration_ms ?? 0));
  return (
    <Card title="Slowest resources">
      {report.resources.length === 0 ? (
        <p class="muted">No resources were reported.</p>
      ) : (
        <div class="table-scroll">
          <table class="table compact stackable three">
            <thead>
              <tr>
                <th>Resource</th>
                <th class="num">Views</th>
                <th class="num" title="Median">
                  Size
                </th>
                <th class="num">p75</th>
              </tr>
            </thead>
            <tbody>
              {report.resources.map((resource) => (
                <tr key={`${resource.url}${resource.initiator_type}`}>
                  <td class="clip-cell main-cell">
                    <span class="op">{resource.initiator_type}</span>{' '}
                    <span title={resource.url}>{shortUrl(resource.url)}</span>
                    <ShareBar share={(resource.p75_duration_ms ?? 0) / longest} class="load" />
                  </td>
                  <td class="num" data-label="Views">
                    {formatCount(resource.views)}
                  </td>
                  <td class="num" data-label="Size">
                    {formatBytes(resource.median_transfer_bytes)}
                  </td>
                  <td class="num" data-label="p75">
                    {formatMs(resource.p75_duration_ms)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function SamplesCard({ report }: { report: PageReport }): JSX.Element {
  const href = useProjectHref();
  const now = Date.now();
  return (
    <Card title="Sample visits" hint="slow first; a click opens the waterfall">
      {report.samples.length === 0 ? (
        <p class="muted">No visits are kept for this time.</p>
      ) : (
        <div class="table-scroll">
          <table class="table compact">
            <thead>
              <tr>
                <th>Started</th>
                <th class="num">LCP</th>
                <th>Device</th>
                <th>Browser</th>
                <th class="hide-narrow">Trace</th>
              </tr>
            </thead>
            <tbody>
              {report.samples.map((sample) => {
                const to = href(`/page-views/${sample.page_view_id}`);
                return (
                  <tr key={sample.page_view_id} {...rowLink(to)}>
                    <td class="nowrap">
                      <a href={to}>{formatAgo(sample.started_at, now)}</a>
                    </td>
                    <td class="num">
                      <Rated vital="lcp_ms" value={sample.lcp_ms} />
                    </td>
                    <td>{sample.device}</td>
                    <td>{sample.browser}</td>
                    <td class="hide-narrow">
                      {sample.trace_id && (
                        <a href={href(`/traces/${sample.trace_id}`)}>
                          <code>{sample.trace_id.slice(0, 8)}</code>
                        </a>
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

const DIMENSIONS: readonly SliceDimension[] = [
  'device',
  'browser',
  'connection',
  'country',
  'release',
];

function SlicesCard({ report, vital }: { report: PageReport; vital: VitalName }): JSX.Element {
  const shown = DIMENSIONS.filter((name) =>
    (report.slices[name] ?? []).some((s) => s.value !== ''),
  );
  return (
    <Card title="Who it is slow for" hint={`p75 ${VITALS[vital].short}; a click filters`}>
      {shown.length === 0 ? (
        <p class="muted">Nothing is known about the visitors' devices.</p>
      ) : (
        <div class="slices">
          {shown.map((name) => (
            <SliceTable
              key={name}
              dimension={name}
              slices={report.slices[name]}
              vital={vital}
              total={report.views}
            />
          ))}
        </div>
      )}
    </Card>
  );
}

function SliceTable({
  dimension,
  slices,
  vital,
  total,
}: {
  dimension: SliceDimension;
  slices: Slice[];
  vital: VitalName;
  total: number;
}): JSX.Element {
  return (
    <table class="table compact slice-table">
      <thead>
        <tr>
          <th>{dimension}</th>
          <th class="num">Views</th>
          <th class="num">{VITALS[vital].short}</th>
          <th class="num">Errors</th>
        </tr>
      </thead>
      <tbody>
        {slices.slice(0, 8).map((slice) => (
          <tr key={slice.value}>
            <td class="clip-cell">
              {slice.value === '' ? (
                <span class="muted">unknown</span>
              ) : (
                <button
                  type="button"
                  class="link-button"
                  title={`Only ${dimension} ${slice.value}`}
                  onClick={() => setQuery({ [dimension]: slice.value })}
                >
                  {slice.value}
                </button>
              )}
              <ShareBar share={total > 0 ? slice.views / total : 0} />
            </td>
            <td class="num">{formatCount(slice.views)}</td>
            <td class="num">
              <Rated vital={vital} value={slice[vital]} />
            </td>
            <td class="num">{formatShare(slice.error_rate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
