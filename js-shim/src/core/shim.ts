/**
 * What the early part hands to the late one. They are two files, so that the
 * first stays small; everything with state exists once, in the early one. What
 * has none the late one imports itself.
 */
import { touchSession } from '../browser/session.ts';
import { calls, guard, log, now, on, queue, record, run } from '../recorder.ts';
import { capture, exceptionsOf } from '../signals/capture.ts';
import { crumb } from '../signals/crumb.ts';
import { recordEvent } from '../signals/inp.ts';
import { recordInit, startView, view } from '../signals/page_view.ts';
import { beginSpan, pairs, settled } from '../signals/span.ts';
import { rawLog } from '../transport/early_log.ts';
import { realFetch } from '../transport/early_send.ts';

export const shim = {
  $beginSpan: beginSpan,
  $calls: calls,
  $capture: capture,
  $exceptionsOf: exceptionsOf,
  $crumb: crumb,
  $guard: guard,
  $log: log,
  $now: now,
  $on: on,
  $pairs: pairs,
  $queue: queue,
  $rawLog: rawLog,
  $realFetch: realFetch,
  $record: record,
  $recordEvent: recordEvent,
  $recordInit: recordInit,
  $run: run,
  $settled: settled,
  $startView: startView,
  $touchSession: touchSession,
  $view: view,
};
export type Shim = typeof shim;
