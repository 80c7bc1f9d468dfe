// What an upload says. In a beacon most texts are packed: a word may not stand
// in its bytes although it was sent.
import { execFileSync } from 'node:child_process';
import { binary } from '../demo-site/processes.mjs';

/** All of an upload's text: as it was sent, and as `pagewake decode` reads it. */
export const textOf = (body: Buffer): string =>
  `${body.toString('latin1')}\n${execFileSync(binary, ['decode', '-'], { input: body, encoding: 'utf8' })}`;
