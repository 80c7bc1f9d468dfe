import type { ReleaseSide, VitalName } from '../api/types';
import { tooFew } from './change';
import { VITALS } from './rating';

/** One line of two releases side by side. `count`: how many visits each number rests on. */
export type Measure = {
  name: string;
  now: number | null;
  base: number | null;
  count: { now: number; base: number };
  /** Null: more is neither good nor bad. */
  lessIsBetter: boolean | null;
} & ({ kind: 'vital'; vital: VitalName } | { kind: 'share' } | { kind: 'count' });

type Pair = { now: ReleaseSide; base: ReleaseSide };

function both<T>({ now, base }: Pair, of: (side: ReleaseSide) => T): { now: T; base: T } {
  return { now: of(now), base: of(base) };
}

function share(
  pair: Pair,
  name: string,
  lessIsBetter: boolean,
  value: (side: ReleaseSide) => number | null,
  count: (side: ReleaseSide) => number,
): Measure {
  // A share of three visits says nothing: it has no number, as a vital's.
  return {
    kind: 'share',
    name,
    lessIsBetter,
    ...both(pair, (side) => (tooFew(count(side)) ? null : value(side))),
    count: both(pair, count),
  };
}

export function measuresOf(
  now: ReleaseSide,
  base: ReleaseSide,
  vitals: readonly VitalName[],
): Measure[] {
  const pair = { now, base };
  const views = (side: ReleaseSide) => side.views;
  const sessions = (side: ReleaseSide) => side.sessions;
  const count = (name: string, of: (side: ReleaseSide) => number, lessIsBetter: boolean | null) => {
    const values = both(pair, of);
    return { kind: 'count' as const, name, ...values, count: both(pair, views), lessIsBetter };
  };
  return [
    count('Page views', views, null),
    ...vitals.flatMap((vital): Measure[] => {
      const n = (side: ReleaseSide) => side.vitals[vital]?.count ?? 0;
      return [
        {
          kind: 'vital',
          vital,
          name: `${VITALS[vital].short} p75`,
          ...both(pair, (side) => side.vitals[vital]?.p75 ?? null),
          count: both(pair, n),
          lessIsBetter: true,
        },
        share(
          pair,
          `${VITALS[vital].short} good`,
          false,
          (side) => side.vitals[vital]?.good ?? null,
          n,
        ),
      ];
    }),
    share(pair, 'Views with an error', true, (side) => side.error_rate, views),
    share(pair, 'Crash-free sessions', false, (side) => side.crash_free_sessions, sessions),
    share(
      pair,
      'Crash-free users',
      false,
      (side) => side.crash_free_users,
      (side) => side.users,
    ),
    // No change in per cent: the releases have lived for different times.
    { ...count('Events', (side) => side.events, null), count: { now: 0, base: 0 } },
    { ...count('Issues', (side) => side.issues, null), count: { now: 0, base: 0 } },
    { ...count('New issues', (side) => side.new_issues, null), count: { now: 0, base: 0 } },
  ];
}
