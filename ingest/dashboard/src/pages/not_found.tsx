import type { JSX } from 'preact';
import { Page } from '../ui/parts';
import { Empty } from '../ui/states';

export function NotFoundPage(): JSX.Element {
  return (
    <Page title="Not found">
      <Empty title="There is no such page">
        <p>
          The address may be mistyped. Go <a href="/">to the start page</a>.
        </p>
      </Empty>
    </Page>
  );
}

/** A project's own page where the address names a project that is not, or not this person's. */
export function NoProjectPage({ title }: { title: string }): JSX.Element {
  return (
    <Page title={title}>
      <Empty title="No such project">
        <p>
          See <a href="/p">all projects</a>.
        </p>
      </Empty>
    </Page>
  );
}
