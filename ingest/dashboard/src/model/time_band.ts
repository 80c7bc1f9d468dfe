import type { TimeBand } from '../api/types';

export interface PhasePart {
  key: string;
  label: string;
  ms: number;
  class: string;
  code?: string;
  parts?: PhasePart[];
}

interface Phase {
  key: string;
  /** Of a band, in ms. */
  field: Exclude<keyof TimeBand, 'lcp_ms' | 'views' | 'joined_share' | 'backend_spans'>;
  label: string;
  /** What it holds, where there is room to say so. */
  detail?: string;
  class: string;
}

/** From navigation start to LCP, in the order of time. */
export const PHASES: readonly Phase[] = [
  { key: 'redirect', field: 'redirect_ms', label: 'Redirects', class: 'part-redirect' },
  {
    key: 'stall',
    field: 'stall_ms',
    label: 'Before the request',
    detail: '(unload, queue, service worker)',
    class: 'part-stall',
  },
  { key: 'dns', field: 'dns_ms', label: 'DNS', class: 'part-dns' },
  { key: 'connect', field: 'connect_ms', label: 'Connect and TLS', class: 'part-connect' },
  { key: 'network', field: 'network_ms', label: 'Network', class: 'part-network' },
  { key: 'backend', field: 'backend_ms', label: 'Backend', class: 'part-backend' },
  {
    key: 'load-delay',
    field: 'resource_load_delay_ms',
    label: 'Resource load delay',
    class: 'part-delay',
  },
  { key: 'load', field: 'resource_load_duration_ms', label: 'Resource load', class: 'part-load' },
  { key: 'render', field: 'element_render_delay_ms', label: 'Render delay', class: 'part-render' },
];

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
  return PHASES.map(({ key, field, label, detail, class: cls }) => ({
    key,
    label:
      key === 'network' && band.backend_ms === null
        ? 'Server and network'
        : `${label}${detail ? ` ${detail}` : ''}`,
    ms: band[field] ?? 0,
    class: cls,
    ...(key === 'backend' && spans.length > 0 ? { parts: spans } : {}),
  }));
}
