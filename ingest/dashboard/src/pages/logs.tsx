import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { logsPath } from '../api/paths';
import type { Listing, LogLine } from '../api/types';
import { useApi } from '../api/use_api';
import { describeRange, readSelection } from '../model/filters';

import { formatClock, formatTime, shortId } from '../model/format';
import { setQuery } from '../router';
import { useProjectHref, useRoute } from '../ui/context';
import { Icon } from '../ui/icons';
import { Card, KeyValues, Level, Page } from '../ui/parts';
import { RangePicker } from '../ui/selection_bar';
import { CardSkeleton, Empty, Loaded } from '../ui/states';
import { type Column, DataTable } from '../ui/table';

const MOST_CHARACTERS = 160;
const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'fatal'] as const;

export function LogsPage(): JSX.Element {
  const { location, params } = useRoute();
  const query = new URLSearchParams(location.search);
  const search = query.get('search') ?? '';
  const state = useApi<Listing<LogLine>>(logsPath(params, location.search));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget as HTMLFormElement).get('search') ?? '');
    setQuery({ search: text.trim() || null, cursor: null });
  };
  return (
    <Page title="Logs" actions={<RangePicker />}>
      <form class="toolbar log-search" onSubmit={submit}>
        <label class="search wide">
          <span class="sr-only">Search the logs</span>
          <input
            key={search}
            type="search"
            name="search"
            defaultValue={search}
            placeholder="payment failed  level:error  service:shop  order_id:17"
          />
        </label>
        <button type="submit" class="button primary">
          Search
        </button>
        <p class="muted small">
          Words are looked for in the message; <code>level</code> means at least that severe;{' '}
          <code>service</code>, <code>logger</code>, <code>release</code>, <code>environment</code>,{' '}
          <code>trace_id</code> and any attribute as <code>name:value</code>.
        </p>
      </form>
      <div class="chips">
        {LEVELS.slice(2).map((level) => (
          <button
            key={level}
            type="button"
            class="chip toggle choice"
            title={`Only ${level}${level === 'fatal' ? '' : ' and worse'}`}
            aria-pressed={search.includes(`level:${level}`)}
            onClick={() => {
              const rest = search.replace(/\s*\blevel:\S+/g, '').trim();
              const next = search.includes(`level:${level}`) ? rest : `${rest} level:${level}`;
              setQuery({ search: next.trim() || null, cursor: null });
            }}
          >
            {level}
          </button>
        ))}
      </div>
      <Loaded state={state} skeleton={<CardSkeleton rows={12} />}>
        {(answer) => <Lines answer={answer} searched={search !== ''} />}
      </Loaded>
    </Page>
  );
}

/** On one line: of a traceback what it ended with. The whole comes when the line is opened. */
function briefly(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  const line = last === text ? text : `… ${last.trim()}`;
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}

function Lines({ answer, searched }: { answer: Listing<LogLine>; searched: boolean }): JSX.Element {
  const { location } = useRoute();
  const href = useProjectHref();
  const [open, setOpen] = useState<string | null>(null);
  if (answer.items.length === 0) {
    return (
      <Card>
        <Empty title={searched ? 'No line matches' : 'No log lines'}>
          {searched ? (
            <p>
              Nothing in {describeRange(readSelection(location.search))}. Take a word out, or choose
              a longer time.
            </p>
          ) : (
            <p>
              Send JSON lines, OpenTelemetry logs or Sentry logs:{' '}
              <a href={href('/settings')}>how to set it up</a>.
            </p>
          )}
        </Empty>
      </Card>
    );
  }
  const key = (line: LogLine) => `${line.at}${line.span_id}${line.message}`;
  const columns: Column<LogLine>[] = [
    {
      key: 'at',
      label: 'Time',
      class: 'nowrap log-time',
      value: (line) => line.at,
      cell: (line) => (
        <time dateTime={line.at} title={formatTime(line.at)}>
          {formatTime(line.at, 'date')}, {formatClock(line.at)}
        </time>
      ),
    },
    {
      key: 'level',
      label: 'Level',
      value: (line) => line.level,
      cell: (line) => <Level level={line.level} />,
    },
    {
      key: 'message',
      label: 'Message',
      main: true,
      value: (line) => line.message,
      cell: (line) => {
        const id = key(line);
        return (
          <>
            <button
              type="button"
              class="link-button log-message"
              aria-expanded={open === id}
              onClick={() => setOpen(open === id ? null : id)}
            >
              {line.message || '(no message)'}
            </button>
            {open !== id && (
              <span class="sub attributes">
                {Object.entries(line.attributes)
                  .slice(0, 6)
                  .map(([name, value]) => (
                    <span key={name}>
                      {name}={briefly(value)}
                    </span>
                  ))}
              </span>
            )}
            {open === id && <KeyValues values={line.attributes} empty="No attributes." />}
          </>
        );
      },
    },
    { key: 'service', label: 'Service', value: (line) => line.service },
    { key: 'logger', label: 'Logger', value: (line) => line.logger },
    {
      key: 'trace_id',
      label: 'Trace',
      class: 'nowrap',
      value: (line) => line.trace_id,
      cell: (line) =>
        line.trace_id && (
          <a href={href(`/traces/${line.trace_id}`)}>
            <Icon name="trace" /> {shortId(line.trace_id)}
          </a>
        ),
    },
  ];
  return (
    <Card>
      <DataTable
        name="logs"
        caption="Log lines, newest first"
        columns={columns}
        rows={answer.items}
        rowKey={key}
        class="compact logs-table"
      />
      {answer.next_cursor && (
        <div class="pager">
          <button
            type="button"
            class="button"
            onClick={() => setQuery({ cursor: answer.next_cursor })}
          >
            Older lines
          </button>
        </div>
      )}
    </Card>
  );
}
