import type { JSX } from 'preact';
import { type Change, formatChange } from '../model/change';

/** "+12 %" with an arrow; coloured where more is better or worse, silent where too little is known. */
export function ChangeNote({
  change,
  against,
}: {
  change: Change | null;
  /** "the 24 hours before" */
  against: string;
}): JSX.Element | null {
  if (!change) return null;
  const tone = change.better === null ? '' : change.better ? 'good' : 'poor';
  const words = change.better === null ? '' : change.better ? ', better' : ', worse';
  return (
    <span class={`change ${tone}`} title={`Against ${against}`}>
      {change.share !== 0 && (
        <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
          <path d={change.share > 0 ? 'M4 1 7.5 7h-7z' : 'M4 7 .5 1h7z'} />
        </svg>
      )}
      {formatChange(change)}
      <span class="sr-only">
        {words} against {against}
      </span>
    </span>
  );
}
