import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import { useAction } from '../api/use_action';
import { FormError } from './forms';
import { Card } from './parts';
import { type Column, DataTable } from './table';

/** Runs one thing at a time; what goes wrong is said above the table. */
export type ListAction = Pick<ReturnType<typeof useAction>, 'busy' | 'run'>;

/** A button in a row, named for screen readers by what it does to which. */
export function RowButton({
  does,
  to,
  disabled = false,
  onClick,
}: {
  does: string;
  to: string;
  disabled?: boolean;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      class="link-button"
      disabled={disabled}
      aria-label={`${does} ${to}`}
      onClick={onClick}
    >
      {does}
    </button>
  );
}

/**
 * A card with a table of things that people make, change and remove under
 * `path`, and below it the form for the one being made or changed.
 * `form` is drawn anew for each thing (null: a new one) and calls `onDone`
 * with whether anything changed.
 */
export function EditableList<T extends { name: string }>({
  title,
  hint,
  noun,
  caption,
  items,
  path,
  idOf,
  columns,
  reload,
  rowActions,
  note,
  empty,
  form,
}: {
  title: string;
  hint?: string | undefined;
  /** What one of them is called: "rule" for "New rule". */
  noun: string;
  /** The table's name for screen readers. */
  caption: string;
  items: readonly T[];
  path: string;
  idOf: (item: T) => number;
  columns: readonly Column<T>[];
  reload: () => void;
  /** Further buttons of a row, between "Edit" and "Remove". */
  rowActions?: (item: T, action: ListAction) => ComponentChildren;
  /** Above the table: how the last action ended. */
  note?: ComponentChildren;
  /** Shown while there is none and none is being made. */
  empty: JSX.Element;
  form: (item: T | null, onDone: (changed: boolean) => void) => JSX.Element;
}): JSX.Element {
  const [edited, setEdited] = useState<T | 'new' | null>(null);
  const { busy, error, run } = useAction();
  const onDone = (changed: boolean) => {
    setEdited(null);
    if (changed) reload();
  };
  const remove = (item: T) =>
    run(async () => {
      await request('DELETE', `${path}/${idOf(item)}`);
      reload();
    });
  const actions: Column<T> = {
    key: 'actions',
    label: 'Actions',
    class: 'actions',
    value: idOf,
    cell: (item) => (
      <span class="row-actions">
        <RowButton does="Edit" to={item.name} onClick={() => setEdited(item)} />
        {rowActions?.(item, { busy, run })}
        <RowButton does="Remove" to={item.name} disabled={busy} onClick={() => remove(item)} />
      </span>
    ),
  };
  return (
    <Card
      title={title}
      hint={hint}
      actions={
        edited === null && (
          <button type="button" class="button" onClick={() => setEdited('new')}>
            New {noun}
          </button>
        )
      }
    >
      {note}
      <FormError text={error} />
      {items.length > 0 ? (
        <DataTable
          name={caption.toLowerCase().replaceAll(' ', '-')}
          caption={caption}
          columns={[...columns, actions]}
          rows={items}
          rowKey={(item) => String(idOf(item))}
          class="acted"
        />
      ) : (
        edited === null && empty
      )}
      {edited !== null && (
        <div key={edited === 'new' ? 'new' : idOf(edited)}>
          {form(edited === 'new' ? null : edited, onDone)}
        </div>
      )}
    </Card>
  );
}
