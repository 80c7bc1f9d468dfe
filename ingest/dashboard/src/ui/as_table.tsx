import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

/**
 * A chart's numbers for those who do not see it or want them exactly. The table
 * is made when it is opened: nobody waits for rows that nobody asked for.
 */
export function AsTable({ children }: { children: () => JSX.Element }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as a table</summary>
      {open && children()}
    </details>
  );
}
