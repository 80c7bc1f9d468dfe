import type { ComponentType, JSX } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { request } from './api/client';
import type { Listing, Project } from './api/types';
import { onUnauthorized, useApi } from './api/use_api';
import { AccountsPage } from './pages/accounts';
import { AlertsPage } from './pages/alerts';
import { EventPage } from './pages/event';
import { IssuePage } from './pages/issue';
import { IssuesPage } from './pages/issues';
import { LivePage } from './pages/live';
import { LoginPage } from './pages/login';
import { LogsPage } from './pages/logs';
import { NotFoundPage } from './pages/not_found';
import { OutcomesPage } from './pages/outcomes';
import { OverviewPage } from './pages/overview';
import { PageReportPage } from './pages/page_report/page_report';
import { PageViewPage } from './pages/page_view';
import { PageViewsPage } from './pages/page_views';
import { PagesPage } from './pages/pages';
import { ProjectsPage } from './pages/projects';
import { ReleasesPage } from './pages/releases';
import { SessionPage } from './pages/session';
import { SettingsPage } from './pages/settings';
import { SetupPage } from './pages/setup';
import { SlosPage } from './pages/slos';
import { SourceMapsPage } from './pages/source_maps';
import { TracePage } from './pages/trace';
import { currentLocation, matchRoutes, navigate, onLocationChange, withQuery } from './router';
import { RouteContextValue } from './ui/context';
import { Shell } from './ui/shell';
import { ErrorState, Skeleton } from './ui/states';

interface Route {
  pattern: string;
  page: ComponentType;
}

const ROUTES: readonly Route[] = [
  { pattern: '/accounts', page: AccountsPage },
  { pattern: '/p', page: ProjectsPage },
  { pattern: '/p/:id/overview', page: OverviewPage },
  { pattern: '/p/:id/pages', page: PagesPage },
  { pattern: '/p/:id/page', page: PageReportPage },
  { pattern: '/p/:id/page-views', page: PageViewsPage },
  { pattern: '/p/:id/logs', page: LogsPage },
  { pattern: '/p/:id/live', page: LivePage },
  { pattern: '/p/:id/slos', page: SlosPage },
  { pattern: '/p/:id/alerts', page: AlertsPage },
  { pattern: '/p/:id/setup', page: SetupPage },
  { pattern: '/p/:id/page-views/:page_view_id', page: PageViewPage },
  { pattern: '/p/:id/issues', page: IssuesPage },
  { pattern: '/p/:id/issues/:issue_id', page: IssuePage },
  { pattern: '/p/:id/events/:event_id', page: EventPage },
  { pattern: '/p/:id/traces/:trace_id', page: TracePage },
  { pattern: '/p/:id/sessions/:session_id', page: SessionPage },
  { pattern: '/p/:id/outcomes', page: OutcomesPage },
  { pattern: '/p/:id/releases', page: ReleasesPage },
  { pattern: '/p/:id/source-maps', page: SourceMapsPage },
  { pattern: '/p/:id/settings', page: SettingsPage },
];

export function App(): JSX.Element {
  const [location, setLocation] = useState(currentLocation);
  // With the links themselves, which can be followed from then on.
  useLayoutEffect(
    () =>
      onLocationChange(() => {
        const next = currentLocation();
        setLocation((old) => {
          if (old.pathname !== next.pathname) {
            document.documentElement.dataset.navigated = 'yes';
            window.scrollTo(0, 0);
          }
          return next;
        });
      }),
    [],
  );
  if (location.pathname === '/login') return <LoginPage />;
  return <SignedIn location={location} />;
}

function toLogin(): void {
  const { pathname, search } = currentLocation();
  if (pathname === '/login') return;
  const here = pathname + search;
  navigate(withQuery('/login', { next: here === '/' ? '' : here }), { replace: true });
}

function SignedIn({ location }: { location: { pathname: string; search: string } }): JSX.Element {
  useEffect(() => onUnauthorized(toLogin), []);
  const projects = useApi<Listing<Project>>('/api/v1/projects');
  const items = projects.data?.items ?? [];
  const first = items[0];
  const match = matchRoutes(ROUTES, location.pathname);
  const bare = matchRoutes([{ pattern: '/' }, { pattern: '/p/:id' }], location.pathname);
  const target = bare
    ? bare.params.id
      ? `/p/${bare.params.id}/overview`
      : first
        ? `/p/${first.id}/overview`
        : '/p'
    : null;
  const loaded = projects.data !== null;
  useEffect(() => {
    if (target && loaded) navigate(target, { replace: true });
  }, [target, loaded]);

  const params = match?.params ?? {};
  const project = items.find((p) => String(p.id) === params.id) ?? null;
  const logOut = async () => {
    await request('POST', '/api/v1/logout').catch(() => undefined);
    navigate('/login');
  };
  const PageComponent = match?.route.page ?? (target ? null : NotFoundPage);
  return (
    <RouteContextValue.Provider
      value={{ location, params, projects: items, project, reloadProjects: projects.reload }}
    >
      <Shell onLogOut={logOut}>
        {projects.error && projects.error.status !== 401 ? (
          <ErrorState error={projects.error} retry={projects.reload} />
        ) : !loaded || !PageComponent ? (
          <Skeleton rows={8} chart />
        ) : (
          // A new path is a new page: nothing of the old one's state may leak into it.
          <PageComponent key={location.pathname} />
        )}
      </Shell>
    </RouteContextValue.Provider>
  );
}
