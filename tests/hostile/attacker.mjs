// Raw bytes to a server that is not to be trusted with them, and what it takes
// in memory meanwhile.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** Connections to 127.0.0.1 at `portOf()`, closed together by `leave()`. */
export function attacker(portOf) {
  const sockets = [];
  return {
    /** Opens a connection, sends `bytes` and gives what comes back until it closes. */
    send(bytes, { end = false } = {}) {
      const socket = connect(portOf(), '127.0.0.1');
      sockets.push(socket);
      const chunks = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', () => {}); // a refusal may reset what is still being sent
      const answer = new Promise((done) =>
        socket.once('close', () => done(Buffer.concat(chunks).toString('latin1'))),
      );
      const sent = new Promise((done) => socket.write(bytes, done));
      if (end) socket.end();
      return { socket, answer, sent };
    },
    leave() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

export const peakMiB = (server) =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]) /
  1024;
