/**
 * Embind's JavaScript half for functions that take and give numbers, which is
 * all that bindings/embind.cc registers. Emscripten's own, for every type there
 * is, would be 3 KB (wasm-sdk/docs/decisions/0003).
 */
import type { CoreModule } from './module.d.ts';

export function embind(): {
  imports: WebAssembly.Imports;
  /** Runs the module's start, in which it registers its functions. */
  started(instance: WebAssembly.Instance): CoreModule;
} {
  let memory: WebAssembly.Memory;
  let table: WebAssembly.Table;
  const core: Record<string, unknown> = {};
  return {
    imports: {
      env: {
        // Address of the name, number and list of types, their signature, what
        // calls the function, the function.
        _embind_register_function(
          at: number,
          _count: number,
          _types: number,
          _signature: number,
          caller: number,
          target: number,
        ) {
          const bytes = new Uint8Array(memory.buffer);
          let name = '';
          while (bytes[at]) name += String.fromCharCode(bytes[at++] as number);
          core[name] = (...args: number[]) => table.get(caller)(target, ...args);
        },
      },
    },
    started({ exports }) {
      core.memory = memory = exports.memory as WebAssembly.Memory;
      table = exports.__indirect_function_table as WebAssembly.Table;
      (exports.__wasm_call_ctors as () => void)();
      return core as unknown as CoreModule;
    },
  };
}
