import type { JSX } from 'preact';
import { DEFAULT_FROM, describeRange, readSelection } from '../model/filters';
import { useProjectHref, useRoute } from '../ui/context';
import { Card } from '../ui/parts';
import { Empty } from '../ui/states';
import { GetStarted } from './get_started';

/** In place of a report over nothing: what to change, or how to begin. */
export function NoViews(): JSX.Element {
  const { location, project } = useRoute();
  const href = useProjectHref();
  const selection = readSelection(location.search);
  const filtered = Object.keys(selection.filters).length > 0;
  if (filtered || selection.from !== DEFAULT_FROM || !project) {
    return (
      <Card>
        <Empty title="No page views match">
          <p>
            Nothing was seen in {describeRange(selection)}
            {filtered ? ' with these filters. Take one out' : '. Choose a longer time'}, or look at{' '}
            <a href={href('/outcomes')}>what was dropped and why</a>.
          </p>
        </Empty>
      </Card>
    );
  }
  return (
    <Card title="Get started" hint="no page view in the last 24 hours">
      <GetStarted project={project} />
      <p class="muted">
        Already installed? <a href={href('/outcomes')}>Outcomes</a> says what arrived and what was
        dropped, with the reason; <code>debug: true</code> in the page logs what is sent.
      </p>
    </Card>
  );
}
