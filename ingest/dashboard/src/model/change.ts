/** How a number moved against another period, release or slice. */

export interface Change {
  /** 0.12: twelve per cent more. */
  share: number;
  better: boolean | null;
}

/** Nothing where either side is missing, or rests on too few views to say. */
export function changeOf(
  now: number | null | undefined,
  before: number | null | undefined,
  views: { now: number; before: number },
  lessIsBetter: boolean | null = true,
): Change | null {
  if (now === null || now === undefined || before === null || before === undefined) return null;
  if (before === 0 || tooFew(views.now) || tooFew(views.before)) return null;
  const share = now / before - 1;
  // A histogram knows a value to 1 %: less than twice that is no change.
  if (Math.abs(share) < 0.02) return { share: 0, better: null };
  return { share, better: lessIsBetter === null ? null : share < 0 === lessIsBetter };
}

/** A percentile of fewer views is a visitor's fate, not a page's speed. */
export const FEWEST_VIEWS = 5;
export function tooFew(views: number): boolean {
  return views < FEWEST_VIEWS;
}

export function formatChange(change: Change): string {
  if (change.share === 0) return '±0 %';
  const percent = Math.abs(change.share) * 100;
  const text = percent < 9.95 ? percent.toFixed(1).replace('.0', '') : String(Math.round(percent));
  return `${change.share > 0 ? '+' : '−'}${text} %`;
}
