import type { ComponentChildren, JSX } from 'preact';
import { type Cell, csvOf, type ExportColumn, jsonOf, save } from '../model/export';
import { type Sort, sortRows, sortText } from '../model/sort';
import { setQuery } from '../router';
import { Icon } from './icons';
import { rowLink } from './parts';
import { TableScroll } from './table_scroll';

export interface Column<Row> {
  /** The field's name in exports and, where the column sorts, in the URL. */
  key: string;
  label: ComponentChildren;
  /** What a cell shows; default: the value as text. */
  cell?: (row: Row) => ComponentChildren;
  /** What is exported and sorted by. */
  value: (row: Row) => Cell;
  /** What it is sorted by in its place: a number that hides itself has none, and comes last. */
  order?: (row: Row) => Cell;
  class?: string;
  title?: string;
  /** The row's own name: on phones it stands above the other cells. */
  main?: boolean;
}

/**
 * The one table of the dashboard: aligned numbers, sorting by the URL, rows
 * that lead somewhere, and its content as CSV and JSON.
 */
export function DataTable<Row>({
  name,
  caption,
  columns,
  rows,
  rowKey,
  href,
  sort,
  sortParam = 'sort',
  class: cls = '',
  exported = true,
}: {
  /** Of the exported file: "slowest-resources". */
  name: string;
  /** Said to screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  href?: (row: Row) => string;
  /** Where the reader may choose the order. */
  sort?: Sort;
  sortParam?: string;
  class?: string;
  exported?: boolean;
}): JSX.Element {
  const sorting = sort && columns.find((column) => column.key === sort.column);
  const shown =
    sort && sorting
      ? sortRows(rows, (row) => asSortable((sorting.order ?? sorting.value)(row)), sort.direction)
      : rows;
  const mainColumn = columns.find((column) => column.main);
  return (
    <>
      <TableScroll label={caption}>
        <table class={`table ${mainColumn ? 'stackable' : ''} ${cls}`}>
          <caption class="sr-only">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) =>
                sort ? (
                  <SortHead key={column.key} column={column} sort={sort} param={sortParam} />
                ) : (
                  <th key={column.key} class={column.class} title={column.title}>
                    {column.label}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={rowKey(row)} {...(href ? rowLink(href(row)) : {})}>
                {columns.map((column) => (
                  <td
                    key={column.key}
                    class={`${column.class ?? ''} ${column.main ? 'main-cell' : ''}`}
                    {...(mainColumn && !column.main && typeof column.label === 'string'
                      ? { 'data-label': column.label }
                      : {})}
                  >
                    {column.cell ? column.cell(row) : String(column.value(row) ?? '')}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {exported && rows.length > 0 && (
        <ExportLinks name={name} caption={caption} columns={columns} rows={shown} />
      )}
    </>
  );
}

function asSortable(cell: Cell): string | number | null {
  return typeof cell === 'boolean' ? Number(cell) : (cell ?? null);
}

function SortHead<Row>({
  column,
  sort,
  param,
}: {
  column: Column<Row>;
  sort: Sort;
  param: string;
}): JSX.Element {
  const active = sort.column === column.key;
  const next: Sort = {
    column: column.key,
    direction: active && sort.direction === 'desc' ? 'asc' : 'desc',
  };
  return (
    <th
      class={column.class}
      {...(active
        ? {
            'aria-sort':
              sort.direction === 'asc' ? ('ascending' as const) : ('descending' as const),
          }
        : {})}
    >
      <button
        type="button"
        class={`sort ${active ? 'active' : ''}`}
        title={column.title}
        onClick={() => setQuery({ [param]: sortText(next) }, { replace: true })}
      >
        {column.label}
        <span class={`sort-sign ${active ? sort.direction : ''}`}>
          <Icon name="down" />
        </span>
      </button>
    </th>
  );
}

/** Saves rows as CSV and JSON; for what is drawn otherwise than as a DataTable. */
export function ExportLinks<Row>({
  name,
  caption,
  columns,
  rows,
}: {
  name: string;
  caption: string;
  columns: readonly ExportColumn<Row>[];
  rows: readonly Row[];
}): JSX.Element {
  return (
    <p class="export small">
      <button
        type="button"
        class="link-button"
        aria-label={`Save as CSV: ${caption}`}
        onClick={() => save(`${name}.csv`, 'text/csv', csvOf(columns, rows))}
      >
        CSV
      </button>
      <button
        type="button"
        class="link-button"
        aria-label={`Save as JSON: ${caption}`}
        onClick={() => save(`${name}.json`, 'application/json', jsonOf(columns, rows))}
      >
        JSON
      </button>
    </p>
  );
}
