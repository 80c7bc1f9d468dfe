import type { JSX } from 'preact';
import type { Project } from '../api/types';
import { npmSnippet, otlpSnippet, scriptTag, sentrySnippet } from '../model/snippets';
import { CopyBlock } from '../ui/parts';

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
