import type { JSX } from 'preact';
import { request } from '../api/client';
import type { Project } from '../api/types';
import { useAction } from '../api/use_action';
import { formatTime } from '../model/format';
import { navigate } from '../router';
import { useRoute } from '../ui/context';
import { FormError, fieldText } from '../ui/forms';
import { Card, Page } from '../ui/parts';
import { Empty } from '../ui/states';
import { DataTable } from '../ui/table';

export function ProjectsPage(): JSX.Element {
  const { projects, reloadProjects } = useRoute();
  const { busy, error, run } = useAction();
  const create = (event: SubmitEvent) => {
    event.preventDefault();
    const name = fieldText(new FormData(event.currentTarget as HTMLFormElement), 'name');
    run(async () => {
      const project = (await request('POST', '/api/v1/projects', {
        body: { name, allowed_origins: [] },
      })) as Project;
      reloadProjects();
      navigate(`/p/${project.id}/settings`);
    });
  };
  return (
    <Page title="Projects">
      <Card>
        {projects.length === 0 ? (
          <Empty title="No project yet">
            <p>A project is one site or app. Make the first one below.</p>
          </Empty>
        ) : (
          <DataTable
            name="projects"
            caption="Projects"
            columns={[
              { key: 'id', label: 'Id', class: 'num', value: (project) => project.id },
              {
                key: 'name',
                label: 'Name',
                value: (project) => project.name,
                cell: (project) => <a href={`/p/${project.id}/overview`}>{project.name}</a>,
              },
              {
                key: 'allowed_origins',
                label: 'Allowed origins',
                value: (project) => project.allowed_origins.join(' '),
                cell: (project) => project.allowed_origins.join(', ') || 'any',
              },
              {
                key: 'created_at',
                label: 'Made',
                value: (project) => project.created_at,
                cell: (project) => formatTime(project.created_at, 'minute'),
              },
            ]}
            rows={projects}
            rowKey={(project) => String(project.id)}
            href={(project) => `/p/${project.id}/overview`}
          />
        )}
      </Card>
      <Card title="New project" hint="needs a token with scope admin">
        <form class="inline-form" onSubmit={create}>
          <label>
            Name
            <input name="name" maxLength={100} autocomplete="off" required />
          </label>
          <button type="submit" class="button primary" disabled={busy}>
            Make project
          </button>
        </form>
        <FormError text={error} />
      </Card>
    </Page>
  );
}
