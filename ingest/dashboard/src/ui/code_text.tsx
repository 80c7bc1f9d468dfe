import type { JSX } from 'preact';

/** A sentence of the server's, with what stands between backticks as code. */
export function CodeText({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text
        .split('`')
        .map((piece, i) =>
          i % 2 === 1 ? <code key={i}>{piece}</code> : <span key={i}>{piece}</span>,
        )}
    </>
  );
}
