/** XMLHttpRequest as spans of the page view's trace. */
import { patch } from '../browser/patch.ts';
import { guard } from '../recorder.ts';
import { beginRequest } from './request.ts';

export function watchXhr(): void {
  /** method, URL, how often somebody set a traceparent */
  const opened = new WeakMap<object, [string, string, number]>();

  const before = {
    open(xhr: XMLHttpRequest, method: unknown, url: unknown) {
      opened.set(xhr, [`${method}`.toUpperCase(), `${url}`, 0]);
    },
    setRequestHeader(xhr: XMLHttpRequest, name: unknown) {
      const info = opened.get(xhr);
      // A second one, of another tracer, would be appended to the first.
      return info && /^traceparent$/i.test(name as string) && info[2]++;
    },
    send(xhr: XMLHttpRequest) {
      const [method, url, hasHeader] = opened.get(xhr) ?? [];
      const request = method && beginRequest('xhr', method, url as string);
      if (request) {
        if (request.$header && !hasHeader) xhr.setRequestHeader('traceparent', request.$header);
        xhr.addEventListener('loadend', () => request.$end(xhr.status), { once: true });
      }
    },
  };
  for (const name of Object.keys(before) as (keyof typeof before)[]) {
    // biome-ignore lint/suspicious/noExplicitAny: the page passes anything
    const isDone = guard(before[name] as (...args: any[]) => unknown);
    patch(
      globalThis.XMLHttpRequest?.prototype,
      name,
      (original, self, args) => isDone(self, ...args) || Reflect.apply(original, self, args),
    );
  }
}
