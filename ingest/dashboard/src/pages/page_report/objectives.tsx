import type { JSX } from 'preact';
import { slosPath } from '../../api/paths';
import type { Listing, Slo } from '../../api/types';
import { useApi } from '../../api/use_api';
import { useProjectHref, useRoute } from '../../ui/context';
import { objectiveColumns } from '../../ui/objectives';
import { Card } from '../../ui/parts';
import { Loaded, Skeleton } from '../../ui/states';
import { DataTable } from '../../ui/table';

/** What was promised about this page, alone or with all others, and how it stands. */
export function ObjectivesCard({ page }: { page: string }): JSX.Element {
  const { params } = useRoute();
  const href = useProjectHref();
  const state = useApi<Listing<Slo>>(slosPath(params, ''));
  const make = href(`/slos?page=${encodeURIComponent(page)}`);
  return (
    <Card
      title="Objectives"
      hint="of this page and of all pages, over their own windows"
      actions={
        <a class="small" href={make}>
          New objective
        </a>
      }
    >
      <Loaded state={state} skeleton={<Skeleton rows={2} />}>
        {({ items }) => {
          const own = items.filter((slo) => slo.page === page || slo.page === '');
          return own.length === 0 ? (
            <p class="muted">
              None yet.{' '}
              <a href={make}>Say which share of its views must be fast or without an error</a>, and
              its error budget stands here.
            </p>
          ) : (
            <DataTable
              name="objectives"
              caption="Objectives of this page"
              columns={objectiveColumns(href)}
              rows={own}
              rowKey={(slo) => String(slo.slo_id)}
            />
          );
        }}
      </Loaded>
    </Card>
  );
}
