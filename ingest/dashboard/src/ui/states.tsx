import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../api/client';
import type { ApiState } from '../api/use_api';
import { Icon } from './icons';
import { Card } from './parts';

export function Skeleton({
  rows = 6,
  chart = false,
}: {
  rows?: number;
  chart?: boolean;
}): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {chart && <div class="skeleton-block" />}
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} class={`skeleton-line w${(i * 7) % 4}`} />
      ))}
    </div>
  );
}

/**
 * What stands below the first screen: drawn when the first screen has been, so
 * that nobody waits for what they have not scrolled to.
 */
export function Later({ children }: { children: ComponentChildren }): ComponentChildren {
  return usePainted() ? children : <div aria-busy="true" />;
}

/** Whether what was drawn at first has been on the screen. */
export function usePainted(): boolean {
  const [isPainted, setIsPainted] = useState(false);
  useEffect(() => setIsPainted(true), []);
  return isPainted;
}

/** Where a card with a table or a list will stand. */
export function CardSkeleton({ rows }: { rows: number }): JSX.Element {
  return (
    <Card>
      <Skeleton rows={rows} />
    </Card>
  );
}

export function Empty({
  title,
  children,
}: {
  title: string;
  children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty">
      <svg class="empty-art" viewBox="0 0 96 40" width="96" height="40" aria-hidden="true">
        <path d="M4 28c9 0 9-10 18-10s9 10 18 10 9-10 18-10 9 10 18 10 9-10 16-10" />
        <path class="far" d="M20 12c7 0 7-7 14-7s7 7 14 7 7-7 14-7 7 7 14 7" />
      </svg>
      <h2>{title}</h2>
      {children && <div class="empty-text">{children}</div>}
    </div>
  );
}

export function ErrorState({
  error,
  retry,
}: {
  error: ApiError;
  retry?: (() => void) | undefined;
}): JSX.Element {
  const gone = error.status === 404;
  return (
    <div class="error-state" role="alert">
      <Icon name="issues" />
      <div>
        <h2>{gone ? 'Not found' : 'This did not work'}</h2>
        <p>{error.message}</p>
        <p class="muted small">
          {error.status > 0 ? `Status ${error.status}, ` : ''}code <code>{error.code}</code>
          {gone ? '. It may be older than the retention, or the address is wrong.' : ''}
        </p>
        {retry && !gone && (
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** Skeleton, error or the thing itself; the previous answer stays, dimmed, while the next loads. */
export function Loaded<T>({
  state,
  skeleton,
  children,
}: {
  state: ApiState<T>;
  skeleton?: JSX.Element;
  children: (data: T) => ComponentChildren;
}): JSX.Element {
  if (state.error) return <ErrorState error={state.error} retry={state.reload} />;
  if (state.data === null) return skeleton ?? <Skeleton />;
  return (
    <div class={state.loading ? 'refreshing' : 'settled'} aria-busy={state.loading}>
      {children(state.data)}
    </div>
  );
}
