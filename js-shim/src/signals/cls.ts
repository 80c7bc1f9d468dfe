/** Every layout shift with the selector of its first source; the core makes windows of them. */
import type { Tools } from '../core/late_tools.ts';

interface ShiftEntry extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources?: { node: Node | null }[];
}

export const watchCls = ({ observe, $record: record, $now: now, $run: run }: Tools): void => {
  observe('layout-shift', ({ startTime, value, hadRecentInput, sources = [] }: ShiftEntry) => {
    // The source web-vitals names: the first element, else whatever comes first.
    const source = sources.find(({ node }) => node?.nodeType === 1) ?? sources[0];
    record('shift', now(), startTime, value, +hadRecentInput, run.$selector(source?.node));
  });
};
