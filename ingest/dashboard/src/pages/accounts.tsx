import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, projectPath, request } from '../api/client';
import type { AccessToken, AuditEntry, Listing, Me, User } from '../api/types';
import { type ApiState, useApi } from '../api/use_api';
import { formatTime } from '../model/format';
import { useRoute } from '../ui/context';
import { fieldText } from '../ui/forms';
import { Card, CopyBlock, Page } from '../ui/parts';
import { ErrorState, Loaded, Skeleton } from '../ui/states';
import { type Column, DataTable } from '../ui/table';

/** Runs `work`; its refusal is a sentence for people. */
async function said(work: () => Promise<string>): Promise<{ text: string; bad: boolean }> {
  try {
    return { text: await work(), bad: false };
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    return { text: failure.message, bad: true };
  }
}

function Form({
  title,
  button,
  submit,
  children,
}: {
  title?: string;
  button: string;
  submit: (form: FormData) => Promise<string>;
  children: ComponentChildren;
}): JSX.Element {
  const [message, setMessage] = useState<{ text: string; bad: boolean } | null>(null);
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const result = await said(() => submit(new FormData(form)));
    if (!result.bad) form.reset();
    setMessage(result);
  };
  return (
    <form class="inline-form" onSubmit={onSubmit}>
      {title && <h3>{title}</h3>}
      {children}
      <button type="submit" class="button primary">
        {button}
      </button>
      {message && (
        <span
          role={message.bad ? 'alert' : 'status'}
          class={message.bad ? 'form-error' : 'form-ok'}
        >
          {message.text}
        </span>
      )}
    </form>
  );
}

function Table<T>({
  label,
  state,
  empty,
  columns,
  rowKey,
}: {
  label: string;
  state: ApiState<Listing<T>>;
  /** Said where there is none yet. */
  empty: string;
  columns: readonly Column<T>[];
  rowKey: (item: T) => string;
}): JSX.Element {
  return (
    <Loaded state={state} skeleton={<Skeleton rows={4} />}>
      {(answer) =>
        answer.items.length === 0 ? (
          <p class="muted">{empty}</p>
        ) : (
          <DataTable
            name={label.toLowerCase().replaceAll(' ', '-')}
            caption={label}
            columns={columns}
            rows={answer.items}
            rowKey={rowKey}
            class="acted"
          />
        )
      }
    </Loaded>
  );
}

function rolesOf(user: User, nameOf: (project: number) => string): string {
  if (user.disabled) return 'disabled';
  const roles = user.memberships.map((m) => `${m.role} of ${nameOf(m.project)}`);
  return [...(user.server_admin ? ['server administrator'] : []), ...roles].join(', ') || 'none';
}

function People({ users }: { users: ApiState<Listing<User>> }): JSX.Element {
  const { projects } = useRoute();
  const nameOf = (id: number) => projects.find((p) => p.id === id)?.name ?? `project ${id}`;
  const change = async (user: User, body: Partial<User>) => {
    const result = await said(async () => {
      await request('PATCH', `/api/v1/users/${user.user_id}`, { body });
      return '';
    });
    if (result.bad) window.alert(result.text);
    users.reload();
  };
  return (
    <Card
      title="People"
      hint="a viewer reads, a member works on issues, an admin changes the project"
    >
      <Table
        label="People"
        state={users}
        empty="Nobody yet: whoever has an administrator's token makes the first person here."
        rowKey={(user) => String(user.user_id)}
        columns={[
          { key: 'email', label: 'E-mail', main: true, value: (user) => user.email },
          { key: 'name', label: 'Name', value: (user) => user.name },
          { key: 'roles', label: 'Roles', value: (user) => rolesOf(user, nameOf) },
          {
            key: 'created_at',
            label: 'Since',
            value: (user) => user.created_at,
            cell: (user) => formatTime(user.created_at, 'minute'),
          },
          {
            key: 'disabled',
            label: <span class="sr-only">Actions</span>,
            value: (user) => user.disabled,
            cell: (user) => (
              <button
                type="button"
                class="button"
                aria-label={`${user.disabled ? 'Enable' : 'Disable'} ${user.email}`}
                onClick={() => change(user, { disabled: !user.disabled })}
              >
                {user.disabled ? 'Enable' : 'Disable'}
              </button>
            ),
          },
        ]}
      />
      <Form
        title="New person"
        button="Add person"
        submit={async (form) => {
          const email = fieldText(form, 'email');
          await request('POST', '/api/v1/users', {
            body: {
              email,
              name: fieldText(form, 'name') || email,
              password: String(form.get('password') ?? ''),
              server_admin: form.get('server_admin') !== null,
            },
          });
          users.reload();
          return `${email} can log in.`;
        }}
      >
        <label>
          E-mail
          <input name="email" type="email" autocomplete="off" required />
        </label>
        <label>
          Name
          <input name="name" maxLength={100} autocomplete="off" />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            minLength={12}
            autocomplete="new-password"
            required
          />
        </label>
        <label class="check">
          <input name="server_admin" type="checkbox" /> Server administrator
        </label>
      </Form>
      <Form
        title="Role in a project"
        button="Set role"
        submit={async (form) => {
          const email = fieldText(form, 'member');
          const role = fieldText(form, 'role');
          await request(
            'PUT',
            projectPath(fieldText(form, 'project'), `/members/${encodeURIComponent(email)}`),
            { body: { role: role === 'none' ? null : role } },
          );
          users.reload();
          return `${email}: ${role}.`;
        }}
      >
        <label>
          Person
          <input name="member" type="email" list="people" autocomplete="off" required />
        </label>
        <datalist id="people">
          {users.data?.items.map((user) => (
            <option key={user.user_id} value={user.email} />
          ))}
        </datalist>
        <label>
          Project
          <select name="project">
            {projects.map((project) => (
              <option key={project.id} value={String(project.id)}>
                {project.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Role
          <select name="role">
            {['viewer', 'member', 'admin', 'none'].map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </label>
      </Form>
    </Card>
  );
}

function Tokens(): JSX.Element {
  const { projects } = useRoute();
  const tokens = useApi<Listing<AccessToken>>('/api/v1/tokens');
  const [made, setMade] = useState('');
  const revoke = async (token: AccessToken) => {
    if (!window.confirm(`Revoke "${token.name}"? Whoever uses it is refused from now on.`)) return;
    await said(async () => {
      await request('DELETE', `/api/v1/tokens/${token.token_id}`);
      return '';
    });
    tokens.reload();
  };
  return (
    <Card title="Access tokens" hint="for scripts and CI; only their hash is kept">
      <Table
        label="Access tokens"
        state={tokens}
        empty="No token is left: whoever is logged in can make one here."
        rowKey={(token) => String(token.token_id)}
        columns={[
          { key: 'name', label: 'Name', main: true, value: (token) => token.name },
          { key: 'scope', label: 'Scope', value: (token) => token.scope },
          {
            key: 'project',
            label: 'For',
            value: (token) => token.project,
            cell: (token) =>
              token.project === null ? 'every project' : `project ${token.project}`,
          },
          {
            key: 'created_at',
            label: 'Made',
            value: (token) => token.created_at,
            cell: (token) => formatTime(token.created_at, 'minute'),
          },
          {
            key: 'token_id',
            label: <span class="sr-only">Actions</span>,
            value: (token) => token.token_id,
            cell: (token) => (
              <button
                type="button"
                class="button"
                aria-label={`Revoke ${token.name}`}
                onClick={() => revoke(token)}
              >
                Revoke
              </button>
            ),
          },
        ]}
      />
      <Form
        title="New token"
        button="Make token"
        submit={async (form) => {
          const project = fieldText(form, 'token_project');
          const answer = (await request('POST', '/api/v1/tokens', {
            body: {
              name: fieldText(form, 'token_name'),
              scope: fieldText(form, 'scope'),
              project: project === '' ? null : Number(project),
            },
          })) as { token: string };
          setMade(answer.token);
          tokens.reload();
          return 'Copy it now: it is not shown again.';
        }}
      >
        <label>
          Name
          <input name="token_name" maxLength={100} autocomplete="off" required />
        </label>
        <label>
          Scope
          <select name="scope">
            {['read', 'write', 'admin'].map((scope) => (
              <option key={scope}>{scope}</option>
            ))}
          </select>
        </label>
        <label>
          For
          <select name="token_project">
            <option value="">every project</option>
            {projects.map((project) => (
              <option key={project.id} value={String(project.id)}>
                {project.name}
              </option>
            ))}
          </select>
        </label>
      </Form>
      {made && <CopyBlock label="New token" text={made} />}
    </Card>
  );
}

function AuditLog(): JSX.Element {
  const log = useApi<Listing<AuditEntry>>('/api/v1/audit?limit=100');
  return (
    <Card title="Audit log" hint="the last 100 of what people and tokens did">
      <Table
        label="Audit log"
        state={log}
        empty="Nothing was done yet."
        rowKey={(entry) => `${entry.at}${entry.actor}${entry.action}${entry.target}`}
        columns={[
          {
            key: 'at',
            label: 'When',
            value: (entry) => entry.at,
            cell: (entry) => formatTime(entry.at),
          },
          { key: 'actor', label: 'Who', value: (entry) => entry.actor },
          {
            key: 'action',
            label: 'What',
            main: true,
            value: (entry) => entry.action,
            cell: (entry) => entry.action.replaceAll('_', ' '),
          },
          {
            key: 'target',
            label: 'Whom',
            value: (entry) => entry.target,
          },
          { key: 'project', label: 'Project', class: 'num', value: (entry) => entry.project },
        ]}
      />
    </Card>
  );
}

function OwnPassword(): JSX.Element {
  return (
    <Card title="Your password" hint="a new one ends your sessions everywhere">
      <Form
        button="Change password"
        submit={async (form) => {
          await request('POST', '/api/v1/me/password', {
            body: {
              current_password: String(form.get('current') ?? ''),
              new_password: String(form.get('new') ?? ''),
            },
          });
          return 'Changed. Log in again with the new one.';
        }}
      >
        <label>
          Current
          <input name="current" type="password" autocomplete="current-password" required />
        </label>
        <label>
          New, 12 characters or more
          <input name="new" type="password" minLength={12} autocomplete="new-password" required />
        </label>
      </Form>
    </Card>
  );
}

/** People, tokens and the audit log for server administrators; one's own password for all. */
export function AccountsPage(): JSX.Element {
  const me = useApi<Me>('/api/v1/me');
  const users = useApi<Listing<User>>(me.data?.server_admin ? '/api/v1/users' : null);
  return (
    <Page title="Accounts">
      {me.error && <ErrorState error={me.error} retry={me.reload} />}
      {me.data?.email && <OwnPassword />}
      {me.data?.server_admin && (
        <>
          <People users={users} />
          <Tokens />
          <AuditLog />
        </>
      )}
    </Page>
  );
}
