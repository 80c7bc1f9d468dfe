import type { JSX } from 'preact';
import { type Change, formatChange } from '../model/change';

/** "+12 %" with an arrow; coloured where more is better or worse, silent where too little is known. */
export function ChangeNote({
  change,
  against,
  spelt = false,
}: {
  change: Change | null;
  /** "the 24 hours before" */
  against: string;
  /** Says "better" or "worse" on the screen too, where there is room. */
  spelt?: boolean;
}): JSX.Element | null {
  if (!change) return null;
  const isPlain = change.better === null || change.chance === true;
  const tone = isPlain ? '' : change.better ? 'good' : 'poor';
  const words = change.chance ? 'may be chance' : isPlain ? '' : change.better ? 'better' : 'worse';
  const title = change.chance
    ? `Against ${against}; so few views often differ as much by chance`
    : `Against ${against}`;
  return (
    <span class={`change ${tone}`} title={title}>
      {change.share !== 0 && (
        <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
          <path d={change.share > 0 ? 'M4 1 7.5 7h-7z' : 'M4 7 .5 1h7z'} />
        </svg>
      )}
      {formatChange(change)}
      {spelt && words !== '' && <span class="change-words">{words}</span>}
      <span class="sr-only">
        {!spelt && words !== '' && `, ${words}`} against {against}
      </span>
    </span>
  );
}
