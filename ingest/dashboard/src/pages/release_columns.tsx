import type { ReleaseUse, ReleaseUses } from '../api/types';
import { formatCount, formatShare, NONE, plural } from '../model/format';
import { FromViews, ShareBar } from '../ui/parts';
import type { Column } from '../ui/table';

/** Adoption and health; each share says what it comes from, and none is of too few. */
export function releaseColumns({ views }: Pick<ReleaseUses, 'views'>): Column<ReleaseUse>[] {
  return [
    { key: 'release', label: 'Release', main: true, value: (row) => row.release },
    {
      key: 'views',
      label: 'Page views',
      class: 'num',
      value: (row) => row.views,
      cell: (row) => formatCount(row.views),
    },
    {
      key: 'views_share',
      label: 'Adoption',
      class: 'num',
      title: 'Share of all page views',
      value: (row) => row.views_share,
      cell: (row) => (
        <FromViews views={views}>
          {formatShare(row.views_share)}
          <ShareBar share={row.views_share} />
        </FromViews>
      ),
    },
    {
      key: 'error_rate',
      label: 'With an error',
      class: 'num',
      title: 'Share of its page views with at least one error',
      value: (row) => (row.views > 0 ? row.error_rate : null),
      cell: (row) => share(row.error_rate, row.views, 'view'),
    },
    {
      key: 'sessions',
      label: 'Sessions',
      class: 'num',
      title: "Visits of Pagewake's SDK, and sessions as Sentry's SDKs report them",
      value: (row) => row.sessions,
      cell: (row) => (row.sessions > 0 ? formatCount(row.sessions) : NONE),
    },
    {
      key: 'crash_free_sessions',
      label: 'Crash-free sessions',
      class: 'num',
      value: (row) => row.crash_free_sessions,
      cell: (row) => share(row.crash_free_sessions, row.sessions, 'session'),
    },
    {
      key: 'crash_free_users',
      label: 'Crash-free users',
      class: 'num',
      value: (row) => row.crash_free_users,
      cell: (row) => share(row.crash_free_users, row.users, 'user'),
    },
  ];
}

function share(value: number | null, count: number, of: 'view' | 'session' | 'user') {
  if (value === null || count === 0) return NONE;
  return (
    <FromViews views={count} of={of}>
      {formatShare(value)}
      <span class="sub">of {plural(count, of)}</span>
    </FromViews>
  );
}
