import type { BackendSpan, LcpBreakdown, PageReport } from '../api/types';
import { formatMs } from './format';

export type LcpPartName = keyof LcpBreakdown;

export interface LcpPart {
  name: LcpPartName;
  label: string;
  ms: number;
  /** 0..1 of the parts' sum; p75s of parts do not add up to the p75 of the whole. */
  share: number;
}

export const LCP_PART_LABELS: Record<LcpPartName, string> = {
  time_to_first_byte_ms: 'Time to first byte',
  resource_load_delay_ms: 'Load delay',
  resource_load_duration_ms: 'Load',
  element_render_delay_ms: 'Render delay',
};

export const LCP_PART_ADVICE: Record<LcpPartName, string> = {
  time_to_first_byte_ms: 'The document itself is late: look at the backend and at redirects first.',
  resource_load_delay_ms:
    'The browser finds the image late: put it into the HTML, preload it, do not lazy-load it.',
  resource_load_duration_ms:
    'The image takes long to arrive: make it smaller, use a modern format, serve it from near by.',
  element_render_delay_ms:
    'It is there but not painted: scripts or styles hold rendering up, or the page hides it at first.',
};

/** The parts that add up where there are such, else the p75 of each. */
export function lcpBreakdown(report: PageReport): LcpBreakdown | null {
  return report.breakdown.lcp_near_p75 ?? report.breakdown.lcp;
}

/** Nothing where no visit had a single part. */
export function lcpParts(breakdown: LcpBreakdown | null): LcpPart[] {
  const names = Object.keys(LCP_PART_LABELS) as LcpPartName[];
  if (!breakdown || names.every((name) => breakdown[name] === null)) return [];
  const sum = names.reduce((total, name) => total + Math.max(0, breakdown[name] ?? 0), 0);
  return names.map((name) => {
    const ms = Math.max(0, breakdown[name] ?? 0);
    return { name, label: LCP_PART_LABELS[name], ms, share: sum > 0 ? ms / sum : 0 };
  });
}

/** How the time to first byte splits into the backend's part and the way there and back. */
export function openTtfb(report: PageReport): { backend_ms: number; network_ms: number } | null {
  const near = report.breakdown.lcp_near_p75;
  const ttfb_ms = lcpBreakdown(report)?.time_to_first_byte_ms ?? null;
  const backend_ms = near ? near.backend_ms : report.backend.p75_ms;
  if (ttfb_ms === null || backend_ms === null || report.backend.joined_share <= 0) return null;
  // Means or p75s of different sets: the backend's can exceed the whole.
  const inside = Math.min(backend_ms, ttfb_ms);
  return { backend_ms: inside, network_ms: ttfb_ms - inside };
}

/** The database span of the page load that takes most of the backend's time, if it is much. */
export function costlyQuery(report: PageReport, backend_ms: number): BackendSpan | null {
  const spans = report.backend.spans.filter(
    (span) => span.op.startsWith('db') && span.part !== 'request' && span.p75_ms !== null,
  );
  const first = spans.sort((a, b) => (b.p75_ms ?? 0) - (a.p75_ms ?? 0))[0];
  return first && (first.p75_ms ?? 0) >= backend_ms * 0.2 ? first : null;
}

/** A sentence in pieces; `strong` ones are the numbers, `code` names from the page. */
export interface Piece {
  text: string;
  style?: 'strong' | 'code';
}

const PART_PHRASES: Record<LcpPartName, string> = {
  time_to_first_byte_ms: 'waiting for the first byte',
  resource_load_delay_ms: 'before its image starts to load',
  resource_load_duration_ms: 'loading that image',
  element_render_delay_ms: 'until it is painted',
};

const NEGLIGIBLE_SHARE = 0.05;

/** "Where the time goes", in one sentence; null where nobody reported an LCP. */
export function headline(report: PageReport): Piece[] | null {
  const lcp = report.vitals.lcp_ms;
  if (!lcp) return null;
  const pieces: Piece[] = [
    { text: 'Three of four visits see the main content within ' },
    { text: formatMs(lcp.p75), style: 'strong' },
  ];
  const parts = lcpParts(lcpBreakdown(report))
    .filter((part) => part.share >= NEGLIGIBLE_SHARE)
    .sort((a, b) => b.ms - a.ms);
  if (parts.length === 0) return [...pieces, { text: '.' }];
  pieces.push({ text: ': ' });
  const opened = openTtfb(report);
  for (const [i, part] of parts.entries()) {
    if (i > 0) pieces.push({ text: i === parts.length - 1 ? ' and ' : ', ' });
    pieces.push({ text: formatMs(part.ms), style: 'strong' });
    pieces.push({ text: ` ${PART_PHRASES[part.name]}` });
    if (part.name !== 'time_to_first_byte_ms' || !opened) continue;
    const span = costlyQuery(report, opened.backend_ms);
    pieces.push({ text: ' (' }, { text: formatMs(opened.backend_ms), style: 'strong' });
    pieces.push({ text: ' of it in the backend' });
    if (span) {
      pieces.push({ text: ', where ' }, { text: clip(span.name, 64), style: 'code' });
      pieces.push({ text: ' takes ' }, { text: formatMs(span.p75_ms), style: 'strong' });
    }
    pieces.push({ text: ')' });
  }
  pieces.push({ text: '.' });
  return pieces;
}

function clip(text: string, max_chars: number): string {
  return text.length <= max_chars ? text : `${text.slice(0, max_chars - 1)}…`;
}
