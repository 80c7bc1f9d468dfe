/** One error again and again in a session: the first few are told whole, of the rest only that there were more. */
import type { Tools } from '../core/late_tools.ts';
import type { ErrorEventData } from '../types.ts';

// base/limits.h
const SAME = 5;
const KEY = 'pagewake.errors';
/** Hashes of the latest few hundred. */
const MAX_STORED = 4_000;

/** What the server groups by, near enough: the fingerprint, else types and frames without places, else texts without numbers. */
const groupOf = ({ fingerprint, exceptions, message }: ErrorEventData): string =>
  (
    `${fingerprint}` ||
    // A stack of V8 begins with the text.
    exceptions.map(({ type, value, stack }) => type + (stack.replace(value, '') || value)) + message
  ).replace(/\d+/g, '');

/** Tells of each error whether the session had enough of its kind. Only hashes are stored. */
export function makeRepeats({ $run: run, $touchSession: session }: Tools) {
  let seen = '';
  // The same as long as the document lives, and asking writes to the storage.
  let of = '';
  return (event: ErrorEventData): boolean => {
    let hash = 0;
    of ||= session();
    const group = of + groupOf(event);
    // What is newest in a stack comes first, and tells kinds apart.
    for (let i = 0; i < 999 && i < group.length; i++) {
      hash = (hash * 31 + group.charCodeAt(i)) | 0;
    }
    const mark = `${hash};`;
    const isStored = run.$allowed && run.$options.storage !== 'none';
    try {
      if (isStored) seen = sessionStorage[KEY] || seen;
    } catch {}
    if (` ${seen}`.split(mark).length > SAME) return true;
    seen = (seen + mark).slice(-MAX_STORED);
    try {
      if (isStored) sessionStorage[KEY] = seen;
    } catch {}
    return false;
  };
}
