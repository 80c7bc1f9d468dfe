/** Put in by script/build-sdk.mjs. */
declare const __VERSION__: string;
declare const __LATE_FILE__: string;
declare const __WASM_FILE__: string;

interface Document {
  readonly prerendering?: boolean;
}
