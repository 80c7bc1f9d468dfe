import type { JSX } from 'preact';
import type { BackendSpan, PageReport, ResourceRow, ScriptRow, ThirdParty } from '../../api/types';
import { tooFew } from '../../model/change';
import { keepSelection, readSelection } from '../../model/filters';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatMs,
  formatShare,
  formatTime,
  plural,
  shortUrl,
} from '../../model/format';
import { useProjectHref, useRoute } from '../../ui/context';
import { Card, FromViews, Rated, ShareBar } from '../../ui/parts';
import { Empty } from '../../ui/states';
import { type Column, DataTable } from '../../ui/table';

const views = <Row extends { views: number }>(): Column<Row> => ({
  key: 'views',
  label: 'Views',
  class: 'num',
  value: (row) => row.views,
  cell: (row) => formatCount(row.views),
});

export function BackendCard({ report }: { report: PageReport }): JSX.Element {
  const { backend } = report;
  const href = useProjectHref();
  const longest = Math.max(1, ...backend.spans.map((span) => span.p75_ms ?? 0));
  const columns: Column<BackendSpan>[] = [
    {
      key: 'name',
      label: 'Span',
      main: true,
      class: 'clip-cell',
      value: (span) => span.name,
      cell: (span) => (
        <>
          <span class="op">
            {span.op || span.service}
            {span.part === 'request' ? ', later request' : ''}
          </span>{' '}
          <code title={`${span.service}: ${span.name}`}>{span.name}</code>
          <ShareBar share={(span.p75_ms ?? 0) / longest} class="backend" />
        </>
      ),
    },
    {
      key: 'p75_ms',
      label: 'p75',
      class: 'num',
      value: (span) => span.p75_ms,
      cell: (span) => <FromViews views={span.count}>{formatMs(span.p75_ms)}</FromViews>,
    },
    {
      key: 'share',
      label: 'Share',
      class: 'num',
      title: "Of the backend's own time",
      value: (span) => span.share,
      cell: (span) => <FromViews views={span.count}>{formatShare(span.share)}</FromViews>,
    },
    {
      key: 'count',
      label: 'Count',
      class: 'num',
      value: (span) => span.count,
      cell: (span) => formatCount(span.count),
    },
  ];
  return (
    <Card
      title="Backend"
      hint={
        backend.joined_share > 0
          ? `${tooFew(report.views) ? '' : `p75 ${formatMs(backend.p75_ms)}; `}joined for ${formatShare(backend.joined_share)} of ${plural(report.examined_views ?? report.views, 'view')}`
          : undefined
      }
    >
      {backend.joined_share > 0 && backend.spans.length > 0 ? (
        <DataTable
          name="backend-spans"
          caption="Backend spans by their own time"
          columns={columns}
          rows={backend.spans}
          rowKey={(span) => `${span.part}${span.service}${span.op}${span.name}`}
          class="compact three"
        />
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

export function ElementsCard({ report }: { report: PageReport }): JSX.Element {
  return (
    <Card title="LCP elements" hint="what the main content was; ids in addresses folded">
      {report.lcp_elements.length === 0 ? (
        <p class="muted">No LCP element was reported.</p>
      ) : (
        <DataTable
          name="lcp-elements"
          caption="LCP elements"
          columns={[
            {
              key: 'target',
              label: 'Element',
              class: 'clip-cell',
              value: (row) => row.target,
              cell: (row) => (
                <>
                  <code title={row.target}>{row.target || '(unknown)'}</code>
                  {row.url && (
                    <span class="sub" title={row.url}>
                      {shortUrl(row.url)}
                    </span>
                  )}
                </>
              ),
            },
            views(),
            {
              key: 'p75_ms',
              label: 'p75 LCP',
              class: 'num',
              value: (row) => row.p75_ms,
              cell: (row) => <Rated vital="lcp_ms" value={row.p75_ms} views={row.views} />,
            },
          ]}
          rows={report.lcp_elements}
          rowKey={(row) => row.target + row.url}
          class="compact"
        />
      )}
    </Card>
  );
}

export function InpTargets({ report }: { report: PageReport }): JSX.Element | null {
  if (report.inp_targets.length === 0) return null;
  return (
    <DataTable
      name="inp-targets"
      caption="Targets of the slowest interactions"
      columns={[
        {
          key: 'target',
          label: 'Target',
          class: 'clip-cell',
          value: (row) => row.target,
          cell: (row) => <code title={row.target}>{row.target || '(unknown)'}</code>,
        },
        { key: 'type', label: 'Input', value: (row) => row.type },
        views(),
        {
          key: 'p75_ms',
          label: 'p75',
          class: 'num',
          value: (row) => row.p75_ms,
          cell: (row) => <Rated vital="inp_ms" value={row.p75_ms} views={row.views} />,
        },
      ]}
      rows={report.inp_targets}
      rowKey={(row) => row.target + row.type}
      class="compact"
    />
  );
}

function scriptColumns(): Column<ScriptRow>[] {
  return [
    {
      key: 'function',
      label: 'Script',
      class: 'clip-cell',
      value: (row) => row.function,
      cell: (row) => (
        <>
          <code>{row.function || row.invoker || '(anonymous)'}</code>
          <span class="sub" title={row.url}>
            {shortUrl(row.url)}
            {row.function && row.invoker ? `, by ${row.invoker}` : ''}
          </span>
        </>
      ),
    },
    views(),
    {
      key: 'p75_ms',
      label: 'p75',
      class: 'num',
      value: (row) => row.p75_ms,
      cell: (row) => <FromViews views={row.views}>{formatMs(row.p75_ms)}</FromViews>,
    },
  ];
}

export function ScriptTable({
  name,
  caption,
  rows,
}: {
  name: string;
  caption: string;
  rows: ScriptRow[];
}): JSX.Element {
  return (
    <DataTable
      name={name}
      caption={caption}
      columns={[...scriptColumns()]}
      rows={rows}
      rowKey={(row) => row.url + row.function + row.invoker}
      class="compact"
    />
  );
}

export function FramesCard({ report }: { report: PageReport }): JSX.Element {
  return (
    <Card title="Scripts that keep the page busy" hint="in long animation frames, by view">
      {report.frame_scripts.length === 0 ? (
        <p class="muted">No frame took longer than 50 ms.</p>
      ) : (
        <ScriptTable
          name="long-frame-scripts"
          caption="Scripts in long animation frames"
          rows={report.frame_scripts}
        />
      )}
    </Card>
  );
}

export function ShiftCard({ report }: { report: PageReport }): JSX.Element {
  return (
    <Card title="What moved" hint="sources of the largest layout shifts">
      {report.shift_sources.length === 0 ? (
        <p class="muted">No layout shift had a source: nothing moved under the reader.</p>
      ) : (
        <DataTable
          name="shift-sources"
          caption="Sources of layout shifts"
          columns={[
            {
              key: 'target',
              label: 'Element',
              class: 'clip-cell',
              value: (row) => row.target,
              cell: (row) => <code title={row.target}>{row.target || '(unknown)'}</code>,
            },
            views(),
            {
              key: 'p75',
              label: 'p75',
              class: 'num',
              value: (row) => row.p75,
              cell: (row) => <Rated vital="cls" value={row.p75} views={row.views} />,
            },
          ]}
          rows={report.shift_sources}
          rowKey={(row) => row.target}
          class="compact"
        />
      )}
    </Card>
  );
}

export function ResourcesCard({
  rows,
  by,
}: {
  rows: ResourceRow[];
  by: 'p75_duration_ms' | 'median_transfer_bytes';
}): JSX.Element {
  const slowest = by === 'p75_duration_ms';
  const most = Math.max(1, ...rows.map((row) => row[by] ?? 0));
  return (
    <Card
      title={slowest ? 'Slowest resources' : 'Heaviest resources'}
      hint="one row for addresses that differ in ids or hashes only"
    >
      {rows.length === 0 ? (
        <p class="muted">No resources were reported.</p>
      ) : (
        <DataTable
          name={slowest ? 'slowest-resources' : 'heaviest-resources'}
          caption={slowest ? 'Slowest resources' : 'Heaviest resources'}
          columns={[
            {
              key: 'url',
              label: 'Resource',
              main: true,
              class: 'clip-cell',
              value: (row) => row.url,
              cell: (row) => (
                <>
                  <span class="op">{row.initiator_type}</span>{' '}
                  <span title={row.url}>{shortUrl(row.url)}</span>
                  <ShareBar share={(row[by] ?? 0) / most} class="load" />
                </>
              ),
            },
            views(),
            {
              key: 'median_transfer_bytes',
              label: 'Size',
              title: 'Median',
              class: 'num',
              value: (row) => row.median_transfer_bytes,
              cell: (row) =>
                row.median_transfer_bytes === 0 ? (
                  <span class="muted" title="From a cache, or withheld by its host">
                    cached
                  </span>
                ) : (
                  formatBytes(row.median_transfer_bytes)
                ),
            },
            {
              key: 'p75_duration_ms',
              label: 'p75',
              class: 'num',
              value: (row) => row.p75_duration_ms,
              cell: (row) => (
                <FromViews views={row.views}>{formatMs(row.p75_duration_ms)}</FromViews>
              ),
            },
          ]}
          rows={rows}
          rowKey={(row) => row.url + row.initiator_type}
          class="compact three"
        />
      )}
    </Card>
  );
}

export function ThirdPartiesCard({ rows }: { rows: ThirdParty[] }): JSX.Element {
  return (
    <Card title="Third parties" hint="hosts of other sites, by view">
      {rows.length === 0 ? (
        <p class="muted">The page loads nothing from other sites.</p>
      ) : (
        <DataTable
          name="third-parties"
          caption="Third parties"
          columns={[
            {
              key: 'host',
              label: 'Host',
              main: true,
              class: 'clip-cell',
              value: (row) => row.host,
              cell: (row) => <code>{row.host}</code>,
            },
            views(),
            {
              key: 'requests',
              label: 'Requests',
              class: 'num',
              value: (row) => row.requests,
              cell: (row) => row.requests.toFixed(1),
            },
            {
              key: 'median_transfer_bytes',
              label: 'Size',
              class: 'num',
              value: (row) => row.median_transfer_bytes,
              cell: (row) => formatBytes(row.median_transfer_bytes),
            },
            {
              key: 'p75_duration_ms',
              label: 'Longest',
              class: 'num',
              title: 'p75 of the longest request',
              value: (row) => row.p75_duration_ms,
              cell: (row) => (
                <FromViews views={row.views}>{formatMs(row.p75_duration_ms)}</FromViews>
              ),
            },
            {
              key: 'p75_script_ms',
              label: 'Busy',
              class: 'num',
              title: 'p75 of script time in long frames',
              value: (row) => row.p75_script_ms,
              cell: (row) => <FromViews views={row.views}>{formatMs(row.p75_script_ms)}</FromViews>,
            },
          ]}
          rows={rows}
          rowKey={(row) => row.host}
          class="compact"
        />
      )}
    </Card>
  );
}

export function SamplesCard({ report }: { report: PageReport }): JSX.Element {
  const { location } = useRoute();
  const href = useProjectHref();
  const now = Date.now();
  const all = keepSelection(href('/page-views'), readSelection(location.search), {
    page: report.page,
    order: 'slowest',
  });
  return (
    <Card
      title="Sample visits"
      hint="slow first; a click opens the waterfall"
      actions={
        <a class="small" href={all}>
          All visits
        </a>
      }
    >
      {report.samples.length === 0 ? (
        <p class="muted">No visits are kept for this time.</p>
      ) : (
        <DataTable
          name="sample-visits"
          caption="Sample visits, slow ones first"
          columns={[
            {
              key: 'started_at',
              label: 'Started',
              class: 'nowrap',
              value: (row) => row.started_at,
              cell: (row) => (
                <a
                  href={href(`/page-views/${row.page_view_id}`)}
                  title={formatTime(row.started_at)}
                >
                  {formatAgo(row.started_at, now)}
                </a>
              ),
            },
            {
              key: 'lcp_ms',
              label: 'LCP',
              class: 'num',
              value: (row) => row.lcp_ms,
              cell: (row) => <Rated vital="lcp_ms" value={row.lcp_ms} />,
            },
            { key: 'device', label: 'Device', value: (row) => row.device },
            { key: 'browser', label: 'Browser', value: (row) => row.browser },
            {
              key: 'trace_id',
              label: 'Trace',
              class: 'hide-narrow',
              value: (row) => row.trace_id,
              cell: (row) =>
                row.trace_id && (
                  <a href={href(`/traces/${row.trace_id}`)}>
                    <code>{row.trace_id.slice(0, 8)}</code>
                  </a>
                ),
            },
          ]}
          rows={report.samples}
          rowKey={(row) => row.page_view_id}
          href={(row) => href(`/page-views/${row.page_view_id}`)}
          class="compact"
        />
      )}
    </Card>
  );
}
