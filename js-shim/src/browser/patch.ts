// biome-ignore lint/suspicious/noExplicitAny: any function of the page's
type Callable = (...args: any[]) => unknown;

/**
 * Puts `around` before a function of the page. A Proxy keeps name, length,
 * own properties and `toString()`; `around` calls the original itself, so
 * errors and results pass through untouched.
 */
export function patch<T extends object>(
  owner: T | undefined,
  name: keyof T,
  around: (original: Callable, self: unknown, args: unknown[]) => unknown,
): void {
  const original = owner?.[name];
  if (original) {
    (owner as T)[name] = new Proxy(original as Callable, { apply: around as Callable });
  }
}
