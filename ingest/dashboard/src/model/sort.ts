export type Direction = 'asc' | 'desc';
export interface Sort {
  column: string;
  direction: Direction;
}

/** "lcp_ms" sorts downwards, "-lcp_ms" upwards: most people look for the worst first. */
export function parseSort(text: string | null, fallback: Sort): Sort {
  if (text === null || text === '') return fallback;
  return text.startsWith('-')
    ? { column: text.slice(1), direction: 'asc' }
    : { column: text, direction: 'desc' };
}

export function sortText(sort: Sort): string {
  return sort.direction === 'asc' ? `-${sort.column}` : sort.column;
}

/** A sorted copy; rows without a value come last in either direction. Stable. */
export function sortRows<T>(
  rows: readonly T[],
  value: (row: T) => number | string | null | undefined,
  direction: Direction,
): T[] {
  const sign = direction === 'asc' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const left = value(a);
    const right = value(b);
    const noLeft = left === null || left === undefined;
    const noRight = right === null || right === undefined;
    if (noLeft || noRight) return Number(noLeft) - Number(noRight);
    if (typeof left === 'string' || typeof right === 'string') {
      return sign * String(left).localeCompare(String(right));
    }
    return sign * (left - right);
  });
}
