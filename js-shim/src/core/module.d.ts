/** The Emscripten module's face (wasm-sdk/bindings/embind.cc). */
export interface CoreModule {
  /** Where to write so many bytes for the next call; HEAPU8 may be a new one afterwards. */
  input(bytes: number): number;
  /** The input is a signal log. */
  feed(): number;
  /** The input is the beacon's id. Bytes of the beacon, 0: no news. */
  flush(sentAtUnixMs: number): number;
  beaconAddress(): number;
  unflush(): void;
  HEAPU8: Uint8Array<ArrayBuffer>;
}

export interface CoreModuleOptions {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module?: WebAssembly.Module) => void,
  ): object;
}

export type CoreFactory = (options: CoreModuleOptions) => Promise<CoreModule>;
