import type { JSX } from 'preact';
import type { Breadcrumb } from '../api/types';
import { formatClock, formatMs } from '../model/format';
import { Icon, type IconName } from './icons';
import { Level } from './parts';

function iconOf(crumb: Breadcrumb): IconName {
  if (crumb.category.startsWith('ui.') || crumb.type === 'user') return 'click';
  if (crumb.category === 'navigation' || crumb.type === 'navigation') return 'navigation';
  if (crumb.type === 'http' || ['fetch', 'xhr'].includes(crumb.category)) return 'network';
  if (crumb.level === 'error' || crumb.level === 'fatal') return 'issues';
  return 'log';
}

function dataText(data: Record<string, unknown>): string {
  return Object.entries(data ?? {})
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('   ');
}

/** Oldest first; times relative to `until` where it is known ("1.2 s before"). */
export function Breadcrumbs({
  crumbs,
  until,
  end,
}: {
  crumbs: Breadcrumb[];
  until?: string;
  end?: string;
}): JSX.Element {
  if (crumbs.length === 0) {
    return <p class="muted small">No breadcrumbs were recorded before this.</p>;
  }
  const until_ms = until ? Date.parse(until) : Number.NaN;
  return (
    <ol class="crumb-list">
      {crumbs.map((crumb, i) => {
        const before_ms = until_ms - Date.parse(crumb.at);
        const bad = crumb.level === 'error' || crumb.level === 'fatal';
        return (
          <li key={i} class={bad ? 'bad' : ''}>
            <span class="crumb-icon">
              <Icon name={iconOf(crumb)} />
            </span>
            <span class="crumb-main">
              <span class="crumb-category">{crumb.category || crumb.type || 'default'}</span>
              {bad && <Level level={crumb.level} />}
              <span class="crumb-message">{crumb.message}</span>
              {Object.keys(crumb.data ?? {}).length > 0 && (
                <span class="crumb-data">{dataText(crumb.data)}</span>
              )}
            </span>
            <time dateTime={crumb.at} title={formatClock(crumb.at)}>
              {Number.isFinite(before_ms) && before_ms >= 0
                ? `−${formatMs(before_ms)}`
                : formatClock(crumb.at)}
            </time>
          </li>
        );
      })}
      {end && (
        <li class="bad end">
          <span class="crumb-icon">
            <Icon name="issues" />
          </span>
          <span class="crumb-main">
            <span class="crumb-message">{end}</span>
          </span>
          <time>{until ? formatClock(until) : ''}</time>
        </li>
      )}
    </ol>
  );
}
