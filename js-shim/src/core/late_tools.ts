import type { Observers } from '../browser/observe.ts';
import type { Shim } from './shim.ts';

/** What a late signal file works with. */
export type Tools = Shim &
  Observers & {
    /** Writes what the browser knows but has not said yet. */
    $measure(): void;
    /** This page view is slow: it is kept although its session is not sampled. */
    keepSlow(): void;
    /** Our own uploads and files leave no trace in what we record. */
    $isOwn(url: string): boolean;
  };
