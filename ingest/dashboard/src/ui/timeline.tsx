/**
 * Rows of bars on one time axis: a page view's waterfall and a trace's tree
 * share it. Arrow keys move between rows, Enter opens a row's details.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { axisTicks, tickLabel } from '../model/axis';
import { formatMs } from '../model/format';
import { panBy, stackLabels, type Zoom, zoomBy } from '../model/waterfall';
import { Icon } from './icons';

export interface TimelineRow {
  id: string;
  label: ComponentChildren;
  hint?: ComponentChildren;
  /** Said to screen readers in place of label and bar. */
  aria: string;
  depth: number;
  segments: { class: string; start_ms: number; end_ms: number; title: string }[];
  /** A moment rather than a span: drawn as a sign. */
  dot?: 'error' | 'log' | 'warning';
  failed?: boolean;
  /** Text beside the bar; default the row's duration. */
  note?: string;
  open?: boolean;
  collapsible?: boolean;
}

export interface TimelineMarker {
  id: string;
  label: ComponentChildren;
  title: string;
  class: string;
  at_ms: number;
}

const LABEL_APART = 0.13;

export function Timeline({
  rows,
  markers = [],
  start_ms,
  end_ms,
  selected,
  onSelect,
  onToggle,
  onZoom,
  whole_ms = end_ms,
  label,
}: {
  rows: TimelineRow[];
  markers?: TimelineMarker[];
  start_ms: number;
  end_ms: number;
  selected: string | null;
  onSelect: (id: string | null) => void;
  onToggle?: (id: string, open: boolean) => void;
  /** Where the reader may zoom: +, -, 0, Shift with arrows, Ctrl with the wheel, or a drag over the axis. */
  onZoom?: (zoom: Zoom | null) => void;
  /** The end of the whole axis. */
  whole_ms?: number;
  label: string;
}): JSX.Element {
  // Leaves of a tree stand where their siblings' names do, past the arrow.
  const tree = rows.some((row) => row.collapsible);
  const list = useRef<HTMLOListElement>(null);
  // A link may name a row far down. Only on arrival: later the reader scrolls.
  const arrivedAt = useRef(selected);
  useEffect(() => {
    const id = arrivedAt.current;
    const rowsHere = list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [];
    for (const row of rowsHere) {
      if (row.dataset.row === id) row.scrollIntoView({ block: 'center' });
    }
  }, []);
  const [active, setActive] = useState<string | null>(null);
  const span_ms = Math.max(end_ms - start_ms, 0.001);
  const place = (ms: number) => Math.max(0, Math.min(1, (ms - start_ms) / span_ms));
  const percent = (ms: number) => `${(place(ms) * 100).toFixed(3)}%`;
  const ticks = axisTicks(span_ms, 6);
  const shown = markers.filter((m) => m.at_ms >= start_ms && m.at_ms <= end_ms);
  const levels = stackLabels(
    shown.map((m) => Math.min(place(m.at_ms), 1 - LABEL_APART)),
    LABEL_APART,
  );
  const tabStop = rows.some((row) => row.id === (active ?? selected))
    ? (active ?? selected)
    : (rows[0]?.id ?? null);

  const shownZoom: Zoom = { start_ms, end_ms };
  const zoomKey = (event: KeyboardEvent): boolean => {
    if (!onZoom || event.ctrlKey || event.metaKey || event.altKey) return false;
    const middle_ms = (start_ms + end_ms) / 2;
    if (event.key === '+' || event.key === '=') {
      onZoom(zoomBy(shownZoom, 0.5, middle_ms, whole_ms));
    } else if (event.key === '-') {
      onZoom(zoomBy(shownZoom, 2, middle_ms, whole_ms));
    } else if (event.key === '0') {
      onZoom(null);
    } else if (event.shiftKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      onZoom(panBy(shownZoom, event.key === 'ArrowLeft' ? -0.25 : 0.25, whole_ms));
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (zoomKey(event)) return;
    const id = (event.target as Element).closest('[data-row]')?.getAttribute('data-row');
    const at = rows.findIndex((row) => row.id === id);
    const row = rows[at];
    if (!row) return;
    const last = rows.length - 1;
    const moves: Record<string, number> = {
      ArrowDown: Math.min(last, at + 1),
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const target = rows[to];
      if (!target) return;
      setActive(target.id);
      const buttons = list.current?.querySelectorAll<HTMLElement>('[data-row]');
      buttons?.[to]?.focus();
    } else if (row.collapsible && event.key === 'ArrowLeft' && row.open) {
      event.preventDefault();
      onToggle?.(row.id, false);
    } else if (row.collapsible && event.key === 'ArrowRight' && !row.open) {
      event.preventDefault();
      onToggle?.(row.id, true);
    } else if (event.key === 'Escape' && selected) {
      onSelect(null);
    }
  };

  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  // The share of the axis under the pointer.
  const shareAt = (event: PointerEvent | WheelEvent, track: Element) => {
    const box = track.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / Math.max(1, box.width)));
  };
  const startDrag = (event: PointerEvent) => {
    const head = event.currentTarget as HTMLElement;
    const track = head.querySelector('.tl-track');
    if (!onZoom || !track || event.button !== 0) return;
    const from = shareAt(event, track);
    let to = from;
    head.setPointerCapture(event.pointerId);
    const move = (next: PointerEvent) => {
      to = shareAt(next, track);
      setDrag({ from: Math.min(from, to), to: Math.max(from, to) });
    };
    const end = () => {
      head.removeEventListener('pointermove', move);
      setDrag(null);
      const low = Math.min(from, to);
      const high = Math.max(from, to);
      // Less than that was a click.
      if (high - low < 0.01) return;
      onZoom({ start_ms: start_ms + low * span_ms, end_ms: start_ms + high * span_ms });
    };
    head.addEventListener('pointermove', move);
    head.addEventListener('pointerup', end, { once: true });
  };
  const onWheel = (event: WheelEvent) => {
    const track = (event.currentTarget as HTMLElement).querySelector('.tl-track');
    if (!onZoom || !track || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const around_ms = start_ms + shareAt(event, track) * span_ms;
    onZoom(zoomBy(shownZoom, event.deltaY > 0 ? 1.25 : 0.8, around_ms, whole_ms));
  };

  return (
    <div class="tl" onWheel={onWheel}>
      <div
        class={`tl-head ${onZoom ? 'zoomable' : ''}`}
        aria-hidden="true"
        title={onZoom ? 'Drag to zoom; Ctrl and the wheel too' : undefined}
        onPointerDown={(event) => startDrag(event)}
        style={{ '--levels': String(Math.max(0, ...levels.map((l) => l + 1))) }}
      >
        <div class="tl-track">
          {shown.map((marker, i) => (
            <span
              key={marker.id}
              class={`tl-flag ${marker.class} ${place(marker.at_ms) > 1 - LABEL_APART ? 'left' : ''}`}
              style={{ '--at': percent(marker.at_ms), '--level': String(levels[i] ?? 0) }}
              title={marker.title}
            >
              {marker.label}
            </span>
          ))}
          {drag && (
            <span
              class="tl-drag"
              style={{ left: `${drag.from * 100}%`, width: `${(drag.to - drag.from) * 100}%` }}
            />
          )}
          {ticks.map((tick) => (
            <span
              key={tick}
              class={`tl-tick ${place(start_ms + tick) > 0.94 ? 'left' : ''}`}
              style={{ left: percent(start_ms + tick) }}
            >
              {tickLabel(tick, span_ms)}
            </span>
          ))}
        </div>
      </div>
      <div class="tl-body">
        <div class="tl-lines" aria-hidden="true">
          {ticks.map((tick) => (
            <span key={tick} class="tl-line" style={{ left: percent(start_ms + tick) }} />
          ))}
          {shown.map((marker) => (
            <span
              key={marker.id}
              class={`tl-marker ${marker.class}`}
              style={{ left: percent(marker.at_ms) }}
            />
          ))}
        </div>
        <ol ref={list} class="tl-rows" aria-label={label} onKeyDown={onKeyDown}>
          {rows.map((row) => {
            const first = row.segments[0];
            const lastSegment = row.segments[row.segments.length - 1];
            const from_ms = first?.start_ms ?? start_ms;
            const to_ms = lastSegment?.end_ms ?? from_ms;
            const before = to_ms < start_ms;
            const outside = from_ms > end_ms || before;
            const note = row.note ?? formatMs(to_ms - from_ms);
            const right = place(to_ms) < 0.84;
            return (
              <li key={row.id} class="tl-item">
                <button
                  type="button"
                  data-row={row.id}
                  class={`tl-row ${row.failed ? 'failed' : ''} ${row.dot ? 'moment' : ''}`}
                  tabIndex={row.id === tabStop ? 0 : -1}
                  aria-pressed={row.id === selected}
                  {...(row.collapsible ? { 'aria-expanded': row.open === true } : {})}
                  aria-description={row.aria}
                  onFocus={() => setActive(row.id)}
                  onClick={() => onSelect(row.id === selected ? null : row.id)}
                >
                  <span class="tl-label" style={{ '--depth': String(Math.min(row.depth, 12)) }}>
                    {tree && !row.collapsible && <span class="tl-twist" />}
                    {row.collapsible && (
                      // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: the row's arrow keys do the same
                      <span
                        class={`tl-twist ${row.open ? 'open' : ''}`}
                        onClick={(event) => {
                          event.stopPropagation();
                          onToggle?.(row.id, !row.open);
                        }}
                      >
                        <Icon name="chevron" />
                      </span>
                    )}
                    <span class="tl-name">{row.label}</span>
                    {row.hint && <span class="tl-hint">{row.hint}</span>}
                  </span>
                  <span class="tl-track">
                    {row.dot && !outside ? (
                      <span class={`tl-dot ${row.dot}`} style={{ left: percent(from_ms) }} />
                    ) : (
                      row.segments.map((segment) => (
                        <span
                          key={`${segment.class}${segment.start_ms}`}
                          class={`tl-bar ${segment.class}`}
                          title={segment.title}
                          style={{
                            left: percent(segment.start_ms),
                            width: `${Math.max(0, (place(segment.end_ms) - place(segment.start_ms)) * 100).toFixed(3)}%`,
                          }}
                        />
                      ))
                    )}
                    {(!row.dot || outside) && (
                      <span
                        class={`tl-note ${right ? '' : 'before'}`}
                        style={
                          outside
                            ? { [before ? 'left' : 'right']: '0' }
                            : right
                              ? { left: percent(to_ms) }
                              : { right: `${(100 - place(from_ms) * 100).toFixed(3)}%` }
                        }
                      >
                        {outside ? `at ${formatMs(from_ms)} ${before ? '←' : '→'}` : note}
                      </span>
                    )}
                  </span>
                </button>
              </li>
            );
          })}
        </ol>
      </div>
    </div>
  );
}

/** What is known of the selected row: beside the timeline, or over the page's foot on a phone. */
export function DetailsPanel({
  title,
  subtitle,
  onClose,
  children,
}: {
  title: ComponentChildren;
  subtitle?: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <aside
      class="details"
      aria-label="Details of the selected row"
      onKeyDown={(event: KeyboardEvent) => event.key === 'Escape' && onClose()}
    >
      <div class="details-head">
        <div>
          <h2>{title}</h2>
          {subtitle && <p class="muted small">{subtitle}</p>}
        </div>
        <button type="button" class="icon-button" onClick={onClose} aria-label="Close details">
          <Icon name="close" />
        </button>
      </div>
      <div class="details-body">{children}</div>
    </aside>
  );
}
