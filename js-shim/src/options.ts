/**
 * Reads options that may come from a script tag, where everything is text:
 * `data-sample-rate="0.1"`, `data-debug`, `data-ignore-errors="a,b"`. What
 * cannot be read is the default.
 */

/** A share between 0 and 1; NaN, which keeps everything, where it is none. */
export const rateOf = (value: number | string | undefined): number =>
  Number.parseFloat((value ?? 1) as string);

export const listOf = <T>(value: readonly T[] | string | undefined): readonly (T | string)[] =>
  typeof value === 'string' ? value.split(/\s*,\s*/) : (value ?? []);

export const flagOf = (value: boolean | string | undefined, fallback: boolean): boolean =>
  `${value ?? fallback}` !== 'false';

/** The beacon route of a DSN; empty when the text is no DSN. */
export function endpointOf(dsn: string): string {
  const parts = /^(https?:\/\/)([\da-f]{32})@([^/?#@\s]+)\/([1-9]\d*)$/i.exec(dsn);
  return parts ? `${parts[1]}${parts[3]}/api/${parts[4]}/beacon/?key=${parts[2]}` : '';
}
