/** The SDK's public types. `index.d.ts` of the npm package is made from this file. */

/** Milliseconds; `performance.now()`-like unless the name says otherwise. */
export type Millis = number;

export type Level = 'fatal' | 'error' | 'warning' | 'info' | 'debug';
export type Consent = 'granted' | 'denied';
export type Primitive = string | number | boolean | null | undefined;

export interface Options {
  /** `{http|https}://{public_key}@{host}[:{port}]/{project_id}`. Empty: the SDK is off. */
  dsn?: string;
  /** Version of the site, for regressions and source maps. */
  release?: string;
  /** Default `production`. */
  environment?: string;
  /** Share of sessions whose page views are kept, 0 to 1. Default 1. */
  sampleRate?: number;
  /** Share of traces whose spans are kept, 0 to 1. Default 1. */
  tracesSampleRate?: number;
  /** Share of errors that are kept, 0 to 1. Default 1. */
  errorSampleRate?: number;
  /** Keep slow page views of sessions that `sampleRate` leaves out, marked as such. Default true. */
  keepSlow?: boolean;
  /**
   * Who gets a `traceparent` besides the page's own origin: a text is a URL
   * prefix (a bare origin matches that origin only), a RegExp is tried on the whole URL.
   */
  tracePropagationTargets?: (string | RegExp)[];
  /** Default false: of `setUser` only the id is sent. */
  sendDefaultPii?: boolean;
  /** Default true: nothing is recorded under Global Privacy Control. */
  respectGpc?: boolean;
  /** Default `granted`. While `denied` nothing is sent and nothing stored. */
  consent?: Consent;
  /** Default `session`: the session's id lives in sessionStorage. `none`: in this document only. */
  storage?: 'session' | 'none';
  /**
   * Default true: beacons that cannot be sent wait in IndexedDB (at most 20, for a
   * day) for the next page that can. Never with `storage: 'none'`.
   */
  offlineQueue?: boolean;
  /** Default 100. */
  maxBreadcrumbs?: number;
  /** Errors whose `type: value` contains the text or matches are left out. */
  ignoreErrors?: (string | RegExp)[];
  /** Only errors from scripts whose URL matches one of these are kept. */
  allowUrls?: (string | RegExp)[];
  /** Errors from scripts whose URL matches one of these are left out. */
  denyUrls?: (string | RegExp)[];
  /** Query parameters that may leave the browser; all others are cut. */
  allowedQueryParameters?: string[];
  /** Sees every error before it is recorded; changes it, or returns null to leave it out. */
  beforeSend?: (event: ErrorEventData) => ErrorEventData | null;
  /** Sees every breadcrumb before it is recorded; changes it, or returns null to leave it out. */
  beforeBreadcrumb?: (breadcrumb: Breadcrumb) => Breadcrumb | null;
  /** Sees every page view as it starts; changes it, or returns null to leave this page view out. */
  beforeSendPageView?: (pageView: PageViewStart) => PageViewStart | null;
  /** Names a page by its route. Default: the path with its ids folded. */
  pageName?: (url: string) => string;
  /** Full URL of the beacon route, for a first-party tunnel. Default: from the DSN. */
  endpoint?: string;
  /** Folder of the SDK's own files. Default: where this script came from. */
  assetsUrl?: string;
  /** Record `console.error` calls as errors. Default false. */
  captureConsole?: boolean;
  /** Tell in the console what is wrong and what is sent. Default false. */
  debug?: boolean;
}

export interface ExceptionData {
  type: string;
  value: string;
  /** As the browser wrote it; the core parses it. */
  stack: string;
  filename: string;
  line: number;
  column: number;
}

export interface ErrorEventData {
  event_id: string;
  level: Level;
  /** Text of captureMessage; empty for an exception. */
  message: string;
  mechanism: string;
  handled: boolean;
  /** Outermost first, then its causes. */
  exceptions: ExceptionData[];
  tags: Record<string, string>;
  fingerprint: string[];
  url: string;
}

export interface Breadcrumb {
  type?: string;
  category?: string;
  level?: Level;
  message?: string;
  data?: Record<string, Primitive>;
}

export interface PageViewStart {
  url: string;
  /** The route's name; empty: the path with its ids folded. */
  page: string;
  title: string;
  referrer: string;
}

export interface User {
  id?: string | number;
  email?: string;
  username?: string;
}

export interface CaptureContext {
  level?: Level;
  tags?: Record<string, Primitive>;
  contexts?: Record<string, Record<string, Primitive>>;
  fingerprint?: string[];
}

/** What one `withScope` callback changes; gone when it returns. */
export interface Scope {
  setLevel(level: Level): void;
  setTag(key: string, value: Primitive): void;
  setTags(tags: Record<string, Primitive>): void;
  setContext(name: string, context: Record<string, Primitive> | null): void;
  setFingerprint(parts: string[]): void;
}

export interface SpanOptions {
  name: string;
  op?: string;
  attributes?: Record<string, Primitive>;
  /** Default: the span that runs now. After an `await` nobody knows which that is: say it here. */
  parentSpan?: Span;
}

export interface Span {
  readonly spanId: string;
  setAttribute(key: string, value: Primitive): void;
}

export interface Pagewake {
  init(options: Options): void;
  captureException(error: unknown, context?: CaptureContext): string;
  captureMessage(message: string, context?: CaptureContext | Level): string;
  addBreadcrumb(breadcrumb: Breadcrumb): void;
  setUser(user: User | null): void;
  setTag(key: string, value: Primitive): void;
  setTags(tags: Record<string, Primitive>): void;
  setContext(name: string, context: Record<string, Primitive> | null): void;
  withScope<T>(callback: (scope: Scope) => T): T;
  startSpan<T>(options: SpanOptions, callback: (span: Span) => T): T;
  setPage(name: string): void;
  startPageView(name?: string): void;
  mark(name: string): void;
  setConsent(consent: Consent): void;
  getTraceparent(): string;
  lastEventId(): string;
  /** Resolves to whether everything recorded so far reached the server in time. */
  flush(timeoutMs?: number): Promise<boolean>;
  close(): Promise<boolean>;
}

/** One fact for the core: kind, time, then numbers and texts (wasm-sdk/docs/signals.md). */
export type Field = string | number | boolean | null | undefined;
export type Signal = [kind: string, t: Millis, ...fields: Field[]];
