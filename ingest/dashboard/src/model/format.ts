import type { VitalName } from '../api/types';

export const NONE = '–';

/** "812 ms", "3.21 s", "2 m 5 s"; a dash where there is no value. */
export function formatMs(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NONE;
  const size = Math.abs(ms);
  if (size < 0.05) return '0 ms';
  if (size < 9.95) return `${trimZero(ms.toFixed(1))} ms`;
  if (size < 999.5) return `${Math.round(ms)} ms`;
  if (size < 9995) return `${(ms / 1000).toFixed(2)} s`;
  if (size < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (Math.abs(seconds) < 3600) {
    return seconds % 60 === 0
      ? `${seconds / 60} min`
      : `${Math.trunc(seconds / 60)} min ${Math.abs(seconds % 60)} s`;
  }
  const minutes = Math.round(seconds / 60);
  return minutes % 60 === 0
    ? `${minutes / 60} h`
    : `${Math.trunc(minutes / 60)} h ${Math.abs(minutes % 60)} min`;
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}

export function formatCls(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0';
  return value < 0.01 ? value.toFixed(4) : value.toFixed(3);
}

export function formatVital(name: VitalName, value: number | null | undefined): string {
  return name === 'cls' ? formatCls(value) : formatMs(value);
}

const SI = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Decimal units, as networks and browsers' tools count: 812000 is "812 kB". */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return NONE;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < SI.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || Math.abs(value) >= 99.95 ? 0 : 1;
  return `${trimZero(value.toFixed(digits))} ${SI[unit]}`;
}

/** 0.021 is "2.1 %". Never rounds something to nothing: 0.0002 is "<0.1 %". */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NONE;
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.1) return '<0.1 %';
  if (percent > 99.9 && percent < 100) return '>99.9 %';
  return `${percent < 9.95 ? trimZero(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** "1,234", "12.3k", "4.1M": short enough for a table's cell. */
export function formatCount(count: number | null | undefined): string {
  if (count === null || count === undefined || !Number.isFinite(count)) return NONE;
  const size = Math.abs(count);
  if (size < 10_000) {
    // Weighted counts may have a fraction; a visitor is whole.
    return formatWhole(count);
  }
  if (size < 999_500) return `${trimZero((count / 1000).toFixed(size < 99_950 ? 1 : 0))}k`;
  return `${trimZero((count / 1e6).toFixed(size < 99.95e6 ? 1 : 0))}M`;
}

/** Every digit, for numbers that must visibly add up: "221,032". */
export function formatWhole(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** "1 event", "2 events". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${Math.round(count) === 1 ? one : many}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}

/** "21 Nov 2026, 04:00:12" in the reader's time zone; "" for an unreadable time. */
export function formatTime(
  at: string | number | null | undefined,
  parts?: 'date' | 'minute',
): string {
  if (at === null || at === undefined || at === '') return '';
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  const day = `${date.getDate()} ${MONTHS[date.getMonth()]}`;
  if (parts === 'date') return day;
  const minute = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (parts === 'minute') return `${day}, ${minute}`;
  return `${day} ${date.getFullYear()}, ${minute}:${two(date.getSeconds())}`;
}

/** "04:00:12.345" in the reader's time zone. */
export function formatClock(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** "just now", "5 min ago", "3 h ago", "2 days ago", then the date. */
export function formatAgo(at: string, now_unix_ms: number): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return '';
  const seconds = (now_unix_ms - then) / 1000;
  if (seconds < -60) return formatTime(at, 'minute'); // a sender's clock runs ahead
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  if (days <= 30) return days === 1 ? 'yesterday' : `${days} days ago`;
  return formatTime(at, 'date');
}

/** Scheme and query gone, the file's end kept: what one needs to know a URL by. */
export function shortUrl(url: string, max_chars = 60): string {
  let text = url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[?#].*$/, '');
  if (text === '') text = url;
  const path = text.indexOf('/');
  if (text.length > max_chars && path > 0) text = text.slice(path);
  if (text.length > max_chars) text = `…${text.slice(-(max_chars - 1))}`;
  return text;
}

/** The last part of a URL's path, "/" for a root, never empty for a non-empty URL. */
export function fileName(url: string): string {
  const path = url.replace(/[?#].*$/, '').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
  const last = path.split('/').filter(Boolean).pop();
  return last ?? (path === '/' || path === '' ? '/' : url);
}

/** "resolved_in_next_release" → "resolved in next release". */
export function words(name: string): string {
  return name.replace(/[_]+/g, ' ');
}

export function shortId(id: string): string {
  return id.slice(0, 8);
}
