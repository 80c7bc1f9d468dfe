/** What fetch and XHR have in common: the trace's header, a span, a breadcrumb. */
import { randomHex } from '../browser/ids.ts';
import { listOf } from '../options.ts';
import { guard, run } from '../recorder.ts';
import { crumb } from './crumb.ts';
import { view } from './page_view.ts';
import { beginSpan, traceparent } from './span.ts';
import type { Header } from './trace_context.ts';

/** By URL, not by text: "https://api.example" must not match "https://api.example.evil". */
const isTarget = ({ href, origin }: URL): boolean =>
  origin === location.origin ||
  listOf(run.$options.tracePropagationTargets).some((target) =>
    typeof target === 'string'
      ? href.startsWith(new URL(target, document.baseURI).href)
      : target.test(href),
  );

/**
 * `headers` are the page's own. Gives those to send besides, for who traces a
 * request itself hands on what belongs to it, and what to call at the end.
 */
export function beginRequest(category: string, method: string, target: string, headers: Headers) {
  const url = new URL(target, document.baseURI);
  if (!run.$recording) return undefined;
  const spanId = randomHex(8);
  const end = beginSpan(`${method} ${url.pathname}`, 'http.client', spanId);
  return {
    $headers:
      isTarget(url) && !headers.has('traceparent')
        ? ([['traceparent', traceparent(spanId)], ...view.$headers] as Header[]).filter(
            // What no header can hold would make an error of the page's own request.
            ([name, value]) => /^[ -~]+$/.test(value) && !headers.has(name),
          )
        : [],
    $end: guard((status: number, error?: string) => {
      const failed = !status || status > 499;
      end(
        { 'http.request.method': method, 'url.full': url.href, 'error.type': error },
        failed,
        status,
      );
      crumb('http', category, failed ? 'error' : 'info', '', {
        method,
        url: url.href,
        status_code: status || '',
      });
    }),
  };
}
