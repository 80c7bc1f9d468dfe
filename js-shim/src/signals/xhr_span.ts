/** XMLHttpRequest as spans of the page view's trace. */
import { patch } from '../browser/patch.ts';
import { guard } from '../recorder.ts';
import { beginRequest } from './request.ts';

export function watchXhr(): void {
  /** method, URL, has a traceparent of its own */
  const opened = new WeakMap<object, [string, string, boolean]>();

  const before = {
    open(xhr: XMLHttpRequest, method: unknown, url: unknown) {
      opened.set(xhr, [`${method}`.toUpperCase(), `${url}`, false]);
    },
    setRequestHeader(xhr: XMLHttpRequest, name: unknown) {
      const info = opened.get(xhr);
      if (info && /^traceparent$/i.test(name as string)) info[2] = true;
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
    const work = guard(before[name] as (...args: any[]) => void);
    patch(globalThis.XMLHttpRequest?.prototype, name, (original, self, args) => {
      work(self, ...args);
      return Reflect.apply(original, self, args);
    });
  }
}
