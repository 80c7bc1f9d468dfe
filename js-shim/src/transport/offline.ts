/**
 * Bodies that could not be sent, in IndexedDB, for this page or the site's next
 * one to send. A beacon keeps its id, so one sent twice counts once.
 */
import type { Beacon } from '../core/bridge.ts';

/** The newest of them are kept. */
const MAX_BODIES = 20;
const MAX_BYTES = 100_000;
const MAX_AGE_MS = 24 * 3_600_000;

export type Body = Beacon | string;
export interface Kept {
  id?: number;
  body: Body;
  madeAtUnixMs: number;
}

function withStore<T>(work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('pagewake', 1);
    opening.onupgradeneeded = () =>
      opening.result.createObjectStore('bodies', { keyPath: 'id', autoIncrement: true });
    opening.onerror = reject;
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction('bodies', 'readwrite');
      const request = work(transaction.objectStore('bodies'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = reject;
      // Takes effect after the transaction. An open one may keep the page from
      // the back-forward cache.
      database.close();
    };
  });
}

// Says that there is something: a visitor who was never offline gets no database.
const KEY = 'pagewake.kept';

export const mayHaveKept = (): boolean => {
  try {
    return !!localStorage[KEY];
  } catch {
    return false;
  }
};

/** Rejects where there is no IndexedDB, as in some private windows. */
export const keep = (kept: Kept): Promise<unknown> =>
  withStore((store) => {
    localStorage[KEY] = 1;
    const adding = store.add(kept);
    adding.onsuccess = () =>
      store.delete(IDBKeyRange.upperBound((adding.result as number) - MAX_BODIES));
    return adding;
  });

export const isKeepable = (body: Body): boolean => body.length < MAX_BYTES;

/**
 * Sends what is kept, oldest first, until `send` says that one did not arrive.
 * What is too old to be of use goes unsent.
 */
export async function resend(send: (kept: Kept) => Promise<boolean>): Promise<void> {
  for (const kept of await withStore<Kept[]>((store) => store.getAll())) {
    const isOld = Date.now() - kept.madeAtUnixMs > MAX_AGE_MS;
    if (!isOld && !(await send(kept))) return;
    await withStore((store) => store.delete(kept.id as number));
  }
  localStorage.removeItem(KEY);
}

export const forgetKept = (): Promise<unknown> =>
  withStore((store) => {
    localStorage.removeItem(KEY);
    return store.clear();
  });
