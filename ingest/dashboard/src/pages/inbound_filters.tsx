import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import type { InboundFilters } from '../api/types';
import { useAction } from '../api/use_action';
import { useApi } from '../api/use_api';
import { readVersions, writeVersions } from '../model/versions';
import { useProjectHref } from '../ui/context';
import { FormError, SavedNote } from '../ui/forms';
import { Card } from '../ui/parts';
import { Loaded, Skeleton } from '../ui/states';

const FLAGS: readonly {
  name: Exclude<keyof InboundFilters, 'oldest_versions'>;
  label: string;
  about: string;
}[] = [
  {
    name: 'known_noise',
    label: 'Known noise',
    about: '"Script error." without a place, ResizeObserver loops',
  },
  {
    name: 'browser_extensions',
    label: 'Browser extensions',
    about: "errors thrown in an extension's script",
  },
  { name: 'bots', label: 'Bots', about: 'crawlers and tools, by their User-Agent' },
  { name: 'localhost', label: 'Localhost', about: 'pages of developers’ own machines' },
  {
    name: 'webdriver',
    label: 'Automated browsers',
    about: 'by navigator.webdriver, and headless ones by their User-Agent',
  },
];

/** What a project does not want to keep from browsers; each thing left out is counted. */
export function InboundFiltersCard({ path }: { path: string }): JSX.Element {
  const state = useApi<InboundFilters>(path);
  return (
    <Card title="Inbound filters" hint="what is left out is counted">
      <Loaded state={state} skeleton={<Skeleton rows={5} />}>
        {(filters) => <FiltersForm filters={filters} path={path} onSaved={state.replace} />}
      </Loaded>
    </Card>
  );
}

function FiltersForm({
  filters,
  path,
  onSaved,
}: {
  filters: InboundFilters;
  path: string;
  onSaved: (filters: InboundFilters) => void;
}): JSX.Element {
  const href = useProjectHref();
  const [saved, setSaved] = useState(false);
  const [unread, setUnread] = useState('');
  const { busy, error, run } = useAction();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setSaved(false);
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const versions = readVersions(String(form.get('oldest_versions') ?? ''));
    if (typeof versions === 'string') {
      setUnread(versions);
      return;
    }
    setUnread('');
    const body: Record<string, unknown> = { oldest_versions: versions };
    for (const flag of FLAGS) body[flag.name] = form.has(flag.name);
    run(async () => {
      onSaved((await request('PUT', path, { body })) as InboundFilters);
      setSaved(true);
    });
  };
  return (
    <form class="stack-form" onSubmit={submit}>
      <ul class="plain-list">
        {FLAGS.map((flag) => (
          <li key={flag.name}>
            <label class="check">
              <input type="checkbox" name={flag.name} defaultChecked={filters[flag.name]} />
              <span>
                {flag.label} <span class="muted small">{flag.about}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      <label>
        Oldest browsers
        <textarea
          name="oldest_versions"
          rows={3}
          placeholder={'Chrome 100\nSafari 15.4'}
          defaultValue={writeVersions(filters.oldest_versions)}
          spellcheck={false}
        />
      </label>
      <p class="muted small">
        One a line, with the oldest version still wanted; browsers that are not named are kept. How
        much was left out: <a href={href('/outcomes')}>Outcomes</a>.
      </p>
      <div class="form-row">
        <button type="submit" class="button primary" disabled={busy}>
          Save filters
        </button>
        <FormError
          text={
            error || (unread && `"${unread}" is not a browser and a version, such as Chrome 100`)
          }
        />
        {saved && !error && !unread && <SavedNote />}
      </div>
    </form>
  );
}
