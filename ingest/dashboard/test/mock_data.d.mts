// biome-ignore lint/suspicious/noExplicitAny: the shape is that of src/api/types.ts, cast where it is used
export function makeData(now_unix_ms: number): any;
