import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, projectPath, readAnswer } from '../api/client';
import type { Project } from '../api/types';
import { useAction } from '../api/use_action';
import { usePolled } from '../api/use_polled';
import { formatMs } from '../model/format';
import { envelopePath, newEventId, testEnvelope } from '../model/test_error';
import { useProjectHref } from '../ui/context';
import { FormError } from '../ui/forms';
import { Icon } from '../ui/icons';
import { Card } from '../ui/parts';

const EVERY_MS = 250;
/** Taken in and still not to be read: something is wrong that Outcomes knows. */
const LATE_MS = 10_000;

interface Sent {
  event_id: string;
  at_unix_ms: number;
}

/** Sends an error the way a page's client does, and shows it arriving. */
export function TestErrorCard({ project }: { project: Project }): JSX.Element {
  const [sent, setSent] = useState<Sent | null>(null);
  const { busy, error, run } = useAction();
  const send = () =>
    run(async () => {
      setSent(null);
      const next = { event_id: newEventId(), at_unix_ms: Date.now() };
      let response: Response;
      try {
        response = await fetch(envelopePath(project), {
          method: 'POST',
          body: testEnvelope(next.event_id, project.dsn, next.at_unix_ms),
          // Strangers' browsers have no session here either.
          credentials: 'omit',
        });
      } catch {
        throw new ApiError(0, 'unreachable', 'The server could not be reached. Is it running?');
      }
      await readAnswer(response);
      setSent(next);
    });
  return (
    <Card title="Send a test error">
      <p>
        This browser sends an error as your pages will, with this project's key. It takes the whole
        way: filters, grouping, store.
      </p>
      <div class="form-row">
        <button type="button" class="button primary" disabled={busy} onClick={send}>
          Send a test error
        </button>
        <FormError text={error} />
      </div>
      {sent && <Arriving key={sent.event_id} project={project} sent={sent} />}
    </Card>
  );
}

function Arriving({ project, sent }: { project: Project; sent: Sent }): JSX.Element {
  const href = useProjectHref();
  const [arrived_unix_ms, setArrived] = useState<number | null>(null);
  const [late, setLate] = useState(false);
  const state = usePolled<{ issue_id: number | null }>(
    arrived_unix_ms === null ? projectPath(project.id, `/events/${sent.event_id}`) : null,
    EVERY_MS,
  );
  const event = state.data;
  useEffect(() => {
    if (event) setArrived(Date.now());
  }, [event]);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={`arrival ${event ? 'here' : ''}`} role="status" aria-label="Test error">
      <span class="arrival-sign">
        <Icon name={event ? 'check' : 'clock'} />
      </span>
      <div>
        <h3>{event ? 'The test error has arrived' : 'Sent; waiting for it …'}</h3>
        <p class="muted">
          {event ? (
            <>
              After {formatMs((arrived_unix_ms ?? Date.now()) - sent.at_unix_ms)}, as{' '}
              {event.issue_id !== null && (
                <>
                  <a href={href(`/issues/${event.issue_id}`)}>issue {event.issue_id}</a>,{' '}
                </>
              )}
              <a href={href(`/events/${sent.event_id}`)}>this event</a>.
            </>
          ) : late ? (
            <>
              The server took it and does not show it. An inbound filter or an ignore rule may have
              left it out: <a href={href('/outcomes')}>Outcomes</a> says so.
            </>
          ) : (
            'The server took it.'
          )}
        </p>
      </div>
    </div>
  );
}
