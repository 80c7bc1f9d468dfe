import { request } from './client';

/**
 * What a page will ask first, asked while its code is still on the way: the
 * address says it already. Whoever asks for the same path then gets this answer,
 * once.
 */
interface Early {
  promise: Promise<unknown>;
  /** There as soon as the answer is: the page is then drawn whole at once. */
  answer?: { data: unknown };
}

const asked = new Map<string, Early>();

/** Asks; the promise is fulfilled when the answer is there, or never will be. */
export function askEarly(path: string): Promise<unknown> {
  const known = asked.get(path);
  const early: Early = known ?? { promise: request('GET', path) };
  asked.set(path, early);
  return early.promise.then(
    (data) => {
      early.answer = { data };
      return data;
    },
    () => undefined, // told to whoever takes it
  );
}

/** The answer where it has arrived; it stays until it is taken. */
export function earlyAnswer(path: string): { data: unknown } | undefined {
  return asked.get(path)?.answer;
}

export function takeEarly(path: string): Early | undefined {
  const early = asked.get(path);
  asked.delete(path);
  return early;
}

/** On the way to another page: what the one before did not take is old by the time it is asked again. */
export function forgetEarly(): void {
  asked.clear();
}
