import type { Span } from '../api/types';

const LONGEST_LIST = 8;

/** The SQL text of a database span, under OpenTelemetry's new or old name; "" where there is none. */
export function queryText(span: Span): string {
  for (const name of ['db.query.text', 'db.statement']) {
    const value = span.attributes[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

/**
 * What a row calls a span. Database instrumentations often name it by the verb
 * alone ("SELECT"); then the statement says more, its column list folded.
 */
export function spanTitle(span: Span): string {
  const query = queryText(span).replace(/\s+/g, ' ').trim();
  if (query === '') return span.name || span.op || span.span_id;
  return query.replace(/^SELECT (.+?) FROM /i, (whole, list: string) =>
    list.length > LONGEST_LIST ? 'SELECT … FROM ' : whole,
  );
}
