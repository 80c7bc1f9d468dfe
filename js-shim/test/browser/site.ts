/** A tiny site and a collector on free ports, and Chromium to visit the one and be heard by the other. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright';

const SDK = join(import.meta.dirname, '../../../dist/sdk');

export interface Upload {
  body: Buffer;
  contentType: string;
  url: string;
}

/** Raw logs as what they say; binary beacons as undefined. */
export type RawSignal = [string, ...(string | number)[]];
export const signalsOf = ({ body }: Upload): RawSignal[] | undefined =>
  body[0] === 0x5b ? (JSON.parse(body.toString()) as RawSignal[]) : undefined;
export const isBeacon = ({ body }: Upload): boolean => body.subarray(0, 2).toString() === 'PW';

/** The texts of an upload; of a packed beacon (version 2) what the LZ4 block behind its size holds. */
export function textOf({ body }: Upload): string {
  if (body.toString('latin1', 0, 3) !== 'PW\x02') return body.toString('latin1');
  let at = 3;
  while ((body[at++] as number) >= 0x80);
  const plain: number[] = [];
  const length = (nibble: number): number => {
    let sum = nibble;
    for (let more = nibble === 15; more; more = body[at++] === 255) sum += body[at] as number;
    return sum;
  };
  while (at < body.length) {
    const token = body[at++] as number;
    const literals = length(token >> 4);
    plain.push(...body.subarray(at, at + literals));
    at += literals;
    if (at >= body.length) break;
    const back = body.readUInt16LE(at);
    at += 2;
    for (let n = length(token & 15) + 4; n > 0; n--)
      plain.push(plain[plain.length - back] as number);
  }
  return Buffer.from(plain).toString('latin1');
}

export interface Page {
  html: string;
  headers?: Record<string, string>;
}

export interface SiteRequest {
  url: string;
  headers: IncomingHttpHeaders;
}

export class Site {
  readonly uploads: Upload[] = [];
  readonly requests: SiteRequest[] = [];
  /** How the collector answers. */
  answer = { status: 202, headers: {} as Record<string, string> };
  #waiting: (() => void)[] = [];
  #servers: Server[] = [];
  origin = '';
  collector = '';

  constructor(readonly pages: Record<string, Page>) {}

  async start(): Promise<this> {
    this.collector = await this.#listen(
      createServer((request, response) => {
        const cors = {
          'access-control-allow-origin': '*',
          'access-control-expose-headers': 'retry-after',
        };
        const file = request.url?.slice(1).split('?')[0] ?? '';
        if (request.method === 'GET') {
          const type = file.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
          response.writeHead(200, { ...cors, 'content-type': type });
          response.end(readFileSync(join(SDK, file)));
          return;
        }
        const chunks: Buffer[] = [];
        request.on('data', (chunk) => chunks.push(chunk));
        request.on('end', () => {
          this.uploads.push({
            body: Buffer.concat(chunks),
            contentType: request.headers['content-type'] ?? '',
            url: request.url ?? '',
          });
          response.writeHead(this.answer.status, { ...cors, ...this.answer.headers });
          response.end();
          for (const wake of this.#waiting.splice(0)) wake();
        });
      }),
    );
    this.origin = await this.#listen(
      createServer((request, response) => {
        this.requests.push({ url: request.url ?? '', headers: request.headers });
        const page = this.pages[request.url?.split('?')[0] ?? ''];
        response.writeHead(page ? 200 : 404, { 'content-type': 'text/html', ...page?.headers });
        response.end(page?.html);
      }),
    );
    return this;
  }

  async #listen(server: Server): Promise<string> {
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  get dsn(): string {
    return `${this.collector.replace('//', `//${'0123456789abcdef'.repeat(2)}@`)}/1`;
  }

  /** The script tag; attributes without `data-`. */
  tag(attributes: Record<string, string> = {}): string {
    const data = Object.entries({ dsn: this.dsn, ...attributes });
    return `<script async src="${this.collector}/pagewake.js" ${data.map(([k, v]) => `data-${k}="${v}"`).join(' ')}></script>`;
  }

  /** Waits for the upload that fits, those that came before included. */
  async upload(fits: (upload: Upload) => boolean): Promise<Upload> {
    for (;;) {
      const found = this.uploads.find(fits);
      if (found) return found;
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }
}

export const launch = () =>
  chromium.launch({
    executablePath: process.env.PAGEWAKE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
