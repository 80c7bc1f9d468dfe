/** W3C trace context, level 2: the server's, which made this page. */
import { navigationEntry } from '../browser/navigation_entry.ts';
import { now } from '../recorder.ts';

// HTML older than this was made for somebody else: by a cache, or for an
// earlier visit that the browser kept.
const MAX_AGE_MS = 120_000;

/** [trace id, span id, flags]; empty where the text is no traceparent. Version 00 has nothing after its flags. */
export const parseTraceparent = (text = ''): string[] =>
  /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?![^-])/
    .exec(text.trim())
    ?.slice(1) ?? [];

const metaOf = (name: string): string | undefined =>
  document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content;

/** The trace of the request that made this HTML, if it was made for this visit. */
export function serverTrace(): string[] {
  const entry = navigationEntry();
  return entry &&
    (now() - entry.responseStart > MAX_AGE_MS || (!entry.transferSize && entry.decodedBodySize))
    ? []
    : parseTraceparent(
        metaOf('traceparent') ||
          entry?.serverTiming?.find(({ name }) => name === 'traceparent')?.description,
      );
}

export type Header = [name: string, value: string];

/** What the server wants handed on along with its trace; empty values where it says nothing. */
export const traceHeaders = (): Header[] =>
  ['tracestate', 'baggage'].map((name) => [name, metaOf(name) || '']);
