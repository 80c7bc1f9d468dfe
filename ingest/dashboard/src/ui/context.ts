import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Project } from '../api/types';
import { keepSelection, readSelection } from '../model/filters';
import type { Location, Params } from '../router';

export interface RouteContext {
  location: Location;
  params: Params;
  projects: Project[];
  project: Project | null;
  reloadProjects: () => void;
}

export const RouteContextValue = createContext<RouteContext>({
  location: { pathname: '/', search: '' },
  params: {},
  projects: [],
  project: null,
  reloadProjects: () => {},
});

export function useRoute(): RouteContext {
  return useContext(RouteContextValue);
}

export function useQueryParam(name: string): string | null {
  return new URLSearchParams(useRoute().location.search).get(name);
}

/** "/p/1" + rest of the project in the URL, with the time range and filters that hold here. */
export function useProjectHref(): (rest: string) => string {
  const { params, location } = useRoute();
  const selection = readSelection(location.search);
  return (rest) => keepSelection(`/p/${params.id ?? ''}${rest}`, selection);
}
