import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { request } from '../api/client';
import type { GroupingPreview } from '../api/types';
import { useAction } from '../api/use_action';
import { useApi } from '../api/use_api';
import { plural } from '../model/format';
import { FormError, SavedNote } from '../ui/forms';
import { Card } from '../ui/parts';
import { Loaded, Skeleton } from '../ui/states';

/** A project's own grouping rules, tried on recent events before they are saved. */
export function GroupingRulesCard({ path }: { path: string }): JSX.Element {
  const state = useApi<{ rules: string }>(path);
  return (
    <Card title="Grouping rules" hint="for events from now on">
      <Loaded state={state} skeleton={<Skeleton rows={4} />}>
        {(answer) => <RulesForm rules={answer.rules} path={path} />}
      </Loaded>
    </Card>
  );
}

function RulesForm({ rules, path }: { rules: string; path: string }): JSX.Element {
  const [text, setText] = useState(rules);
  const [preview, setPreview] = useState<GroupingPreview | null>(null);
  const [saved, setSaved] = useState(false);
  const { busy, error, run } = useAction();
  const ask = () =>
    run(async () => {
      setSaved(false);
      setPreview(
        (await request('POST', `${path}/preview`, { body: { rules: text } })) as GroupingPreview,
      );
    });
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    run(async () => {
      await request('PUT', path, { body: { rules: text } });
      setPreview(null);
      setSaved(true);
    });
  };
  return (
    <form class="stack-form" onSubmit={save}>
      <label>
        Rules, one a line; the first that fits counts
        <textarea
          name="rules"
          rows={5}
          class="code"
          value={text}
          placeholder={
            'ignore: message:"*chrome-extension*"\nfingerprint: chunk-load when type:ChunkLoadError'
          }
          spellcheck={false}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setSaved(false);
          }}
        />
      </label>
      <div class="form-row">
        <button type="button" class="button" disabled={busy} onClick={ask}>
          Try on recent events
        </button>
        <button type="submit" class="button primary" disabled={busy}>
          Save rules
        </button>
        {saved && <SavedNote />}
        <FormError text={error} />
      </div>
      {preview && <Preview preview={preview} />}
    </form>
  );
}

function Preview({ preview }: { preview: GroupingPreview }): JSX.Element {
  return (
    <div role="status">
      <p>
        Of {plural(preview.examined_events, 'recent event')}: {preview.ignored_events} ignored, the
        rest {plural(preview.issues_after, 'issue')} instead of {preview.issues_before}.
      </p>
      <ul class="plain-list">
        {preview.rules.map((rule) => (
          <li key={rule.line}>
            Line {rule.line} {rule.ignore ? 'ignores' : 'groups'} {plural(rule.events, 'event')}{' '}
            <span class="muted breakable">{rule.titles.join(' · ')}</span>
          </li>
        ))}
      </ul>
      {preview.rules.length === 0 && <p class="muted">No line fits any of them.</p>}
    </div>
  );
}
