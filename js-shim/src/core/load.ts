/** Fetches the core's glue and module, once the page has its own work behind it. */
import type { CoreFactory, CoreModule } from './module.d.ts';

export interface CoreFiles {
  /** Imports the Emscripten glue. */
  glue(): Promise<{ default: CoreFactory }>;
  wasmUrl: string;
}

async function instantiate(
  url: string,
  realFetch: typeof fetch,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.Instance> {
  // Not cors-credentialed: the file is public and cached for ever.
  const response = await realFetch(url, { credentials: 'omit' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  // Streaming refuses any other type. Asked before, not after a failure: a
  // second try where WebAssembly is forbidden would be a second CSP report.
  if (
    response.headers.get('content-type')?.startsWith('application/wasm') &&
    WebAssembly.instantiateStreaming
  ) {
    return (await WebAssembly.instantiateStreaming(response, imports)).instance;
  }
  return (await WebAssembly.instantiate(await response.arrayBuffer(), imports)).instance;
}

/** `realFetch`: the browser's own, since the patched one would report our request as the page's. */
export async function loadCore(files: CoreFiles, realFetch: typeof fetch): Promise<CoreModule> {
  const { default: create } = await files.glue();
  return new Promise((resolve, reject) => {
    create({
      instantiateWasm(imports, done) {
        instantiate(files.wasmUrl, realFetch, imports).then((instance) => done(instance), reject);
        return {};
      },
    }).then(resolve, reject);
  });
}

const KEY = 'pagewake.wasm';

/**
 * WebAssembly under a strict policy fails at instantiation and nowhere
 * earlier, and each try is a report on the site's side. So: one a session.
 */
export const isKnownForbidden = (): boolean => {
  try {
    return sessionStorage.getItem(KEY) === '0';
  } catch {
    return false;
  }
};

export const rememberForbidden = (): void => {
  try {
    sessionStorage.setItem(KEY, '0');
  } catch {
    // Without storage the next document has to find out for itself.
  }
};

/** A policy's refusal; a lost connection is none. */
export const isForbidden = (error: unknown): boolean =>
  typeof WebAssembly !== 'object' || error instanceof WebAssembly.CompileError;
