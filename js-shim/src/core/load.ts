/** Fetches the core's module, once the page has its own work behind it. */
import { embind } from './embind.ts';
import type { CoreModule } from './module.d.ts';

/** `realFetch`: the browser's own, since the patched one would report our request as the page's. */
export async function loadCore(url: string, realFetch: typeof fetch): Promise<CoreModule> {
  const { imports, started } = embind();
  // Not cors-credentialed: the file is public and cached for ever.
  const response = await realFetch(url, { credentials: 'omit' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  // Streaming refuses any other type. Asked before, not after a failure: a
  // second try where WebAssembly is forbidden would be a second CSP report.
  const { instance } =
    response.headers.get('content-type')?.startsWith('application/wasm') &&
    WebAssembly.instantiateStreaming
      ? await WebAssembly.instantiateStreaming(response, imports)
      : await WebAssembly.instantiate(await response.arrayBuffer(), imports);
  return started(instance);
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
