import type { JSX } from 'preact';
import { outcomesPath } from '../api/paths';
import type { OutcomesAnswer } from '../api/types';
import { useApi } from '../api/use_api';
import { describeRange, readSelection } from '../model/filters';
import { formatShare, formatWhole, words } from '../model/format';
import { useProjectHref, useRoute } from '../ui/context';
import { Card, Page, ShareBar } from '../ui/parts';
import { RangePicker } from '../ui/selection_bar';
import { Empty, Loaded, Skeleton } from '../ui/states';
import { DataTable } from '../ui/table';

export function OutcomesPage(): JSX.Element {
  const { location, params } = useRoute();
  const selection = readSelection(location.search);
  const state = useApi<OutcomesAnswer>(outcomesPath(params, location.search));
  return (
    <Page title="Outcomes" actions={<RangePicker />}>
      <p class="muted lead">
        Everything that arrived in {describeRange(selection)} has one fate: stored, or dropped with
        a reason.
      </p>
      <Loaded state={state} skeleton={<Skeleton rows={8} chart />}>
        {(answer) => <Outcomes answer={answer} />}
      </Loaded>
    </Page>
  );
}

function Outcomes({ answer }: { answer: OutcomesAnswer }): JSX.Element {
  const href = useProjectHref();
  if (answer.received === 0) {
    return (
      <Card>
        <Empty title="Nothing has arrived">
          <p>
            No page or backend has sent anything in this time. Choose a longer one, or{' '}
            <a href={href('/settings')}>install the script tag</a>.
          </p>
        </Empty>
      </Card>
    );
  }
  const categories = [...new Set(answer.items.map((item) => item.category))];
  const dropped = answer.items
    .filter((item) => item.outcome === 'dropped')
    .sort((a, b) => b.count - a.count);
  const most = Math.max(1, ...dropped.map((item) => item.count));
  const lost = answer.received - answer.stored - answer.dropped;
  return (
    <>
      <div
        class="equation"
        role="img"
        aria-label={`Received ${answer.received} is stored ${answer.stored} plus dropped ${answer.dropped}`}
      >
        <span>
          <b>{formatWhole(answer.received)}</b> received
        </span>
        <span class="sign">=</span>
        <span>
          <b>{formatWhole(answer.stored)}</b> stored
        </span>
        <span class="sign">+</span>
        <span>
          <b>{formatWhole(answer.dropped)}</b> dropped
          <span class="muted small"> {formatShare(answer.dropped / answer.received)}</span>
        </span>
      </div>
      {lost !== 0 && (
        <p class="form-error" role="alert">
          {formatWhole(Math.abs(lost))} records have no known fate. That is a defect of Pagewake;
          please report it.
        </p>
      )}
      <div class="columns wide-right">
        <Card title="By kind">
          <DataTable
            name="outcomes-by-kind"
            caption="What was stored and dropped, by kind"
            columns={[
              {
                key: 'category',
                label: 'Kind',
                value: (row) => row.category,
                cell: (row) => words(row.category),
              },
              {
                key: 'stored',
                label: 'Stored',
                class: 'num',
                value: (row) => row.stored,
                cell: (row) => formatWhole(row.stored),
              },
              {
                key: 'dropped',
                label: 'Dropped',
                class: 'num',
                value: (row) => row.dropped,
                cell: (row) => formatWhole(row.dropped),
              },
            ]}
            rows={categories.map((category) => {
              const sum = (outcome: string) =>
                answer.items
                  .filter((item) => item.category === category && item.outcome === outcome)
                  .reduce((total, item) => total + item.count, 0);
              return { category, stored: sum('stored'), dropped: sum('dropped') };
            })}
            rowKey={(row) => row.category}
            class="compact"
          />
        </Card>
        <Card title="Dropped, and why">
          {dropped.length === 0 ? (
            <p class="muted">Nothing was dropped.</p>
          ) : (
            <DataTable
              name="dropped"
              caption="What was dropped, and why"
              columns={[
                {
                  key: 'reason',
                  label: 'Reason',
                  main: true,
                  value: (item) => item.reason,
                  cell: (item) => (
                    <>
                      <code>{item.reason}</code>
                      {item.explanation && <span class="sub wrap">{item.explanation}</span>}
                    </>
                  ),
                },
                {
                  key: 'category',
                  label: 'Kind',
                  value: (item) => item.category,
                  cell: (item) => words(item.category),
                },
                {
                  key: 'count',
                  label: 'Count',
                  class: 'num',
                  value: (item) => item.count,
                  cell: (item) => (
                    <>
                      {formatWhole(item.count)}
                      <ShareBar share={item.count / most} class="poor" />
                    </>
                  ),
                },
              ]}
              rows={dropped}
              rowKey={(item) => `${item.category}${item.reason}`}
              class="compact reasons"
            />
          )}
        </Card>
      </div>
    </>
  );
}
