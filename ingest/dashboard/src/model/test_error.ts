import { originOf } from './snippets';

/** 32 hex digits, as every event has. */
export function newEventId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Where the project's own clients send, on the server that the page is from: its
 * name in the DSN may be another one, which the dashboard's policy does not let
 * it talk to.
 */
export function envelopePath(project: { id: number; public_key: string }): string {
  return `/api/${project.id}/envelope/?sentry_key=${project.public_key}`;
}

/** An error as a browser's client would send it; always the same issue. */
export function testEnvelope(event_id: string, dsn: string, now_unix_ms: number): string {
  const event = {
    event_id,
    platform: 'javascript',
    level: 'error',
    timestamp: now_unix_ms / 1000,
    environment: 'test',
    tags: { test: 'yes' },
    exception: {
      values: [
        {
          type: 'PagewakeTestError',
          value: 'A test error, sent from the set-up page',
          mechanism: { type: 'generic', handled: true },
          stacktrace: {
            frames: [
              {
                function: 'sendTestError',
                filename: `${originOf(dsn)}/pagewake-test.js`,
                lineno: 1,
                colno: 1,
                in_app: true,
              },
            ],
          },
        },
      ],
    },
  };
  return `${JSON.stringify({ event_id, dsn })}\n{"type":"event"}\n${JSON.stringify(event)}\n`;
}
