/** XMLHttpRequest as spans of the page view's trace. */
import { patch } from '../browser/patch.ts';
import { guard } from '../recorder.ts';
import { beginRequest } from './request.ts';

export function watchXhr(): void {
  /** method, URL, headers that somebody set */
  const opened = new WeakMap<object, [string, string, Headers]>();

  const before = {
    open(xhr: XMLHttpRequest, method: unknown, url: unknown) {
      opened.set(xhr, [`${method}`.toUpperCase(), `${url}`, new Headers()]);
    },
    setRequestHeader(xhr: XMLHttpRequest, name: string, value: string) {
      const headers = opened.get(xhr)?.[2];
      // A second one, of another tracer, would be appended to the first.
      const isSecond = /^traceparent$/i.test(name) && headers?.has(name);
      headers?.set(name, value);
      return isSecond;
    },
    send(xhr: XMLHttpRequest) {
      const info = opened.get(xhr);
      const request = info && beginRequest('xhr', ...info);
      if (request) {
        for (const header of request.$headers) xhr.setRequestHeader(...header);
        xhr.addEventListener('loadend', () => request.$end(xhr.status), { once: true });
      }
    },
  };
  for (const name of Object.keys(before) as (keyof typeof before)[]) {
    // biome-ignore lint/suspicious/noExplicitAny: the page passes anything
    const isDone = guard(before[name] as (...args: any[]) => unknown);
    patch(
      XMLHttpRequest.prototype,
      name,
      (original, self, args) => isDone(self, ...args) || Reflect.apply(original, self, args),
    );
  }
}
