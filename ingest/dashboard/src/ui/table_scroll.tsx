import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/**
 * A table that may be wider than its card. Where it is, the keyboard can reach
 * and scroll it as well (WCAG 2.1.1); elsewhere it is no stop on the way.
 */
export function TableScroll({
  label,
  children,
}: {
  /** What is in the table, said to screen readers. */
  label: string;
  children: ComponentChildren;
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    // Told before the first paint too, when the layout is known anyway: asking here would force it.
    const observer = new ResizeObserver(() =>
      setScrolls(current.scrollWidth > current.clientWidth),
    );
    observer.observe(current);
    for (const child of current.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return (
    <div
      class="table-scroll"
      ref={box}
      {...(scrolls && { tabIndex: 0, role: 'region', 'aria-label': label })}
    >
      {children}
    </div>
  );
}
