import type { JSX } from 'preact';
import { projectPath } from '../../api/client';
import { type PageReport, VITAL_NAMES, type VitalName } from '../../api/types';
import { useApi } from '../../api/use_api';
import { changeOf, tooFew } from '../../model/change';
import { choices, otherSelection, PHASES, parseAgainst } from '../../model/compare';
import { apiPath, readSelection } from '../../model/filters';
import { formatCount, formatMs, formatShare, plural } from '../../model/format';
import { VITALS } from '../../model/rating';
import { setQuery } from '../../router';
import { ChangeNote } from '../../ui/change';
import { useQueryParam, useRoute } from '../../ui/context';
import { Card, Rated } from '../../ui/parts';
import { Loaded, Skeleton } from '../../ui/states';
import { DataTable } from '../../ui/table';

interface Row {
  name: string;
  vital?: VitalName;
  share?: boolean;
  count?: boolean;
  here: number | null;
  there: number | null;
  views: { now: number; before: number };
}

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

function rowsOf(here: PageReport, there: PageReport): Row[] {
  const views = { now: here.views, before: there.views };
  const bands = { here: here.where_time_goes.p75, there: there.where_time_goes.p75 };
  return [
    { name: 'Page views', count: true, here: here.views, there: there.views, views },
    {
      name: 'With an error',
      share: true,
      here: here.error_rate,
      there: there.error_rate,
      views,
    },
    ...VITAL_NAMES.map(
      (vital): Row => ({
        name: `${VITALS[vital].short} p75`,
        vital,
        here: here.vitals[vital]?.p75 ?? null,
        there: there.vitals[vital]?.p75 ?? null,
        views: {
          now: here.vitals[vital]?.count ?? 0,
          before: there.vitals[vital]?.count ?? 0,
        },
      }),
    ),
    ...PHASES.map(
      ({ key, label }): Row => ({
        name: `${label}, around p75`,
        here: (bands.here?.[key] as number | null | undefined) ?? null,
        there: (bands.there?.[key] as number | null | undefined) ?? null,
        views: {
          now: here.vitals.lcp_ms?.count ?? 0,
          before: there.vitals.lcp_ms?.count ?? 0,
        },
      }),
    ),
  ];
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
  const cell = (row: Row, value: number | null, views: number) => {
    if (row.count) return formatCount(value);
    if (row.vital) return <Rated vital={row.vital} value={value} views={views} />;
    if (value === null || tooFew(views)) return <span class="muted">–</span>;
    return row.share ? formatShare(value) : formatMs(value);
  };
  return (
    <>
      <DataTable
        name="comparison"
        caption={`This report beside ${name}`}
        columns={[
          { key: 'measure', label: 'Measure', value: (row) => row.name },
          {
            key: 'here',
            label: 'Here',
            class: 'num',
            value: (row) => row.here,
            cell: (row) => cell(row, row.here, row.views.now),
          },
          {
            key: 'there',
            label: name,
            class: 'num',
            value: (row) => row.there,
            cell: (row) => cell(row, row.there, row.views.before),
          },
          {
            key: 'change',
            label: 'Change',
            class: 'num',
            value: (row) => changeOf(row.here, row.there, row.views)?.share,
            cell: (row) => (
              <ChangeNote
                change={changeOf(row.here, row.there, row.views, row.count ? null : true)}
                against={name}
              />
            ),
          },
        ]}
        rows={rowsOf(here, there)}
        rowKey={(row) => row.name}
        class="compact"
      />
      <p class="muted small">
        {plural(here.views, 'view')} here, {plural(there.views, 'view')} there.
      </p>
    </>
  );
}
