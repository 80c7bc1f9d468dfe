import { type ComponentChildren, isValidElement } from 'preact';
import { describe, expect, it } from 'vitest';
import type { ReleaseUse, Slo } from '../src/api/types';
import { releaseColumns } from '../src/pages/release_columns';
import { objectiveColumns } from '../src/ui/objectives';
import type { Column } from '../src/ui/table';

/** What a cell says, of components without state. */
function textOf(node: ComponentChildren): string {
  if (Array.isArray(node)) return node.map(textOf).join('');
  if (!isValidElement(node)) return typeof node === 'boolean' ? '' : String(node ?? '');
  const { type, props } = node;
  return textOf(
    typeof type === 'function'
      ? (type as (given: typeof props) => ComponentChildren)(props)
      : (props.children as ComponentChildren),
  );
}

function said<Row>(columns: readonly Column<Row>[], key: string, row: Row): string {
  const column = columns.find((one) => one.key === key);
  return textOf(column?.cell?.(row));
}

describe('releases', () => {
  const release = (given: Partial<ReleaseUse>) =>
    ({
      views: 90,
      error_rate: 0.1,
      views_share: 0.9,
      sessions: 50,
      users: 40,
      ...given,
    }) as ReleaseUse;

  it.each([
    ['error_rate', { views: 4 }, 'n=4. Only 4 views: too few to say'],
    ['error_rate', { views: 5 }, '10 %of 5 views'],
    ['error_rate', { views: 0 }, '–'],
    [
      'crash_free_sessions',
      { sessions: 1, crash_free_sessions: 1 },
      'n=1. Only 1 session: too few to say',
    ],
    ['crash_free_sessions', { crash_free_sessions: 0.98 }, '98 %of 50 sessions'],
    ['crash_free_sessions', { crash_free_sessions: null }, '–'],
    ['crash_free_users', { users: 4, crash_free_users: 1 }, 'n=4. Only 4 users: too few to say'],
    ['crash_free_users', { crash_free_users: 0.95 }, '95 %of 40 users'],
  ] as [string, Partial<ReleaseUse>, string][])('%s of %j: %s', (key, given, expected) => {
    expect(said(releaseColumns({ views: 100 }), key, release(given))).toBe(expected);
  });

  it('adoption is a share of all views, of which there may be too few', () => {
    expect(said(releaseColumns({ views: 100 }), 'views_share', release({}))).toBe('90 %');
    expect(said(releaseColumns({ views: 4 }), 'views_share', release({}))).toMatch(/^n=4/);
  });
});

describe('objectives', () => {
  const objective = (views: number) =>
    ({
      views,
      attained: 0.75,
      budget_left: 0.5,
      examined: false,
      burn_rates: [{ window_s: 3600, rate: 1.25, views }],
    }) as unknown as Slo;
  const columns = objectiveColumns((rest) => rest);

  it.each([
    ['attained', 5, '75 %of 5 views'],
    ['attained', 4, 'n=4. Only 4 views: too few to say'],
    ['budget_left', 5, '50 %'],
    ['budget_left', 4, 'n=4. Only 4 views: too few to say'],
    ['burn_rate_1h', 5, '1.3'],
    ['burn_rate_1h', 4, 'n=4. Only 4 views: too few to say'],
    ['burn_rate_1h', 0, '–'],
  ])('%s of %i views: %s', (key, views, expected) => {
    expect(said(columns, key, objective(views))).toBe(expected);
  });
});
