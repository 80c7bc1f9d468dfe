import { type JSX, render } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { ApiError, request } from './api/client';
import { PROJECTS_PATH } from './api/paths';
import type { Listing, Project } from './api/types';
import { onUnauthorized, useApi } from './api/use_api';
import { currentLocation, navigate, onLocationChange, withQuery } from './router';
import { loadTheRest, type Place, placeNow, placeSoon } from './routes';
import { RouteContextValue } from './ui/context';
import { Shell } from './ui/shell';
import { ErrorState, Skeleton } from './ui/states';

/** Draws the first place when its code is there, then fetches the rest of the dashboard. */
export async function start(first: Promise<Place>): Promise<void> {
  const root = document.getElementById('app');
  if (!root) return;
  try {
    render(<App first={await first} />, root);
  } catch {
    const error = new ApiError(0, 'code_missing', 'The code of this page could not be loaded.');
    render(<ErrorState error={error} retry={() => window.location.reload()} />, root);
    return;
  }
  afterPaint(() => {
    measureOurselves();
    void loadTheRest().catch(() => undefined); // a click asks again, and says what is wrong
  });
}

/** The dashboard's own visits; not before what people came for is on the screen. */
function measureOurselves(): void {
  const script = document.createElement('script');
  script.src = '/self.js';
  document.head.append(script);
}

function afterPaint(then: () => void): void {
  requestAnimationFrame(() => setTimeout(then));
}

function App({ first }: { first: Place }): JSX.Element {
  const [place, setPlace] = useState(first);
  // With the links themselves, which can be followed from then on.
  useLayoutEffect(() => {
    let wanted = 0;
    const show = (next: Place) =>
      setPlace((old) => {
        if (old.location.pathname !== next.location.pathname) {
          document.documentElement.dataset.navigated = 'yes';
          window.scrollTo(0, 0);
        }
        return next;
      });
    const follow = () => {
      wanted += 1;
      const mine = wanted;
      const location = currentLocation();
      const now = placeNow(location);
      if (now) {
        show(now);
        return;
      }
      // Until the page's code is here the old one stays; of two clicks the last one counts.
      placeSoon(location).then(
        (next) => mine === wanted && show(next),
        // A newer version of the server has other files: its own page knows them.
        () => mine === wanted && window.location.reload(),
      );
    };
    const stop = onLocationChange(follow);
    // The address may have changed on the way here.
    if (window.location.href !== placeHref(first)) follow();
    return stop;
  }, [first]);
  if (place.location.pathname === '/login' && place.page) return <place.page />;
  return <SignedIn place={place} />;
}

function placeHref({ location }: Place): string {
  return window.location.origin + location.pathname + location.search + window.location.hash;
}

function toLogin(): void {
  const { pathname, search } = currentLocation();
  if (pathname === '/login') return;
  const here = pathname + search;
  navigate(withQuery('/login', { next: here === '/' ? '' : here }), { replace: true });
}

function SignedIn({ place }: { place: Place }): JSX.Element {
  const { location, params, page: PageComponent } = place;
  // Before the first request, whose answer may be that nobody is logged in.
  useLayoutEffect(() => onUnauthorized(toLogin), []);
  const projects = useApi<Listing<Project>>(PROJECTS_PATH);
  const items = projects.data?.items ?? [];
  const first = items[0];
  const loaded = projects.data !== null;
  const target = PageComponent
    ? null
    : params.id
      ? `/p/${params.id}/overview`
      : first
        ? `/p/${first.id}/overview`
        : '/p';
  useEffect(() => {
    if (target && loaded) navigate(target, { replace: true });
  }, [target, loaded]);

  const project = items.find((p) => String(p.id) === params.id) ?? null;
  const logOut = async () => {
    await request('POST', '/api/v1/logout').catch(() => undefined);
    navigate('/login');
  };
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
