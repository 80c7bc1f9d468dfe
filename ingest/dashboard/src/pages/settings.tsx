import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { projectPath, request } from '../api/client';
import { useAction } from '../api/use_action';
import { formatTime } from '../model/format';
import { useRoute } from '../ui/context';
import { FormError, fieldText, SavedNote } from '../ui/forms';
import { Card, CopyBlock, KeyValues, Page } from '../ui/parts';
import { GetStarted } from './get_started';
import { GroupingRulesCard } from './grouping_rules';
import { InboundFiltersCard } from './inbound_filters';
import { QuotasCard, RetentionCard } from './limits';
import { NoProjectPage } from './not_found';

export function SettingsPage(): JSX.Element {
  const { project, reloadProjects } = useRoute();
  const [saved, setSaved] = useState(false);
  const { busy, error, run } = useAction();
  if (!project) return <NoProjectPage title="Settings" />;
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const allowed_origins = fieldText(form, 'origins').split(/\s+/).filter(Boolean);
    setSaved(false);
    run(async () => {
      await request('PATCH', projectPath(project.id, ''), {
        body: { name: fieldText(form, 'name'), allowed_origins },
      });
      setSaved(true);
      reloadProjects();
    });
  };
  return (
    <Page title={`Settings of ${project.name}`} heading="Settings">
      <div class="columns wide-left">
        <div class="stack">
          <Card title="Install">
            <GetStarted project={project} />
          </Card>
          <QuotasCard path={projectPath(project.id, '/quotas')} />
          <RetentionCard />
        </div>
        <div class="stack">
          <Card title="Project">
            <CopyBlock label="DSN" text={project.dsn} />
            <KeyValues
              values={[
                ['project id', project.id],
                ['public key', project.public_key],
                ['made', formatTime(project.created_at)],
              ]}
            />
          </Card>
          <Card title="Name and origins">
            <form class="stack-form" onSubmit={save}>
              <label>
                Name
                <input name="name" defaultValue={project.name} maxLength={100} required />
              </label>
              <label>
                Allowed origins
                <textarea
                  name="origins"
                  rows={3}
                  placeholder="https://shop.example"
                  defaultValue={project.allowed_origins.join('\n')}
                  spellcheck={false}
                />
              </label>
              <p class="muted small">
                One a line. Empty: pages of every origin may send. Beacons of other origins are
                dropped and counted as <code>origin_denied</code>.
              </p>
              <div class="form-row">
                <button type="submit" class="button primary" disabled={busy}>
                  Save
                </button>
                <FormError text={error} />
                {saved && <SavedNote />}
              </div>
            </form>
          </Card>
          <InboundFiltersCard path={projectPath(project.id, '/inbound-filters')} />
          <GroupingRulesCard path={projectPath(project.id, '/grouping-rules')} />
        </div>
      </div>
    </Page>
  );
}
