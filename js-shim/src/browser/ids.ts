/** Random lower-case hex, two digits a byte. */
export function randomHex(bytes: number): string {
  let text = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) {
    text += (byte + 256).toString(16).slice(1);
  }
  return text;
}

/**
 * Whether an id falls under a sampling rate. As OpenTelemetry's consistent
 * sampling: the last 7 bytes against the rejection threshold, so that a
 * backend with the same rate keeps the same traces.
 */
export function isSampled(id: string, rate: number): boolean {
  // Written so that a rate that is no number keeps everything.
  return !(+`0x${id.slice(-14)}` / 2 ** 56 < 1 - rate);
}
