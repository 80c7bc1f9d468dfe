/** fetch() calls as spans of the page view's trace. */
import { patch } from '../browser/patch.ts';
import { guard } from '../recorder.ts';
import { beginRequest } from './request.ts';
import { settled } from './span.ts';

export function watchFetch(): void {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the page passed
  const begin = guard((args: any[]) => {
    const [input, init] = args;
    const asked: Partial<Request> = input instanceof Request ? input : {};
    const headers = new Headers(init?.headers || asked.headers);
    const request = beginRequest(
      'fetch',
      `${init?.method || asked.method || 'GET'}`.toUpperCase(),
      asked.url ?? input,
      headers,
    );
    for (const header of request?.$headers ?? []) {
      headers.set(...header);
      // The caller's object stays as it is. Its own fields as own fields,
      // for other wrappers copy and assign them; the rest inherited.
      args[1] = { ...init, __proto__: init, headers };
    }
    return request;
  });
  patch(globalThis, 'fetch', (original, self, given) => {
    const args = [...given];
    const request = begin(args);
    const promise = Reflect.apply(original, self, args) as Promise<Response>;
    // The page gets the derived promise: whether anybody handles a rejection
    // stays visible to `unhandledrejection`.
    return request && promise instanceof Promise
      ? settled(promise, (response, error) =>
          // Of another origin's answer in mode no-cors the status is withheld.
          request.$end(response ? response.status || 200 : 0, error?.name),
        )
      : promise;
  });
}
