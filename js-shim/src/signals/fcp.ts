/** First contentful paint. */
import type { Tools } from '../core/late_tools.ts';

export function watchFcp({ observe, $record: record, $now: now }: Tools): void {
  observe('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') record('paint', now(), startTime);
  });
}
