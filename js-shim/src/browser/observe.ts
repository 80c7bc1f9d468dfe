import type { Shim } from '../core/shim.ts';

export interface Observers {
  /**
   * Calls `each` for every entry of a type, from before our arrival too.
   * Returns whether this browser reports the type at all.
   */
  observe<E extends PerformanceEntry>(type: string, each: (entry: E) => void): boolean;
  /** The types asked for that this browser does not have. */
  lacks: string[];
  /** Takes what the browser has measured but not delivered: before each upload. */
  drain(): void;
}

export function makeObservers({ $guard: guard }: Shim): Observers {
  const lacks: string[] = [];
  const drains: (() => void)[] = [];
  return {
    lacks,
    observe(type, each) {
      if (!globalThis.PerformanceObserver?.supportedEntryTypes?.includes(type)) {
        lacks.push(type);
        return false;
      }
      const one = guard(each as (entry: PerformanceEntry) => void);
      const take = (entries: PerformanceEntryList) => {
        for (const entry of entries) one(entry);
      };
      const observer = new PerformanceObserver((list) => take(list.getEntries()));
      observer.observe({ type, buffered: true });
      drains.push(() => take(observer.takeRecords()));
      return true;
    },
    drain() {
      for (const drain of drains) drain();
    },
  };
}
