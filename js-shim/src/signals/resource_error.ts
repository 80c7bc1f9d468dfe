/** Images, scripts and styles that did not load: a breadcrumb, and an event of its own. */
import type { Tools } from '../core/late_tools.ts';

/** The early part hears of it: the browser tells a late comer nothing. */
export function resourceFailed(
  { $crumb: crumb, $capture: capture, $run: run, $isOwn: isOwn }: Tools,
  element: Element,
): void {
  const { src, href, localName } = element as Element & { src?: string; href?: string };
  const url = src || href;
  // An `<img>` without an address fails as well.
  if (!url || isOwn(url)) return;
  crumb('default', 'resource.error', 'error', run.$selector(element), { url });
  capture('resource', false, [], undefined, `<${localName}> did not load: ${url}`, 'warning');
}
