/** The API's functions that the early part only keeps. */
import type { Tools } from '../core/late_tools.ts';
import { flagOf } from '../options.ts';
import type { ApiCall } from '../recorder.ts';
import type { ErrorRules } from '../signals/error_rules.ts';
import { resourceFailed } from '../signals/resource_error.ts';
import type { Breadcrumb, Consent, Primitive, User } from '../types.ts';

export function makeCalls(tools: Tools, rules: ErrorRules, forget: () => void) {
  const { $record: record, $run: run, $crumb: crumb } = tools;
  let wasAllowed = run.$options.consent !== 'denied';

  const setTags = (t: number, tags: Record<string, Primitive>) => {
    rules.$apply(['setTags', [tags]]);
    for (const [key, value] of Object.entries(tags)) record('tag', t, key, String(value ?? ''));
  };
  const functions: Record<string, (t: number, ...args: never[]) => void> = {
    // Not of the API: the early part heard that a resource did not load.
    error: (_, element: Element) => resourceFailed(tools, element),
    addBreadcrumb(t, { type, category, level, message, data }: Breadcrumb) {
      crumb(
        type || 'default',
        category || 'manual',
        level || 'info',
        String(message ?? ''),
        data,
        t,
      );
    },
    setUser(t, user: User | null) {
      const { id, email, username } = user ?? {};
      const isPii = flagOf(run.$options.sendDefaultPii, false);
      record('user', t, String(id ?? ((isPii && (username || email)) || '')));
    },
    setTag: (t, key: string, value: Primitive) => setTags(t, { [key]: value }),
    setTags,
    setContext: (_, ...args) => rules.$apply(['setContext', args]),
    startPageView(_, name?: string) {
      tools.$measure();
      tools.$startView('soft_navigation', tools.$now(), name);
    },
    mark(t, name: string) {
      // Recorded as any other mark of the page: user_timing.ts.
      performance.mark(name, { startTime: t });
    },
    setConsent(_, consent: Consent) {
      const isAllowed = consent === 'granted';
      run.$allowed = isAllowed;
      if (isAllowed && !wasAllowed) {
        // Now it may be stored.
        tools.$touchSession();
        if (run.$off) {
          run.$off = false;
          tools.$recordInit();
          tools.$startView('soft_navigation', tools.$now());
        }
      } else if (!isAllowed && wasAllowed) {
        run.$off = true;
        run.$recording = false;
        forget();
      }
      wasAllowed = isAllowed;
    },
  };
  return ([name, args, t]: ApiCall): void => functions[name]?.(t, ...(args as never[]));
}
