import { useCallback, useLayoutEffect, useState } from 'preact/hooks';
import { ApiError, request } from './client';
import { earlyAnswer, takeEarly } from './early';

export interface ApiState<T> {
  data: T | null;
  error: ApiError | null;
  /** True while a request is under way; `data` may still hold the previous answer. */
  loading: boolean;
  reload: () => void;
  /** Puts an answer in place without a request, as after a PATCH that returned it. */
  replace: (data: T) => void;
}

interface Asked<T> {
  path: string | null;
  data: T | null;
  error: ApiError | null;
  loading: boolean;
}

const unauthorizedListeners = new Set<() => void>();

/** Calls back whenever any request is answered with 401. Returns the way to stop. */
export function onUnauthorized(listener: () => void): () => void {
  unauthorizedListeners.add(listener);
  return () => unauthorizedListeners.delete(listener);
}

/**
 * GETs `path` and again whenever it changes; null waits. The answer of an older
 * path never overwrites that of a newer one. `keep` says whether the previous
 * answer may stay on screen while the next one loads (same page, other filter).
 */
export function useApi<T>(path: string | null, keep = true): ApiState<T> {
  const [state, setState] = useState<Asked<T>>(() => {
    const answer = path === null ? undefined : earlyAnswer(path);
    const data = answer ? (answer.data as T) : null;
    return { path, data, error: null, loading: path !== null && !answer };
  });
  const [attempt, setAttempt] = useState(0);

  // Not after the paint, as an effect would: that is a frame later on a slow machine.
  useLayoutEffect(() => {
    if (path === null) return;
    const early = takeEarly(path);
    if (early?.answer) {
      const data = early.answer.data as T;
      setState((old) =>
        old.path === path && old.data === data ? old : { path, data, error: null, loading: false },
      );
      return;
    }
    const controller = new AbortController();
    setState((old) =>
      old.path === path && old.loading
        ? old
        : { path, data: keep ? old.data : null, error: null, loading: true },
    );
    (early?.promise ?? request('GET', path, { signal: controller.signal })).then(
      (data) => {
        if (!controller.signal.aborted) {
          setState({ path, data: data as T, error: null, loading: false });
        }
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const apiError =
          error instanceof ApiError ? error : new ApiError(0, 'unexpected', String(error));
        if (apiError.status === 401) for (const listener of unauthorizedListeners) listener();
        setState({ path, data: null, error: apiError, loading: false });
      },
    );
    return () => controller.abort();
  }, [path, attempt, keep]);

  const reload = useCallback(() => setAttempt((n) => n + 1), []);
  const replace = useCallback(
    (data: T) => setState((old) => ({ ...old, data, error: null, loading: false })),
    [],
  );
  const fresh = state.path === path || (keep && state.data !== null);
  return {
    data: fresh ? state.data : null,
    error: state.path === path ? state.error : null,
    loading: path !== null && (state.loading || state.path !== path),
    reload,
    replace,
  };
}
