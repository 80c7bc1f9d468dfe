import { useEffect, useState } from 'preact/hooks';
import { ApiError, request } from './client';

/**
 * GETs `path` again `every_ms` after each answer, while the tab is to be seen;
 * null waits. An error is kept until the next good answer.
 */
export function usePolled<T>(
  path: string | null,
  every_ms: number,
): { data: T | null; error: ApiError | null } {
  const [state, setState] = useState<{ data: T | null; error: ApiError | null }>({
    data: null,
    error: null,
  });
  useEffect(() => {
    if (path === null) return;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const data = (await request('GET', path, { signal: controller.signal })) as T;
        if (!controller.signal.aborted) setState({ data, error: null });
      } catch (error) {
        if (controller.signal.aborted) return;
        const known =
          error instanceof ApiError ? error : new ApiError(0, 'unexpected', String(error));
        setState((old) => ({ ...old, error: known }));
      }
      later();
    };
    const later = () => {
      clearTimeout(timer);
      if (!document.hidden) timer = setTimeout(ask, every_ms);
    };
    const onVisibility = () => (document.hidden ? clearTimeout(timer) : ask());
    document.addEventListener('visibilitychange', onVisibility);
    ask();
    return () => {
      controller.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [path, every_ms]);
  return state;
}
