/** The page's host and every SDK's collector at once; counts what goes both ways. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const TYPES = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
  json: 'application/json',
};
const IMAGE = (n) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="300"><rect width="600" height="300" fill="hsl(${n * 15} 60% 50%)"/></svg>`;

/** `scripts`: path to bytes. `tagOf(sdk, origin)`: what stands in the page's head. */
export async function serve(folder, scripts, tagOf) {
  const page = readFileSync(join(folder, 'page.html'), 'utf8');
  const app = readFileSync(join(folder, 'app.js'));
  let downloads = [];
  let uploads = [];
  let origin = '';
  const server = createServer((request, response) => {
    const url = new URL(request.url, origin);
    const send = (type, body, headers = {}) => {
      response.writeHead(200, { 'content-type': type, ...headers });
      response.end(body);
    };
    if (request.method !== 'GET') {
      let bytes = 0;
      request.on('data', (chunk) => {
        bytes += chunk.length;
      });
      request.on('end', () => {
        if (request.method === 'POST') uploads.push(bytes);
        send('application/json', '{}');
      });
      return;
    }
    const script = scripts.get(url.pathname);
    if (script) {
      downloads.push({
        path: url.pathname,
        blocking: url.pathname.startsWith('/sdk/') || url.pathname === '/pagewake.js',
      });
      send(TYPES[url.pathname.split('.').at(-1)], script);
    } else if (url.pathname === '/') {
      send(
        'text/html',
        page.replace('<!--SDK-->', () => tagOf(url.searchParams.get('sdk'), origin)),
      );
    } else if (url.pathname === '/app.js') send('text/javascript', app);
    else if (url.pathname === '/style.css')
      send('text/css', 'body{font:16px sans-serif}.hero{width:600px;height:300px}');
    else if (url.pathname.startsWith('/img/')) send('image/svg+xml', IMAGE(url.pathname.length));
    else if (url.pathname.startsWith('/api/'))
      setTimeout(() => send('application/json', '{"price":12}'), 20);
    else {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    reset() {
      downloads = [];
      uploads = [];
    },
    downloads: () => downloads,
    uploads: () => uploads,
    close: () => server.close(),
  };
}
