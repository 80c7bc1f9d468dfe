/**
 * What `withScope` adds to what is captured inside it. Kept as the calls that
 * were made; the late part turns them into tags when an error is finished.
 */
import type { Scope } from '../types.ts';

export type ScopeCall = [name: string, args: unknown[]];

export const scope = { calls: [] as ScopeCall[] };

/** Runs `callback` with a scope of its own, gone when it returns. */
export function withScope<T>(callback: (scope: Scope) => T): T {
  const before = scope.calls;
  try {
    return callback(
      new Proxy({} as Scope, {
        get:
          (_, name) =>
          (...args: unknown[]) =>
            // A new list each time: errors captured before keep theirs.
            (scope.calls = [...scope.calls, [name as string, args]]),
      }),
    );
  } finally {
    scope.calls = before;
  }
}
