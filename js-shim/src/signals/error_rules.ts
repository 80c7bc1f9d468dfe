/** The site's rules for errors and breadcrumbs, and an error's tags: for new ones and those from before we came. */
import { isSampled } from '../browser/ids.ts';
import type { Tools } from '../core/late_tools.ts';
import { listOf, rateOf } from '../options.ts';
import type {
  Breadcrumb,
  CaptureContext,
  ErrorEventData,
  ExceptionData,
  Field,
  Level,
  Primitive,
  Signal,
} from '../types.ts';
import type { Unfinished } from './capture.ts';
import { makeRepeats } from './error_repeats.ts';
import type { ScopeCall } from './scope.ts';

// base/drop_reason.h
const SAMPLED = 13;
const IGNORED = 15;
const REPEATED = 16;

// Places in the `error` signal (wasm-sdk/docs/signals.md).
const EVENT_ID = 2;
const LEVEL = 5;
const EXCEPTIONS = 10;
const EXCEPTION_FIELDS = 6;

type Scope = Required<CaptureContext>;

const matches = (rules: readonly (string | RegExp)[], text: string): boolean =>
  rules.some((rule) => (typeof rule === 'string' ? text.includes(rule) : rule.test(text)));

/**
 * Debug ids of the scripts in the stacks, as the core reads them: count, then id
 * and URL. Bundler plugins put them on the global object, by a stack of the
 * script itself: the first URL in it is the script's.
 */
function debugIds(exceptions: ExceptionData[]): Field[] {
  const { _sentryDebugIds: ids } = globalThis as { _sentryDebugIds?: Record<string, string> };
  const found: Field[] = [];
  for (const [stack, id] of Object.entries(ids ?? {})) {
    const url = /\w+:\/\/\S+?(?=:\d+(:\d+)?\)?$)/m.exec(stack)?.[0];
    if (url && exceptions.some((e) => e.stack.includes(url) || e.filename === url)) {
      found.push(id, url);
    }
  }
  return found.length > 0 ? [found.length / 2, ...found] : found;
}

export class ErrorRules {
  #tools: Tools;
  #isRepeated: (event: ErrorEventData) => boolean;
  /** Of setTag, setTags and setContext. */
  readonly scope: Scope = { level: 'error', tags: {}, contexts: {}, fingerprint: [] };

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#isRepeated = makeRepeats(tools);
  }

  /** One call that changes a scope. */
  $apply([name, args]: ScopeCall, scope: Scope = this.scope): void {
    const [first, second] = args as [never, never];
    if (name === 'setTag') scope.tags = { ...scope.tags, [first]: second };
    else if (name === 'setTags') scope.tags = { ...scope.tags, ...(first as object) };
    else if (name === 'setContext') scope.contexts = { ...scope.contexts, [first]: second ?? {} };
    else if (name === 'setLevel') scope.level = first;
    else if (name === 'setFingerprint') scope.fingerprint = first;
  }

  /**
   * Turns an error signal as the early part left it into what the core reads,
   * in place, or takes it out of the queue.
   */
  $finish(signal: Signal): void {
    const { $queue: queue, $guard: guard, $record: record, $now: now, $run: run } = this.#tools;
    const unfinished = signal.at(-1) as Unfinished | Field;
    if (Object(unfinished) !== unfinished) return;
    const verdict = guard(() => this.#finished(signal, unfinished as Unfinished))() ?? IGNORED;
    if (Array.isArray(verdict)) {
      signal.splice(EVENT_ID, signal.length, ...verdict);
      run.$held = false;
    } else if (verdict === REPEATED) {
      // Without an id it only counts.
      signal[EVENT_ID] = '';
      signal.length = LEVEL + 1;
      run.$held = false;
    } else {
      const at = queue.indexOf(signal);
      if (at >= 0) queue.splice(at, 1);
      record('drop', now(), verdict, 1);
    }
  }

  /** Fields from the event id on, or the reason to drop it. */
  #finished(signal: Signal, { $context, $scope }: Unfinished): Field[] | number {
    const { $run: run, $view: view, $pairs: pairs } = this.#tools;
    const { beforeSend, errorSampleRate, ignoreErrors, allowUrls, denyUrls } = run.$options;
    const scope = { ...this.scope };
    for (const call of $scope) this.$apply(call, scope);
    const context: CaptureContext =
      typeof $context === 'string' ? { level: $context } : ($context ?? {});

    const [, , event_id, mechanism, handled, level, message, url, spanId] =
      signal as unknown as string[];
    const exceptions: ExceptionData[] = [];
    for (let at = EXCEPTIONS; at + EXCEPTION_FIELDS < signal.length; at += EXCEPTION_FIELDS) {
      const [type, value, stack, filename, line, column] = signal.slice(at) as never[];
      exceptions.push({ type, value, stack, filename, line, column } as never as ExceptionData);
    }
    const tags: Record<string, Primitive> = { ...scope.tags, ...context.tags };
    for (const [name, values] of Object.entries({ ...scope.contexts, ...context.contexts })) {
      for (const [key, value] of Object.entries(values)) tags[`${name}.${key}`] ??= value;
    }
    let event: ErrorEventData | null = {
      event_id: event_id as string,
      mechanism: mechanism as string,
      handled: !!handled,
      level: context.level ?? (scope.level !== 'error' ? scope.level : (level as Level)),
      message: message as string,
      exceptions,
      tags: tags as Record<string, string>,
      fingerprint: context.fingerprint ?? scope.fingerprint,
      url: url as string,
    };

    const [first] = exceptions;
    const script = first?.filename || /\b\w{1,32}:\/\/[^\s)]+/.exec(first?.stack ?? '')?.[0] || '';
    const allowed = listOf(allowUrls);
    if (
      matches(listOf(ignoreErrors), first ? `${first.type}: ${first.value}` : event.message) ||
      (script && matches(listOf(denyUrls), script)) ||
      (script && allowed.length > 0 && !matches(allowed, script))
    ) {
      return IGNORED;
    }
    if (!isSampled(view.$traceId, rateOf(errorSampleRate))) return SAMPLED;
    if (this.#isRepeated(event)) return REPEATED;
    if (beforeSend) event = beforeSend(event);
    if (!event) return IGNORED;
    return [
      event.event_id,
      event.mechanism,
      +event.handled,
      event.level,
      event.message,
      event.url,
      spanId,
      event.exceptions.length,
      ...event.exceptions.flatMap((e) => [e.type, e.value, e.stack, e.filename, e.line, e.column]),
      ...pairs(event.tags),
      event.fingerprint.length,
      ...event.fingerprint.map(String),
      ...debugIds(event.exceptions),
    ];
  }

  /** A breadcrumb through the site's own rule; in place, or out of the queue. */
  $finishCrumb(signal: Signal): void {
    const { $queue: queue, $guard: guard, $run: run, $pairs: pairs } = this.#tools;
    const { beforeBreadcrumb } = run.$options;
    if (!beforeBreadcrumb) return;
    const [, , type, category, level, message, , ...rest] = signal as string[];
    const data: Record<string, Primitive> = {};
    for (let i = 0; i < rest.length; i += 2) data[rest[i] as string] = rest[i + 1];
    const kept = guard(beforeBreadcrumb)({
      type,
      category,
      level: level as Level,
      message,
      data,
    } as Breadcrumb);
    if (kept) {
      const { type, category, level, message, data } = kept;
      signal.splice(2, signal.length, type, category, level, message, ...pairs(data));
    } else {
      const at = queue.indexOf(signal);
      if (at >= 0) queue.splice(at, 1);
    }
  }
}
