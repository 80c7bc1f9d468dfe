import type { JSX } from 'preact';
import { request } from '../api/client';
import type { Project } from '../api/types';
import { useAction } from '../api/use_action';
import { formatTime } from '../model/format';
import { navigate } from '../router';
import { useRoute } from '../ui/context';
import { FormError, fieldText } from '../ui/forms';
import { Card, Page, rowLink } from '../ui/parts';
import { Empty } from '../ui/states';
import { TableScroll } from '../ui/table_scroll';

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
          <TableScroll label="Projects">
            <table class="table">
              <thead>
                <tr>
                  <th class="num">Id</th>
                  <th>Name</th>
                  <th>Allowed origins</th>
                  <th>Made</th>
                </tr>
              </thead>
              <tbody>
                {projects.map((project) => (
                  <tr key={project.id} {...rowLink(`/p/${project.id}/overview`)}>
                    <td class="num">{project.id}</td>
                    <td>
                      <a href={`/p/${project.id}/overview`}>{project.name}</a>
                    </td>
                    <td>{project.allowed_origins.join(', ') || 'any'}</td>
                    <td>{formatTime(project.created_at, 'minute')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
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
