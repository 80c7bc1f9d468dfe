// One request over TLS and all of its answer.
import { request } from 'node:https';

/** `options` as node's https.request(); gives status, headers and the body as text. */
export function httpsExchange({ headers = {}, body = '', ...options }) {
  return new Promise((done, fail) => {
    const sent = request(
      { ...options, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.once('error', fail);
        response.once('end', () =>
          done({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.once('error', fail);
    sent.end(body);
  });
}
