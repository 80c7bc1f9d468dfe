import type { JSX } from 'preact';
import type uPlot from 'uplot';
import type { ReleaseMark } from '../api/types';
import { formatTime } from '../model/format';

/** A line where a release was first seen; names stand where they do not collide. */
export function drawReleases(u: uPlot, releases: readonly ReleaseMark[], ink: string): void {
  const ratio = devicePixelRatio;
  let free = -Infinity;
  u.ctx.save();
  u.ctx.strokeStyle = ink;
  u.ctx.fillStyle = ink;
  u.ctx.lineWidth = ratio;
  u.ctx.font = `${10 * ratio}px system-ui, sans-serif`;
  u.ctx.textBaseline = 'top';
  for (const mark of releases) {
    const x = Math.round(u.valToPos(Date.parse(mark.first_seen_at) / 1000, 'x', true));
    if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
    u.ctx.beginPath();
    u.ctx.setLineDash([2 * ratio, 2 * ratio]);
    u.ctx.moveTo(x, u.bbox.top);
    u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
    u.ctx.stroke();
    const width = u.ctx.measureText(mark.release).width;
    const left = Math.min(x + 3 * ratio, u.bbox.left + u.bbox.width - width);
    if (left < free) continue;
    u.ctx.fillText(mark.release, left, u.bbox.top);
    free = left + width + 6 * ratio;
  }
  u.ctx.restore();
}

/** The same marks for those who do not see the canvas, and for a closer look. */
export function ReleaseList({
  releases,
}: {
  releases: readonly ReleaseMark[];
}): JSX.Element | null {
  if (releases.length === 0) return null;
  return (
    <p class="release-list muted small">
      Releases:{' '}
      {releases.map((mark, i) => (
        <span key={mark.release}>
          {i > 0 && ', '}
          <code>{mark.release}</code> since {formatTime(mark.first_seen_at, 'minute')}
        </span>
      ))}
    </p>
  );
}
