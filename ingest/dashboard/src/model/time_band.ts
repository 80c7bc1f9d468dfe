import type { TimeBand } from '../api/types';

export interface PhasePart {
  key: string;
  label: string;
  ms: number;
  class: string;
  code?: string;
  parts?: PhasePart[];
}

/**
 * A band's phases in the order of time, the backend opened into its largest
 * spans. Their sum is the band's LCP.
 */
export function bandParts(band: TimeBand): PhasePart[] {
  const spans: PhasePart[] = band.backend_spans.map((span, i) => ({
    key: `backend-${i}`,
    label: `${span.op || span.service}: ${span.name}`,
    code: span.name,
    ms: span.ms,
    class: `part-backend shade-${Math.min(i, 3)}`,
  }));
  const named_ms = spans.reduce((sum, span) => sum + span.ms, 0);
  const rest_ms = (band.backend_ms ?? 0) - named_ms;
  if (spans.length > 0 && rest_ms > 0.5) {
    spans.push({
      key: 'backend-rest',
      label: 'other spans of the backend',
      ms: rest_ms,
      class: 'part-backend shade-3',
    });
  }
  return [
    { key: 'redirect', label: 'Redirects', ms: band.redirect_ms, class: 'part-redirect' },
    {
      key: 'stall',
      label: 'Before the request (unload, queue, service worker)',
      ms: band.stall_ms,
      class: 'part-stall',
    },
    { key: 'dns', label: 'DNS', ms: band.dns_ms, class: 'part-dns' },
    { key: 'connect', label: 'Connect and TLS', ms: band.connect_ms, class: 'part-connect' },
    {
      key: 'network',
      label: band.backend_ms === null ? 'Server and network' : 'Network',
      ms: band.network_ms,
      class: 'part-network',
    },
    {
      key: 'backend',
      label: 'Backend',
      ms: band.backend_ms ?? 0,
      class: 'part-backend',
      ...(spans.length > 0 ? { parts: spans } : {}),
    },
    {
      key: 'load-delay',
      label: 'Resource load delay',
      ms: band.resource_load_delay_ms,
      class: 'part-delay',
    },
    {
      key: 'load',
      label: 'Resource load',
      ms: band.resource_load_duration_ms,
      class: 'part-load',
    },
    {
      key: 'render',
      label: 'Render delay',
      ms: band.element_render_delay_ms,
      class: 'part-render',
    },
  ];
}
