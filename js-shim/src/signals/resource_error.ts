/** Images, scripts and styles that did not load: a breadcrumb, for the error that often follows. */
import type { Tools } from '../core/late_tools.ts';

export function watchResourceErrors({ $on: on, $crumb: crumb, $run: run }: Tools): void {
  on('error', ({ target }) => {
    if (target instanceof Element) {
      const { src, href } = target as Element & { src?: string; href?: string };
      crumb('default', 'resource.error', 'error', run.$selector(target), { url: src || href });
    }
  });
}
