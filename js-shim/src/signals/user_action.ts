/** Clicks as breadcrumbs: where, never what it says there. */
import { on, run } from '../recorder.ts';
import { crumb } from './crumb.ts';

export const watchClicks = (): void =>
  on('click', ({ target }) => crumb('user', 'ui.click', 'info', run.$selector(target)));
