import type { SessionTimeline } from '../api/types';

export type SessionItem =
  | { kind: 'page_view'; at_ms: number; view: SessionTimeline['page_views'][number] }
  | { kind: 'event'; at_ms: number; event: SessionTimeline['events'][number] };

/** Page views and errors in the order of time; a page view comes before an error of the same moment. */
export function sessionItems(session: SessionTimeline): SessionItem[] {
  const items: SessionItem[] = [
    ...session.page_views.map((view) => ({
      kind: 'page_view' as const,
      at_ms: Date.parse(view.started_at),
      view,
    })),
    ...session.events.map((event) => ({
      kind: 'event' as const,
      at_ms: Date.parse(event.occurred_at),
      event,
    })),
  ];
  return items.sort(
    (a, b) => a.at_ms - b.at_ms || Number(a.kind === 'event') - Number(b.kind === 'event'),
  );
}
