import type { JSX } from 'preact';
import type { Rating } from '../model/rating';

const PATHS = {
  live: 'M8 6.8a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4M5 5a4.2 4.2 0 0 0 0 6M11 5a4.2 4.2 0 0 1 0 6M3 3a7 7 0 0 0 0 10M13 3a7 7 0 0 1 0 10',
  target: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 7.6v.8',
  overview: 'M2.5 13.5v-4M6.2 13.5v-7M9.8 13.5v-5M13.5 13.5v-11',
  pages: 'M4 2.5h5.5L12.5 5.5v8H4zM9.5 2.5v3h3M6 8.5h4.5M6 11h4.5',
  issues: 'M8 2.2 14.2 13H1.8zM8 6.5v3M8 11.3v.2',
  outcomes: 'M2 4h12l-4.5 5v4l-3 1V9z',
  release: 'M8.5 2.5h5v5l-6 6-5-5zM11 5v.1',
  source_map: 'M6 3 2 8l4 5M10 3l4 5-4 5',
  settings:
    'M8 5.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6M8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M3.6 12.4 5 11M11 5l1.4-1.4',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6z',
  auto: 'M8 2.2a5.8 5.8 0 1 0 0 11.6zM8 2.2a5.8 5.8 0 0 1 0 11.6',
  people:
    'M6 3a2.2 2.2 0 1 0 0 4.4A2.2 2.2 0 0 0 6 3M2 13a4 4 0 0 1 8 0M10.5 3.3a2.2 2.2 0 0 1 0 3.9M11.6 9.5A4 4 0 0 1 14 13',
  logout: 'M6.5 2.5h-4v11h4M6 8h8M11 5l3 3-3 3',
  chevron: 'M6 4l4 4-4 4',
  down: 'M4 6l4 4 4-4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  check: 'M3 8.5 6.5 12 13 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  trace: 'M2 3.5h7M5 8h7M8 12.5h6',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 4.8V8l2.2 1.6',
  click: 'M5.5 5.5 13 8.2 9.8 9.8 8.2 13zM3 3l.9.9M5.6 1.9v1.2M1.9 5.6h1.2',
  network: 'M2.5 6a8 8 0 0 1 11 0M4.5 8.3a5 5 0 0 1 7 0M8 11.8v.1',
  navigation: 'M2.5 8h10M9 4.5 12.5 8 9 11.5',
  log: 'M3 4h10M3 8h10M3 12h6',
  bell: 'M4 11V7a4 4 0 0 1 8 0v4l1.2 1.5H2.8zM6.8 14h2.4',
  plus: 'M8 3v10M3 8h10',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 7.3v3.7M8 5v.1',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name, class: cls }: { name: IconName; class?: string }): JSX.Element {
  return (
    <svg class={`icon ${cls ?? ''}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Colour is never the only sign: circle, square, triangle. */
export function RatingIcon({ rating }: { rating: Rating }): JSX.Element {
  return (
    <svg
      class={`rating-icon ${rating}`}
      viewBox="0 0 10 10"
      width="10"
      height="10"
      aria-hidden="true"
    >
      {rating === 'good' && <circle cx="5" cy="5" r="4.2" />}
      {rating === 'needs_improvement' && <rect x="1" y="1" width="8" height="8" rx="1" />}
      {rating === 'poor' && <path d="M5 .8 9.6 9.2H.4z" />}
    </svg>
  );
}

export function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect class="logo-ground" width="32" height="32" rx="7" />
      <path class="logo-near" d="M6 20c3.5 0 3.5-4 7-4s3.5 4 7 4 3.5-4 6-4" />
      <path class="logo-far" d="M10 12.5c2.6 0 2.6-3 5.2-3s2.6 3 5.2 3" />
    </svg>
  );
}
