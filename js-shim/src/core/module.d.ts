/** The module's face (wasm-sdk/bindings/embind.cc). */
export interface CoreModule {
  /** Where to write so many bytes for the next call, a multiple of 8; the memory may be a new one afterwards. */
  input(bytes: number): number;
  /** The input is a block of signals (wasm-sdk/wire/signal_block.h) with so many numbers. */
  feed(numbers: number): number;
  /** The input is the beacon's id. Bytes of the beacon, 0: no news. `part` not 0: call until 0. */
  flush(sentAtUnixMs: number, part: number): number;
  beaconAddress(): number;
  unflush(): number;
  memory: { buffer: ArrayBuffer };
}
