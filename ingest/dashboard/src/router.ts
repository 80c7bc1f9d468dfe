/** Real URLs, no library: patterns, the current location, and navigation. */

export type Params = Record<string, string>;

/** Params of `pathname` under `pattern` ("/p/:id/pages"), or null where it does not fit. */
export function matchPath(pattern: string, pathname: string): Params | null {
  const want = pattern.split('/').filter(Boolean);
  const have = pathname.split('/').filter(Boolean);
  if (want.length !== have.length) return null;
  const params: Params = {};
  for (const [i, part] of want.entries()) {
    const value = have[i] ?? '';
    if (part.startsWith(':')) {
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null; // "%zz": no route has such a name
      }
    } else if (part !== value) {
      return null;
    }
  }
  return params;
}

/** The first route that fits, with its params. */
export function matchRoutes<R extends { pattern: string }>(
  routes: readonly R[],
  pathname: string,
): { route: R; params: Params } | null {
  for (const route of routes) {
    const params = matchPath(route.pattern, pathname);
    if (params) return { route, params };
  }
  return null;
}

/** `path` with the query parameters that are neither empty nor undefined. */
export function withQuery(
  path: string,
  query: Record<string, string | number | null | undefined>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** `search` with some parameters changed; "" or null takes one out. */
export function changeQuery(
  search: string,
  changes: Record<string, string | null | undefined>,
): string {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/**
 * Where to go after login: a path of this site, or "/". "//host" and "/\host"
 * would leave the site, which makes a login page an open redirect.
 */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/';
}

export interface Location {
  pathname: string;
  search: string;
}

const listeners = new Set<() => void>();

export function currentLocation(): Location {
  return { pathname: window.location.pathname, search: window.location.search };
}

export function onLocationChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) window.history.replaceState(null, '', to);
  else window.history.pushState(null, '', to);
  tell();
}

/** Changes the query of the current page; one history entry unless `replace`. */
export function setQuery(
  changes: Record<string, string | null | undefined>,
  options: { replace?: boolean } = {},
): void {
  const { pathname, search } = currentLocation();
  navigate(pathname + changeQuery(search, changes), options);
}

/** Makes plain same-origin <a href> navigate without a reload, and Back work. */
export function startRouter(): void {
  window.addEventListener('popstate', tell);
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = (event.target as Element | null)?.closest?.('a');
    if (!anchor?.href || anchor.target || anchor.hasAttribute('download')) return;
    const url = new URL(anchor.href);
    if (url.origin !== window.location.origin || url.pathname.startsWith('/api/')) return;
    if (anchor.getAttribute('href')?.startsWith('#')) return;
    event.preventDefault();
    navigate(url.pathname + url.search);
  });
}
