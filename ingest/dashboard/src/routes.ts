/**
 * The dashboard's pages: each is a file of its own that comes when it is asked
 * for, and what it asks the API first is asked in the meantime.
 */
import type { ComponentType } from 'preact';
import { askEarly, forgetEarly } from './api/early';
import * as paths from './api/paths';
import { type Location, matchRoutes, type Params } from './router';

interface Route {
  pattern: string;
  load: () => Promise<ComponentType>;
  /** What the page asks first; nothing where that is not known from the address. */
  asks?: readonly ((params: Params, search: string) => string | null)[];
  /** What it asks when the first of these answers is there. */
  asksThen?: (params: Params, answer: unknown) => string | null;
}

const ROUTES: readonly Route[] = [
  { pattern: '/login', load: async () => (await import('./pages/login')).LoginPage },
  { pattern: '/accounts', load: async () => (await import('./pages/accounts')).AccountsPage },
  { pattern: '/p', load: async () => (await import('./pages/projects')).ProjectsPage },
  {
    pattern: '/p/:id/overview',
    load: async () => (await import('./pages/overview')).OverviewPage,
    asks: [paths.overviewPath],
  },
  {
    pattern: '/p/:id/pages',
    load: async () => (await import('./pages/pages')).PagesPage,
    asks: [paths.pagesPath],
  },
  {
    pattern: '/p/:id/page',
    load: async () => (await import('./pages/page_report/page_report')).PageReportPage,
    asks: [paths.pageReportPath],
  },
  {
    pattern: '/p/:id/page-views',
    load: async () => (await import('./pages/page_views')).PageViewsPage,
    asks: [paths.visitsPath],
  },
  {
    pattern: '/p/:id/logs',
    load: async () => (await import('./pages/logs')).LogsPage,
    asks: [paths.logsPath],
  },
  {
    pattern: '/p/:id/live',
    load: async () => (await import('./pages/live')).LivePage,
    asks: [paths.liveViewsPath, paths.liveEventsPath, paths.liveLogsPath],
  },
  {
    pattern: '/p/:id/slos',
    load: async () => (await import('./pages/slos')).SlosPage,
    asks: [paths.slosPath],
  },
  {
    pattern: '/p/:id/alerts',
    load: async () => (await import('./pages/alerts')).AlertsPage,
    asks: [paths.alertRulesPath, paths.alertChannelsPath, paths.alertDeliveriesPath],
  },
  { pattern: '/p/:id/setup', load: async () => (await import('./pages/setup')).SetupPage },
  {
    pattern: '/p/:id/page-views/:page_view_id',
    load: async () => (await import('./pages/page_view')).PageViewPage,
    asks: [paths.pageViewPath],
    asksThen: paths.traceOfViewPath,
  },
  {
    pattern: '/p/:id/issues',
    load: async () => (await import('./pages/issues')).IssuesPage,
    asks: [paths.issuesPath],
  },
  {
    pattern: '/p/:id/issues/:issue_id',
    load: async () => (await import('./pages/issue')).IssuePage,
    asks: [paths.issueDetailPath],
  },
  {
    pattern: '/p/:id/events/:event_id',
    load: async () => (await import('./pages/event')).EventPage,
    asks: [paths.eventPath],
  },
  {
    pattern: '/p/:id/traces/:trace_id',
    load: async () => (await import('./pages/trace')).TracePage,
    asks: [paths.tracePath],
  },
  {
    pattern: '/p/:id/sessions/:session_id',
    load: async () => (await import('./pages/session')).SessionPage,
    asks: [paths.sessionPath],
  },
  {
    pattern: '/p/:id/outcomes',
    load: async () => (await import('./pages/outcomes')).OutcomesPage,
    asks: [paths.outcomesPath],
  },
  {
    pattern: '/p/:id/releases',
    load: async () => (await import('./pages/releases')).ReleasesPage,
    asks: [paths.releasesPath],
  },
  {
    pattern: '/p/:id/source-maps',
    load: async () => (await import('./pages/source_maps')).SourceMapsPage,
    asks: [paths.missingMapsPath, paths.mapReleasesPath],
  },
  { pattern: '/p/:id/settings', load: async () => (await import('./pages/settings')).SettingsPage },
];
const NOT_FOUND: Route = {
  pattern: '',
  load: async () => (await import('./pages/not_found')).NotFoundPage,
};
/** Addresses that lead on to the overview, of the first project where none is named. */
const LEADS_ON = [{ pattern: '/' }, { pattern: '/p/:id' }];

/** Where the reader is: an address, its parameters, and the page's code. */
export interface Place {
  location: Location;
  params: Params;
  /** Null where the address only leads on. */
  page: ComponentType | null;
}

function find({ pathname }: Location): { route: Route; params: Params } | null {
  if (matchRoutes(LEADS_ON, pathname)) return null;
  return matchRoutes(ROUTES, pathname) ?? { route: NOT_FOUND, params: {} };
}

const loaded = new Map<Route, ComponentType>();

/** The place at once, where its code is there; undefined where it is still to come. */
export function placeNow(location: Location): Place | undefined {
  const found = find(location);
  if (!found) return { location, params: leadOn(location)?.params ?? {}, page: null };
  const page = loaded.get(found.route);
  return page && { location, params: found.params, page };
}

/** A skeleton that gives way sooner than this is a flicker, and work done twice. */
const PATIENCE_MS = 150;

/**
 * Asks for the page's code and, meanwhile, for what the page will show. There
 * with both, or with the code alone where the answers take longer.
 */
export async function placeSoon(location: Location): Promise<Place> {
  const found = find(location);
  forgetEarly();
  if (!found) {
    const params = leadOn(location)?.params ?? {};
    askEarly(paths.PROJECTS_PATH);
    return { location, params, page: null };
  }
  const answers = askFirst(found, location.search);
  const page = await found.route.load();
  loaded.set(found.route, page);
  await Promise.race([answers, new Promise((done) => setTimeout(done, PATIENCE_MS))]);
  return { location, params: found.params, page };
}

async function askFirst(
  { route, params }: { route: Route; params: Params },
  search: string,
): Promise<void> {
  if (route.pattern === '/login') return;
  const projects = askEarly(paths.PROJECTS_PATH);
  const asked = (route.asks ?? [])
    .map((path) => path(params, search))
    .filter((path) => path !== null)
    .map(askEarly);
  // Nobody waits for what comes then: the page is drawn without it.
  asked[0]?.then((answer) => {
    const then = route.asksThen?.(params, answer);
    if (then) askEarly(then);
  });
  await Promise.all([projects, ...asked]);
}

function leadOn({ pathname }: Location): { params: Params } | null {
  return matchRoutes(LEADS_ON, pathname);
}

/** The other pages, one after the other while nothing else happens: a click then finds them here. */
export async function loadTheRest(): Promise<void> {
  for (const route of [...ROUTES, NOT_FOUND]) {
    await idle();
    loaded.set(route, await route.load());
  }
}

function idle(): Promise<void> {
  return new Promise((done) => {
    // WebKit has no such callback.
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => done());
    else setTimeout(done, 50);
  });
}
