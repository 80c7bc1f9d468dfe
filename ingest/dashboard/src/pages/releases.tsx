import type { JSX } from 'preact';
import { projectPath } from '../api/client';
import { releasesPath } from '../api/paths';
import type { ReleaseComparison, ReleaseSide, ReleaseUse, ReleaseUses } from '../api/types';
import { VITAL_NAMES } from '../api/types';
import { useApi } from '../api/use_api';
import { type Change, changeOf, mayBeChance, withChance } from '../model/change';
import { apiPath, describeRange, readSelection, type Selection } from '../model/filters';
import { formatCount, formatShare, formatWhole, NONE, plural } from '../model/format';
import { type Measure, measuresOf } from '../model/releases';
import { setQuery } from '../router';
import { ChangeNote } from '../ui/change';
import { useProjectHref, useQueryParam, useRoute } from '../ui/context';
import { Card, Page, Rated } from '../ui/parts';
import { FilterBar, RangePicker } from '../ui/selection_bar';
import { CardSkeleton, Empty, Loaded, Skeleton } from '../ui/states';
import { DataTable } from '../ui/table';
import { releaseColumns } from './release_columns';

/** Who uses which release, how it ends, and two of them side by side. */
export function ReleasesPage(): JSX.Element {
  const { location, params } = useRoute();
  const selection = readSelection(location.search);
  const state = useApi<ReleaseUses>(releasesPath(params, location.search));
  return (
    <Page title="Releases" actions={<RangePicker />}>
      <div class="toolbar">
        <FilterBar />
      </div>
      <Loaded state={state} skeleton={<CardSkeleton rows={10} />}>
        {(uses) =>
          uses.items.length === 0 ? (
            <Card>
              <Empty title="No release is named">
                <p>
                  No page view and no session of {describeRange(selection)} names its release. Give
                  the script tag <code>data-release</code>, or <code>release</code> to{' '}
                  <code>init()</code>.
                </p>
              </Empty>
            </Card>
          ) : (
            <>
              <Card title="Adoption and health" hint={describeRange(selection)}>
                <Uses uses={uses} />
              </Card>
              <Comparison uses={uses.items} selection={selection} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Uses({ uses }: { uses: ReleaseUses }): JSX.Element {
  return (
    <>
      <DataTable<ReleaseUse>
        name="releases"
        caption="Releases, the most used first"
        class="three"
        rows={uses.items}
        rowKey={(row) => row.release}
        columns={releaseColumns(uses)}
      />
      <p class="table-foot muted small">
        {plural(uses.views, 'page view')} and {plural(uses.sessions, 'session')} of all releases.
        Sessions are visits; crash-free ones met no error that nobody caught.
      </p>
    </>
  );
}

function Choice({
  label,
  name,
  value,
  uses,
}: {
  label: string;
  name: string;
  value: string;
  uses: readonly ReleaseUse[];
}): JSX.Element {
  return (
    <label class="select-label">
      {label}{' '}
      <select
        value={value}
        onChange={(event) => setQuery({ [name]: event.currentTarget.value }, { replace: true })}
      >
        {!uses.some((one) => one.release === value) && <option value={value}>{value}</option>}
        {uses.map((one) => (
          <option key={one.release} value={one.release}>
            {one.release}
          </option>
        ))}
      </select>
    </label>
  );
}

function Comparison({
  uses,
  selection,
}: {
  uses: readonly ReleaseUse[];
  selection: Selection;
}): JSX.Element {
  const { params } = useRoute();
  const release = useQueryParam('compare') || uses[0]?.release || '';
  const base =
    useQueryParam('with') || (uses.find((one) => one.release !== release)?.release ?? '');
  const state = useApi<ReleaseComparison>(
    base === ''
      ? null
      : apiPath(projectPath(params.id ?? '', '/releases/compare'), selection, { release, base }),
  );
  if (base === '') {
    return (
      <Card title="Compare">
        <p class="muted">One release only: there is nothing to compare it with yet.</p>
      </Card>
    );
  }
  return (
    <>
      <Card
        title="Compare"
        actions={
          <>
            <Choice label="release" name="compare" value={release} uses={uses} />{' '}
            <Choice label="with" name="with" value={base} uses={uses} />
          </>
        }
      >
        <Loaded state={state} skeleton={<Skeleton rows={12} />}>
          {(answer) => <Sides now={answer.release} base={answer.base} />}
        </Loaded>
      </Card>
      <Card title={`New in ${release}`} hint="issues whose first event was in it">
        <Loaded state={state} skeleton={<Skeleton rows={3} />}>
          {(answer) => <NewIssues side={answer.release} />}
        </Loaded>
      </Card>
    </>
  );
}

function Value({ measure, side }: { measure: Measure; side: 'now' | 'base' }): JSX.Element {
  const value = measure[side];
  const views = measure.count[side];
  if (measure.kind === 'vital') {
    return (
      <>
        <Rated vital={measure.vital} value={value} views={views} />
        {value !== null && <span class="sub">n={formatCount(views)}</span>}
      </>
    );
  }
  if (value === null) return <span class="muted">{NONE}</span>;
  if (measure.kind === 'count') return <>{formatWhole(value)}</>;
  return (
    <>
      {formatShare(value)}
      <span class="sub">n={formatCount(views)}</span>
    </>
  );
}

function Sides({ now, base }: { now: ReleaseSide; base: ReleaseSide }): JSX.Element {
  return (
    <>
      <DataTable<Measure>
        name="release-comparison"
        caption={`${now.release} beside ${base.release}`}
        class="compact three"
        rows={measuresOf(now, base, VITAL_NAMES)}
        rowKey={(row) => row.name}
        columns={[
          { key: 'measure', label: 'Measure', main: true, value: (row) => row.name },
          {
            key: 'release',
            label: now.release,
            class: 'num',
            value: (row) => row.now,
            cell: (row) => <Value measure={row} side="now" />,
          },
          {
            key: 'base',
            label: base.release,
            class: 'num',
            value: (row) => row.base,
            cell: (row) => <Value measure={row} side="base" />,
          },
          {
            key: 'change',
            label: 'Change',
            class: 'num',
            value: (row) => changeOfMeasure(row)?.share ?? null,
            cell: (row) => (
              <ChangeNote change={changeOfMeasure(row)} against={base.release} spelt />
            ),
          },
        ]}
      />
      <p class="table-foot muted small">
        n is how many visits a number comes from; of fewer than five there is none. Vitals and
        shares are of the chosen time, events and issues of each release's whole life.
      </p>
    </>
  );
}

function changeOfMeasure(measure: Measure): Change | null {
  const { now, base, count, kind, lessIsBetter } = measure;
  const views = { now: count.now, before: count.base };
  const change = changeOf(now, base, views, lessIsBetter);
  if (kind !== 'share') return change;
  return withChance(change, () => mayBeChance({ now: now ?? 0, before: base ?? 0 }, views));
}

function NewIssues({ side }: { side: ReleaseSide }): JSX.Element {
  const href = useProjectHref();
  if (side.new_issues === 0) {
    return <p class="muted">No issue began with {side.release}.</p>;
  }
  return (
    <>
      <ul class="plain-list">
        {side.top_new_issues.map((issue) => (
          <li key={issue.issue_id}>
            <a href={href(`/issues/${issue.issue_id}`)}>{issue.title}</a>{' '}
            <span class="muted">
              {issue.culprit && `${issue.culprit}, `}
              {plural(issue.event_count, 'event')}
            </span>
          </li>
        ))}
      </ul>
      {side.new_issues > side.top_new_issues.length && (
        <p class="muted small">
          and {plural(side.new_issues - side.top_new_issues.length, 'issue')} with fewer events
        </p>
      )}
    </>
  );
}
