/**
 * What each page asks first, told by its address alone: the page itself and
 * routes.ts, which asks before the page's code is there, must say the same.
 */
import { apiPath, readSelection } from '../model/filters';
import { parseLogSearch } from '../model/log_search';
import type { Params } from '../router';
import { projectPath } from './client';
import type { PageView } from './types';

export const PROJECTS_PATH = '/api/v1/projects';

type Path = (params: Params, search: string) => string;

/** Of the project in the address, with time range and filters. */
const selected =
  (rest: string): Path =>
  (params, search) =>
    apiPath(projectPath(params.id ?? '', rest), readSelection(search));

/** Of the project in the address, over the time range whatever the filters. */
const timed =
  (rest: string): Path =>
  (params, search) =>
    apiPath(projectPath(params.id ?? '', rest), { ...readSelection(search), filters: {} });

/** One thing of the project, as `name` of the address has it. */
const one =
  (rest: string, name: string): Path =>
  (params) =>
    projectPath(params.id ?? '', `${rest}/${encodeURIComponent(params[name] ?? '')}`);

const plain =
  (rest: string): Path =>
  (params) =>
    projectPath(params.id ?? '', rest);

export const overviewPath = selected('/overview');
export const outcomesPath = timed('/outcomes');
export const missingMapsPath = timed('/sourcemaps/missing');
export const mapReleasesPath = plain('/sourcemaps/releases');
export const pageViewPath = one('/page-views', 'page_view_id');
export const eventPath = one('/events', 'event_id');
export const tracePath = one('/traces', 'trace_id');
/** The trace that a page view, as the API answers it, belongs to. */
export function traceOfViewPath(params: Params, view: unknown): string | null {
  const trace_id = (view as PageView | undefined)?.trace_id;
  return trace_id ? tracePath({ ...params, trace_id }, '') : null;
}
export const sessionPath = one('/sessions', 'session_id');
export const slosPath = plain('/slos');
export const alertRulesPath = plain('/alert-rules');
export const alertChannelsPath = plain('/alert-channels');
export const alertDeliveriesPath = plain('/alert-deliveries?limit=50');

export const pagesPath: Path = (params, search) =>
  apiPath(projectPath(params.id ?? '', '/pages'), readSelection(search), { limit: 500 });

/** Null without a page to report on. */
export function pageReportPath(params: Params, search: string): string | null {
  const page = new URLSearchParams(search).get('page') ?? '';
  if (page === '') return null;
  return apiPath(projectPath(params.id ?? '', '/page-report'), readSelection(search), { page });
}

export const VISITS_LIMIT = 100;
export const visitsPath: Path = (params, search) => {
  const query = new URLSearchParams(search);
  return apiPath(projectPath(params.id ?? '', '/page-views'), readSelection(search), {
    page: query.get('page') || undefined,
    sort: query.get('order') === 'slowest' ? 'slowest' : 'newest',
    limit: VISITS_LIMIT,
    cursor: query.get('cursor') ?? undefined,
  });
};

/** Releases are asked for all at once: the filter by release says which to compare. */
export const releasesPath: Path = (params, search) =>
  apiPath(projectPath(params.id ?? '', '/releases'), readSelection(search), { release: '' });

export const issuesPath: Path = (params, search) => {
  const query = new URLSearchParams(search);
  const status = query.get('status') ?? 'unresolved';
  return apiPath(projectPath(params.id ?? '', '/issues'), readSelection(search), {
    status: status === 'all' ? '' : status,
    query: query.get('query') ?? '',
    sort: query.get('sort') ?? 'last_seen',
    limit: 50,
    cursor: query.get('cursor') ?? '',
  });
};

/** The newest of the last hour: where the live tail begins. */
const lastHour = (rest: string) => plain(`${rest}?from=-1h&limit=100`);
export const liveViewsPath = lastHour('/page-views');
export const liveEventsPath = lastHour('/events');
export const liveLogsPath = lastHour('/logs');

export const issuePath = one('/issues', 'issue_id');
/** With its hours over the time range. */
export const issueDetailPath: Path = (params, search) =>
  apiPath(issuePath(params, search), readSelection(search));

export const logsPath: Path = (params, search) => {
  const query = new URLSearchParams(search);
  const { from, to } = readSelection(search);
  const cursor = query.get('cursor') ?? '';
  const asked = new URLSearchParams({ from, limit: '200' });
  if (to !== '') asked.set('to', to);
  if (cursor !== '') asked.set('cursor', cursor);
  for (const [name, values] of Object.entries(parseLogSearch(query.get('search') ?? ''))) {
    for (const value of values) asked.append(name, value);
  }
  return `${projectPath(params.id ?? '', '/logs')}?${asked}`;
};
