/** The Emscripten module's face (wasm-sdk/bindings/embind.cc). */
export interface CoreModule {
  feed(signals: string): number;
  flush(beaconId: string, sentAtUnixMs: number): number;
  beaconAddress(): number;
  unflush(): void;
  coreVersion(): string;
  HEAPU8: Uint8Array<ArrayBuffer>;
}

export interface CoreModuleOptions {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module?: WebAssembly.Module) => void,
  ): object;
}

export type CoreFactory = (options: CoreModuleOptions) => Promise<CoreModule>;
