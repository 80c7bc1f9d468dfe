import type { EventListItem, LogLine, PageViewSummary } from '../api/types';

export interface LiveItem {
  key: string;
  at: string;
  kind: 'visit' | 'error' | 'log';
  title: string;
  detail: string;
  level: string;
  /** Within the project; "" nowhere to go. */
  path: string;
}

/** What arrived last, of every kind, newest first; each once. */
export function liveItems(
  views: readonly PageViewSummary[],
  events: readonly EventListItem[],
  logs: readonly LogLine[],
  most = 200,
): LiveItem[] {
  const items = new Map<string, LiveItem>();
  for (const view of views) {
    items.set(`v${view.page_view_id}`, {
      key: `v${view.page_view_id}`,
      at: view.started_at,
      kind: 'visit',
      title: view.page,
      detail: [view.browser, view.device?.type, view.country].filter(Boolean).join(', '),
      level: view.error_count > 0 ? 'error' : '',
      path: `/page-views/${view.page_view_id}`,
    });
  }
  for (const event of events) {
    items.set(`e${event.event_id}`, {
      key: `e${event.event_id}`,
      at: event.occurred_at,
      kind: 'error',
      title: event.title,
      detail: event.page ?? '',
      level: event.level,
      path: `/events/${event.event_id}`,
    });
  }
  for (const line of logs) {
    const key = `l${line.at}${line.span_id ?? ''}${line.message}`;
    items.set(key, {
      key,
      at: line.at,
      kind: 'log',
      title: line.message,
      detail: [line.service, line.logger].filter(Boolean).join(' '),
      level: line.level,
      path: line.trace_id ? `/traces/${line.trace_id}` : '',
    });
  }
  return newestFirst(items, most);
}

/** The items with others added; of one that is in both, the other's word counts. */
export function withNewest(
  items: readonly LiveItem[],
  others: readonly LiveItem[],
  most = 200,
): LiveItem[] {
  return newestFirst(new Map([...items, ...others].map((item) => [item.key, item])), most);
}

function newestFirst(items: ReadonlyMap<string, LiveItem>, most: number): LiveItem[] {
  return [...items.values()]
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.key.localeCompare(b.key)))
    .slice(0, most);
}
