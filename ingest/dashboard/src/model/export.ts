/** A table as a file: what stands on the screen, in full precision. */

export type Cell = string | number | boolean | null | undefined;

export interface ExportColumn<Row> {
  /** The field's name, as the API has it: units stay in it ("p75_ms"). */
  key: string;
  value: (row: Row) => Cell;
}

/** RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe. */
export function csvOf<Row>(columns: readonly ExportColumn<Row>[], rows: readonly Row[]): string {
  const field = (cell: Cell): string => {
    if (cell === null || cell === undefined) return '';
    let text = String(cell);
    if (typeof cell === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [columns.map((column) => field(column.key)).join(',')];
  for (const row of rows) lines.push(columns.map((column) => field(column.value(row))).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

export function jsonOf<Row>(columns: readonly ExportColumn<Row>[], rows: readonly Row[]): string {
  const items = rows.map((row) =>
    Object.fromEntries(columns.map((column) => [column.key, column.value(row) ?? null])),
  );
  return `${JSON.stringify(items, null, 2)}\n`;
}

/** Lets the browser save it; nothing leaves for the server. */
export function save(name: string, type: 'text/csv' | 'application/json', text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
