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
          <table class="table compact">
            <thead>
              <tr>
                <th>Kind</th>
                <th class="num">Stored</th>
                <th class="num">Dropped</th>
              </tr>
            </thead>
            <tbody>
              {categories.map((category) => {
                const sum = (outcome: string) =>
                  answer.items
                    .filter((item) => item.category === category && item.outcome === outcome)
                    .reduce((total, item) => total + item.count, 0);
                return (
                  <tr key={category}>
                    <td>{words(category)}</td>
                    <td class="num">{formatWhole(sum('stored'))}</td>
                    <td class="num">{formatWhole(sum('dropped'))}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Card>
        <Card title="Dropped, and why">
          {dropped.length === 0 ? (
            <p class="muted">Nothing was dropped.</p>
          ) : (
            <table class="table compact stackable reasons">
              <thead>
                <tr>
                  <th>Reason</th>
                  <th>Kind</th>
                  <th class="num">Count</th>
                </tr>
              </thead>
              <tbody>
                {dropped.map((item) => (
                  <tr key={`${item.category}${item.reason}`}>
                    <td class="main-cell">
                      <code>{item.reason}</code>
                      {item.explanation && <span class="sub wrap">{item.explanation}</span>}
                    </td>
                    <td data-label="Kind">{words(item.category)}</td>
                    <td class="num" data-label="Count">
                      {formatWhole(item.count)}
                      <ShareBar share={item.count / most} class="poor" />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Card>
      </div>
    </>
  );
}
