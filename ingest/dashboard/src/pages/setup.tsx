import type { JSX } from 'preact';
import clientsPage from '../../../docs/clients.md?raw';
import { projectPath } from '../api/client';
import type { Listing, LogLine, PageViewSummary } from '../api/types';
import { usePolled } from '../api/use_polled';
import { clientSnippets } from '../model/client_snippets';
import { formatAgo } from '../model/format';
import { useProjectHref, useRoute } from '../ui/context';
import { Icon } from '../ui/icons';
import { Card, CopyBlock, Page } from '../ui/parts';
import { Skeleton } from '../ui/states';
import { GetStarted } from './get_started';
import { NoProjectPage } from './not_found';
import { TestErrorCard } from './test_error';

const EVERY_MS = 2000;

/** A snippet for each client, and a sign that turns green when the first page view arrives. */
export function SetupPage(): JSX.Element {
  const { project } = useRoute();
  if (!project) return <NoProjectPage title="Set up" />;
  return (
    <Page title={`Set up ${project.name}`} heading="Set up">
      <Arrivals />
      <TestErrorCard project={project} />
      <Card title="Install">
        <GetStarted project={project} />
      </Card>
      <Card title="What you have already" hint="only its address changes">
        {clientSnippets(clientsPage, project).map(({ client, part, code }) => (
          <details key={code} class="as-table">
            <summary>
              {client}
              {part && `, ${part}`}
            </summary>
            <CopyBlock label={part ? `${client}, ${part}` : client} text={code} />
          </details>
        ))}
      </Card>
    </Page>
  );
}

export function Arrivals(): JSX.Element {
  const { params } = useRoute();
  const href = useProjectHref();
  const of = (rest: string) => projectPath(params.id ?? '', rest);
  const views = usePolled<Listing<PageViewSummary>>(of('/page-views?limit=1'), EVERY_MS);
  const logs = usePolled<Listing<LogLine>>(of('/logs?from=-720h&limit=1'), EVERY_MS);
  const view = views.data?.items[0];
  const line = logs.data?.items[0];
  const now = Date.now();
  // "Waiting" before the answer would be a guess, and what follows it a jump.
  if (!(views.data ?? views.error) || !(logs.data ?? logs.error)) return <Skeleton rows={3} />;
  return (
    <section
      class={`arrival ${view ? 'here' : ''}`}
      aria-live="polite"
      aria-label="First page view"
    >
      <span class="arrival-sign">
        <Icon name={view ? 'check' : 'clock'} />
      </span>
      <div>
        <h2>{view ? 'Page views are arriving' : 'Waiting for your first page view …'}</h2>
        <p class="muted">
          {view ? (
            <>
              The last one: <a href={href(`/page-views/${view.page_view_id}`)}>{view.page}</a>,{' '}
              {formatAgo(view.started_at, now)}.{' '}
              {view.server_span_id === null && (
                <>Its backend has not named its trace: see "Join the backend" below.</>
              )}
            </>
          ) : (
            <>
              Put the script tag into a page, open it and come back here: a page reports when it is
              left or hidden, or after half a minute. This turns green by itself. Nothing?{' '}
              <a href={href('/outcomes')}>Outcomes</a> says what was refused, and why.
            </>
          )}
        </p>
        <p class="muted small">
          {line
            ? `Log lines arrive too: "${line.message}", ${formatAgo(line.at, now)}.`
            : 'No log line has arrived yet.'}
        </p>
      </div>
    </section>
  );
}
