/** What fetch and XHR have in common: the trace's header, a span, a breadcrumb. */
import { randomHex } from '../browser/ids.ts';
import { listOf } from '../options.ts';
import { guard, run } from '../recorder.ts';
import { crumb } from './crumb.ts';
import { beginSpan, traceparent } from './span.ts';

/** By URL, not by text: "https://api.example" must not match "https://api.example.evil". */
const isTarget = ({ href, origin }: URL): boolean =>
  origin === location.origin ||
  listOf(run.$options.tracePropagationTargets).some((target) =>
    typeof target === 'string'
      ? href.startsWith(new URL(target, document.baseURI).href)
      : target.test(href),
  );

/** Gives the header to send (empty: none) and what to call at the end. */
export function beginRequest(category: string, method: string, target: string) {
  const url = new URL(target, document.baseURI);
  if (!run.$recording) return undefined;
  const spanId = randomHex(8);
  const end = beginSpan(`${method} ${url.pathname}`, 'http.client', spanId);
  return {
    $header: isTarget(url) ? traceparent(spanId) : '',
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
