import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { VitalName, VitalSummary } from '../api/types';
import { tooFew } from '../model/change';
import { formatCount, formatShare, formatVital, NONE, plural } from '../model/format';
import { RATING_WORDS, type Rating, rate, VITALS } from '../model/rating';
import { navigate } from '../router';
import { Icon, RatingIcon } from './icons';

export interface Crumb {
  label: string;
  href: string;
}

/**
 * A page's head: sets the document's title, and moves focus to the heading when
 * the page opens, so that a screen reader says where one is.
 */
export function Page({
  title,
  heading,
  crumbs = [],
  actions,
  children,
}: {
  title: string;
  heading?: ComponentChildren;
  crumbs?: Crumb[];
  actions?: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  const h1 = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${title} · Pagewake`;
  }, [title]);
  // With the page itself: a moment later they may be in one of its fields already.
  useLayoutEffect(() => {
    // Not on the very first page: there the browser's own start is right.
    if (document.documentElement.dataset.navigated === 'yes') {
      h1.current?.focus({ preventScroll: true });
    }
  }, []);
  return (
    <>
      <div class="page-head">
        <div class="page-title">
          {crumbs.length > 0 && (
            <nav aria-label="Breadcrumb" class="crumbs">
              {crumbs.map((crumb) => (
                <span key={crumb.href}>
                  <a href={crumb.href}>{crumb.label}</a>
                  <span aria-hidden="true"> / </span>
                </span>
              ))}
            </nav>
          )}
          <h1 ref={h1} tabIndex={-1}>
            {heading ?? title}
          </h1>
        </div>
        {actions && <div class="page-actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

export function Card({
  title,
  hint,
  actions,
  children,
  class: cls,
}: {
  title?: ComponentChildren;
  hint?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}): JSX.Element {
  return (
    <section class={`card ${cls ?? ''}`}>
      {title !== undefined && (
        <div class="card-head">
          <h2>{title}</h2>
          {hint && <span class="muted small">{hint}</span>}
          {actions && <span class="card-actions">{actions}</span>}
        </div>
      )}
      {children}
    </section>
  );
}

/** In place of a number that rests on too few views to say anything. */
export function TooFew({ views, of = 'view' }: { views: number; of?: Counted }): JSX.Element {
  const words = `Only ${plural(views, of)}: too few to say`;
  return (
    <span class="muted too-few" title={words}>
      n={formatCount(views)}
      <span class="sr-only">. {words}</span>
    </span>
  );
}

/** A share or a percentile with how many views it comes from; too few and it is not shown. */
export function FromViews({
  views,
  of = 'view',
  children,
}: {
  views: number;
  of?: Counted;
  children: ComponentChildren;
}): JSX.Element {
  if (tooFew(views)) return <TooFew views={views} of={of} />;
  return <span title={`From ${plural(views, of)}`}>{children}</span>;
}

/** What was counted where it is not page views. */
type Counted = 'view' | 'session' | 'user';

/** A vital's value with its rating as shape, colour and (for screen readers) word. */
export function Rated({
  vital,
  value,
  views,
}: {
  vital: VitalName;
  value: number | null | undefined;
  /** How many views the value comes from; too few and it is not shown. Left out for a single visit's. */
  views?: number | undefined;
}): JSX.Element {
  if (views !== undefined && tooFew(views) && value !== null && value !== undefined) {
    return <TooFew views={views} />;
  }
  const rating = rate(vital, value);
  if (!rating) return <span class="muted">{NONE}</span>;
  return (
    <span
      class={`rated ${rating}`}
      {...(views === undefined ? {} : { title: `From ${plural(views, 'view')}` })}
    >
      <RatingIcon rating={rating} />
      <span class="num">{formatVital(vital, value)}</span>
      <span class="sr-only">, {RATING_WORDS[rating]}</span>
    </span>
  );
}

export const RATINGS: readonly Rating[] = ['good', 'needs_improvement', 'poor'];

export function distributionWords(vital: VitalName, s: VitalSummary): string {
  return `${VITALS[vital].short}: ${formatShare(s.good)} good, ${formatShare(s.needs_improvement)} need improvement, ${formatShare(s.poor)} poor, of ${formatCount(s.count)} visits`;
}

export function DistributionBar({
  vital,
  summary,
}: {
  vital: VitalName;
  summary: VitalSummary;
}): JSX.Element {
  const text = distributionWords(vital, summary);
  return (
    <span class="dist" role="img" aria-label={text} title={text}>
      {RATINGS.map((rating) => (
        <span key={rating} class={rating} style={{ width: `${summary[rating] * 100}%` }} />
      ))}
    </span>
  );
}

/** A bar as wide as `share` (0..1) behind a cell's number. */
export function ShareBar({ share, class: cls }: { share: number; class?: string }): JSX.Element {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return (
    <span class={`share ${cls ?? ''}`} aria-hidden="true">
      <span style={{ width: `${width}%` }} />
    </span>
  );
}

export function CopyBlock({ label, text }: { label: string; text: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const pre = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // No clipboard on plain http: select it, so that Ctrl+C does the rest.
      const range = document.createRange();
      if (pre.current) range.selectNodeContents(pre.current);
      const selection = window.getSelection();
      selection?.removeAllRanges();
      selection?.addRange(range);
    }
  };
  return (
    <div class="copy-block">
      <div class="copy-head">
        <span>{label}</span>
        <button type="button" class="button small" onClick={copy} aria-label={`Copy ${label}`}>
          <Icon name={copied ? 'check' : 'copy'} />
          <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, also by keyboard */}
      <pre ref={pre} tabIndex={0}>
        {text}
      </pre>
    </div>
  );
}

const LEVELS: Record<string, string> = {
  fatal: 'poor',
  error: 'poor',
  warning: 'needs_improvement',
  warn: 'needs_improvement',
};

export function Level({ level }: { level: string }): JSX.Element {
  return <span class={`level ${LEVELS[level] ?? 'neutral'}`}>{level || 'info'}</span>;
}

export function Badge({
  children,
  tone = 'neutral',
  title,
}: {
  children: ComponentChildren;
  tone?: string;
  title?: string;
}): JSX.Element {
  return (
    <span class={`badge ${tone}`} title={title}>
      {children}
    </span>
  );
}

/** A whole table row that one can click; the link inside stays the keyboard's way. */
export function rowLink(href: string): { class: string; onClick: (event: MouseEvent) => void } {
  return {
    class: 'row-link',
    onClick: (event) => {
      if ((event.target as Element).closest('a, button, summary')) return;
      if (window.getSelection()?.toString()) return;
      navigate(href);
    },
  };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function Value({ value }: { value: unknown }): JSX.Element {
  if (value === null || value === undefined || value === '')
    return <span class="muted">{NONE}</span>;
  if (isPlain(value) || Array.isArray(value)) {
    return <pre class="value-json">{JSON.stringify(value, null, 1)}</pre>;
  }
  return <>{String(value)}</>;
}

const SQL_KEYS = new Set(['db.query.text', 'db.statement']);

export function KeyValues({
  values,
  empty,
}: {
  values: Record<string, unknown> | [string, unknown][];
  empty?: string;
}): JSX.Element {
  const rows = Array.isArray(values) ? values : Object.entries(values);
  if (rows.length === 0) return <p class="muted small">{empty ?? 'None.'}</p>;
  return (
    <dl class="kv">
      {rows.map(([key, value]) => (
        <div key={key} class={SQL_KEYS.has(key) ? 'wide' : ''}>
          <dt>{key}</dt>
          <dd>
            {SQL_KEYS.has(key) ? <pre class="sql">{String(value)}</pre> : <Value value={value} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}
