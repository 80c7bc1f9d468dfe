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
  const url = dsn.replace(
    /^(https?:\/\/)([\da-f]{32})@([^/?#@\s]+)\/([1-9]\d*)$/i,
    '$1$3/api/$4/beacon/?key=$2',
  );
  return url === dsn ? '' : url;
}
