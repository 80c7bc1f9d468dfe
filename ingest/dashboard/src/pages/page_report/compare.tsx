import type { JSX } from 'preact';
import { projectPath } from '../../api/client';
import type { PageReport } from '../../api/types';
import { useApi } from '../../api/use_api';
import { tooFew } from '../../model/change';
import {
  type Compared,
  choices,
  compared,
  otherSelection,
  parseAgainst,
} from '../../model/compare';
import { apiPath, readSelection } from '../../model/filters';
import { formatCount, formatMs, formatShare, NONE, plural } from '../../model/format';
import { bandParts } from '../../model/time_band';
import { setQuery } from '../../router';
import { ChangeNote } from '../../ui/change';
import { useQueryParam, useRoute } from '../../ui/context';
import { Card, FromViews, Rated, TooFew } from '../../ui/parts';
import { StackedBar } from '../../ui/stacked_bar';
import { Loaded, Skeleton } from '../../ui/states';
import { DataTable } from '../../ui/table';

/** This report beside that of another period, release or slice; the choice stands in the URL. */
export function CompareCard({ report }: { report: PageReport }): JSX.Element {
  const { location, params } = useRoute();
  const text = useQueryParam('against');
  const against = parseAgainst(text);
  const selection = readSelection(location.search);
  const state = useApi<PageReport>(
    against &&
      apiPath(
        projectPath(params.id ?? '', '/page-report'),
        otherSelection(selection, against, report),
        { page: report.page },
      ),
  );
  const known = choices(report);
  return (
    <Card
      title="Compare"
      actions={
        <label class="select-label">
          with{' '}
          <select
            value={text ?? ''}
            onChange={(event) =>
              setQuery({ against: event.currentTarget.value || null }, { replace: true })
            }
          >
            <option value="">nothing</option>
            {text !== null && against && !known.some((choice) => choice.value === text) && (
              <option value={text}>{text.replace(':', ' ')}</option>
            )}
            {known.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {choice.label}
              </option>
            ))}
          </select>
        </label>
      }
    >
      {against === null ? (
        <p class="muted">
          Choose what to set these numbers against: the period before, another release, another kind
          of visitor.
        </p>
      ) : (
        <Loaded state={state} skeleton={<Skeleton rows={8} />}>
          {(other) => (
            <Sides
              here={report}
              there={other}
              name={known.find((choice) => choice.value === text)?.label ?? text ?? ''}
            />
          )}
        </Loaded>
      )}
    </Card>
  );
}

function Value({ row, side }: { row: Compared; side: 'here' | 'there' }): JSX.Element {
  const value = row[side];
  const views = side === 'here' ? row.views.now : row.views.before;
  if (row.kind === 'count') return <>{formatCount(value)}</>;
  if (value === null) return <span class="muted">{NONE}</span>;
  if (tooFew(views)) return <TooFew views={views} />;
  if (row.kind === 'phase') return <FromViews views={views}>{formatMs(value)}</FromViews>;
  return (
    <>
      <span class="comes-from">n={formatCount(views)}</span>{' '}
      {row.vital ? <Rated vital={row.vital} value={value} views={views} /> : formatShare(value)}
    </>
  );
}

function ComparedTable({
  file,
  label,
  rows,
  there,
}: {
  file: string;
  label: string;
  rows: readonly Compared[];
  /** The other side's name. */
  there: string;
}): JSX.Element {
  return (
    <DataTable
      name={file}
      caption={`${label}: this report beside ${there}`}
      class="compact three"
      rows={rows}
      rowKey={(row) => row.name}
      columns={[
        {
          key: 'measure',
          label,
          main: true,
          value: (row) => row.name,
          cell: (row) => (
            <>
              {row.class && <span class={`swatch ${row.class}`} />} {row.name}
            </>
          ),
        },
        {
          key: 'here',
          label: 'Here',
          class: 'num',
          value: (row) => row.here,
          cell: (row) => <Value row={row} side="here" />,
        },
        {
          key: 'there',
          label: there,
          class: 'num',
          value: (row) => row.there,
          cell: (row) => <Value row={row} side="there" />,
        },
        {
          key: 'change',
          label: 'Change',
          class: 'num',
          value: (row) => row.change?.share,
          cell: (row) => <ChangeNote change={row.change} against={there} spelt />,
        },
      ]}
    />
  );
}

function Sides({
  here,
  there,
  name,
}: {
  here: PageReport;
  there: PageReport;
  name: string;
}): JSX.Element {
  const { measures, phases } = compared(here, there);
  const sides = [
    { name: 'Here', report: here },
    { name, report: there },
  ].map((side) => {
    const band = side.report.where_time_goes.p75;
    return { name: side.name, band: tooFew(side.report.vitals.lcp_ms?.count ?? 0) ? null : band };
  });
  const scale_ms = Math.max(...sides.map(({ band }) => band?.lcp_ms ?? 0));
  return (
    <>
      <div class="compared">
        <ComparedTable file="comparison" label="Measure" rows={measures} there={name} />
      </div>
      {scale_ms > 0 && (
        <div class="compared">
          <h3>Where the time goes, around p75</h3>
          {sides.map((side) => (
            <div key={side.name} class="compared-bar">
              <span class="muted small">{side.name}</span>
              {side.band ? (
                <>
                  <StackedBar
                    parts={bandParts(side.band).map(({ parts: _spans, ...part }) => part)}
                    label={`Parts of LCP, ${side.name}`}
                    scale_ms={scale_ms}
                    legend={false}
                  />
                  <b class="num">{formatMs(side.band.lcp_ms)}</b>
                </>
              ) : (
                <span class="muted small">Too few visits to say.</span>
              )}
            </div>
          ))}
          <ComparedTable file="comparison-phases" label="Phase" rows={phases} there={name} />
        </div>
      )}
      <p class="table-foot muted small">
        {plural(here.views, 'view')} here, {plural(there.views, 'view')} there. n is what a number
        comes from; “may be chance”: so few views often differ as much without a cause.
      </p>
    </>
  );
}
