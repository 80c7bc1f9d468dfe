import { withQuery } from '../router';

/** The filters of DESIGN part 3, as they stand in the dashboard's own URLs too. */
export const FILTER_NAMES = [
  'device',
  'browser',
  'os',
  'country',
  'connection',
  'release',
  'environment',
  'navigation_type',
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

export const FILTER_VALUES: Partial<Record<FilterName, readonly string[]>> = {
  device: ['desktop', 'mobile', 'tablet'],
  connection: ['4g', '3g', '2g', 'slow-2g'],
  navigation_type: [
    'navigate',
    'reload',
    'back_forward',
    'back_forward_cache',
    'prerender',
    'restore',
    'soft_navigation',
  ],
  browser: ['Chrome', 'Edge', 'Firefox', 'Safari'],
  os: ['Android', 'Linux', 'Mac OS X', 'Windows', 'iOS'],
  environment: ['production', 'staging', 'development'],
};

export const RANGES: readonly { label: string; from: string; title: string }[] = [
  { label: '1h', from: '-1h', title: 'the last hour' },
  { label: '24h', from: '-24h', title: 'the last 24 hours' },
  { label: '7d', from: '-168h', title: 'the last 7 days' },
  { label: '30d', from: '-720h', title: 'the last 30 days' },
];
export const DEFAULT_FROM = '-24h';

export interface Selection {
  from: string;
  to: string;
  filters: Partial<Record<FilterName, string>>;
}

export function readSelection(search: string): Selection {
  const query = new URLSearchParams(search);
  const filters: Selection['filters'] = {};
  for (const name of FILTER_NAMES) {
    const value = query.get(name);
    if (value !== null && value !== '') filters[name] = value;
  }
  return { from: query.get('from') ?? DEFAULT_FROM, to: query.get('to') ?? '', filters };
}

/** `path` of the API with the selection's filters and `extra`. */
export function apiPath(
  path: string,
  selection: Selection,
  extra: Record<string, string | number | undefined> = {},
): string {
  return withQuery(path, {
    from: selection.from,
    to: selection.to,
    ...selection.filters,
    ...extra,
  });
}

/**
 * A dashboard link that carries time range and filters along; the default range
 * stays unsaid. What `path` or `extra` say themselves goes first.
 */
export function keepSelection(
  path: string,
  selection: Selection,
  extra: Record<string, string | undefined> = {},
): string {
  const [pathname = '', query = ''] = path.split('?');
  const own = { ...Object.fromEntries(new URLSearchParams(query)), ...extra };
  const kept: Record<string, string> = {
    from: selection.from === DEFAULT_FROM ? '' : selection.from,
    to: selection.to,
    ...selection.filters,
  };
  return withQuery(pathname, { ...own, ...kept, ...own });
}

/** "the last 24 hours", or both ends. */
export function describeRange(selection: Selection): string {
  const known = RANGES.find((r) => r.from === selection.from && selection.to === '');
  if (known) return known.title;
  return selection.to === '' ? `since ${selection.from}` : 'the chosen time';
}

/** Local value of <input type=datetime-local> to RFC 3339 UTC; null where unreadable. */
export function fromLocalInput(value: string): string | null {
  const date = new Date(value);
  return value === '' || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

export function toLocalInput(at: string | number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
