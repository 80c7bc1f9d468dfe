// A Chromium that is driven by bare DevTools commands, for what Playwright
// takes care of: it keeps every page visible, and leaves prerendering out.
import { expect } from '@playwright/test';
import CDP, { type Client } from 'chrome-remote-interface';
import { start, temporaryFolder } from '../demo-site/processes.mjs';

export interface Tab {
  id: string;
  client: Client;
  /** The value of an expression in the page, awaited. */
  evaluate<T>(expression: string): Promise<T>;
  click(selector: string): Promise<void>;
  /** Resolves when an expression is true, also across a navigation. */
  until(expression: string): Promise<void>;
  /** In front: every other tab is hidden. */
  toFront(): Promise<void>;
  close(): Promise<void>;
}

export interface OwnChromium {
  /**
   * Opens an address, in front unless `background`. A tab under DevTools
   * prerenders nothing: `before` is awaited first.
   */
  open(url: string, options?: { background?: boolean; before?: () => Promise<void> }): Promise<Tab>;
  stop(): Promise<void>;
}

export async function startChromium(): Promise<OwnChromium> {
  const profile = temporaryFolder('pagewake-chromium-');
  const browser = await start(
    process.env.CHROMIUM ?? '/usr/bin/chromium',
    [
      '--headless=new',
      '--no-sandbox',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile.path}`,
      '--no-first-run',
      '--disable-background-networking',
      'about:blank',
    ],
    { ready: /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\// },
  );
  const port = Number(browser.match[1]);
  const control = await CDP({ port, target: await endpoint(port) });

  return {
    async open(url, { background = false, before = async () => {} } = {}) {
      const { targetId } = await control.Target.createTarget({ url, background });
      await before();
      const client = await CDP({ port, target: targetId });
      await client.Runtime.enable();
      const evaluate = async <T>(expression: string): Promise<T> => {
        const { result, exceptionDetails } = await client.Runtime.evaluate({
          expression,
          awaitPromise: true,
          returnByValue: true,
        });
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
        return result.value;
      };
      return {
        id: targetId,
        client,
        evaluate,
        async until(expression) {
          await expect
            .poll(() => evaluate(`!!(${expression})`).catch(() => false), {
              message: expression,
              intervals: [50],
            })
            .toBe(true);
        },
        async click(selector) {
          const { x, y } = await evaluate<{ x: number; y: number }>(
            `(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`,
          );
          for (const type of ['mousePressed', 'mouseReleased'] as const) {
            await client.Input.dispatchMouseEvent({ type, x, y, button: 'left', clickCount: 1 });
          }
        },
        async toFront() {
          await client.Page.bringToFront();
        },
        async close() {
          await control.Target.closeTarget({ targetId });
          await client.close();
        },
      };
    },
    async stop() {
      await control.close();
      await browser.stop();
      profile.remove();
    },
  };
}

async function endpoint(port: number): Promise<string> {
  const { webSocketDebuggerUrl } = await CDP.Version({ port });
  return webSocketDebuggerUrl;
}
