import { run } from '../recorder.ts';
import { randomHex } from './ids.ts';

const KEY = 'pagewake';
const IDLE_MS = 30 * 60_000;

let id = '';

/**
 * The session's id; a new one after 30 minutes without activity, of which each
 * call is some. Nothing is stored without consent or with storage 'none': then
 * the session is this document's.
 */
export function touchSession(): string {
  try {
    if (run.$allowed && run.$options.storage !== 'none') {
      const [stored, seenAt] = `${sessionStorage[KEY]}`.split('.');
      id ||= Date.now() - +(seenAt as string) < IDLE_MS ? (stored as string) : randomHex(16);
      sessionStorage[KEY] = `${id}.${Date.now()}`;
    }
  } catch {
    // Storage is forbidden here (sandboxed frame, a browser's setting) or full.
  }
  id ||= randomHex(16);
  return id;
}
