import { originOf } from './snippets';

/** How one client that somebody may have already is told to send here. */
export interface ClientSnippet {
  /** "Sentry", and of several the language: "Node.js". */
  client: string;
  part: string;
  code: string;
}

/**
 * The snippets of ingest/docs/clients.md, filled in for a project. The tests run
 * each of them as it stands there, so there is no second copy here.
 */
export function clientSnippets(
  markdown: string,
  { dsn, public_key }: { dsn: string; public_key: string },
): ClientSnippet[] {
  const origin = originOf(dsn);
  const project = dsn.split('/').at(-1) ?? '';
  const fill = (code: string) =>
    code
      .replaceAll('http://PUBLIC_KEY@HOST/1', dsn)
      .replaceAll('http://HOST', origin)
      .replaceAll('https://HOST', origin.replace(/^http:/, 'https:'))
      .replaceAll('/api/1/', `/api/${project}/`)
      .replaceAll('PUBLIC_KEY', public_key);
  const out: ClientSnippet[] = [];
  let client = '';
  let part = '';
  for (const [, level, heading, code] of markdown.matchAll(
    /^(##|###) (.+)$|<!-- snippet: \S+ -->\n```\w*\n([\s\S]*?)```/gm,
  )) {
    if (code !== undefined) {
      out.push({ client, part, code: fill(code.trimEnd()) });
    } else if (level === '##') {
      client = heading ?? '';
      part = '';
    } else {
      part = heading ?? '';
    }
  }
  return out;
}
