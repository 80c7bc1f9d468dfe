import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, projectPath, request } from '../api/client';
import type { Project } from '../api/types';
import { formatTime } from '../model/format';
import { npmSnippet, otlpSnippet, scriptTag, sentrySnippet } from '../model/snippets';
import { useRoute } from '../ui/context';
import { Card, CopyBlock, KeyValues, Page } from '../ui/parts';
import { Empty } from '../ui/states';
import { GroupingRulesCard } from './grouping_rules';
import { InboundFiltersCard } from './inbound_filters';

/** The ways to get data in; also what an empty project shows in place of a report. */
export function GetStarted({ project }: { project: Project }): JSX.Element {
  return (
    <div class="get-started">
      <ol class="steps">
        <li>
          <h3>Put the script tag into your pages</h3>
          <p class="muted">Anywhere in the head. It loads after the page's own work.</p>
          <CopyBlock label="Script tag" text={scriptTag(project.dsn)} />
        </li>
        <li>
          <h3>Or use the npm package</h3>
          <p class="muted">Same thing for a bundled app; call it once, as early as you can.</p>
          <CopyBlock label="npm" text={npmSnippet(project.dsn)} />
        </li>
        <li>
          <h3>Join the backend</h3>
          <p class="muted">
            OpenTelemetry's own variables. With them the page report says how much of the wait is
            the backend, down to the SQL statement.
          </p>
          <CopyBlock label="OpenTelemetry" text={otlpSnippet(project.dsn, project.public_key)} />
        </li>
        <li>
          <h3>Send the backend's errors</h3>
          <p class="muted">Any Sentry SDK works with the same DSN; Python for example:</p>
          <CopyBlock label="Sentry SDK" text={sentrySnippet(project.dsn)} />
        </li>
      </ol>
    </div>
  );
}

export function SettingsPage(): JSX.Element {
  const { project, reloadProjects } = useRoute();
  const [message, setMessage] = useState<{ text: string; bad: boolean } | null>(null);
  if (!project) {
    return (
      <Page title="Settings">
        <Empty title="No such project">
          <p>
            See <a href="/p">all projects</a>.
          </p>
        </Empty>
      </Page>
    );
  }
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const allowed_origins = String(form.get('origins') ?? '')
      .split(/\s+/)
      .filter(Boolean);
    try {
      await request('PATCH', projectPath(project.id, ''), {
        body: { name: String(form.get('name') ?? '').trim(), allowed_origins },
      });
      setMessage({ text: 'Saved.', bad: false });
      reloadProjects();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setMessage({ text: failure.message, bad: true });
    }
  };
  return (
    <Page title={`Settings of ${project.name}`} heading="Settings">
      <div class="columns wide-left">
        <Card title="Install">
          <GetStarted project={project} />
        </Card>
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
                <button type="submit" class="button primary">
                  Save
                </button>
                {message && (
                  <span role="status" class={message.bad ? 'form-error' : 'form-ok'}>
                    {message.text}
                  </span>
                )}
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
