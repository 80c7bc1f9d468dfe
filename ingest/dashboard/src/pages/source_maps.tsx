import type { JSX } from 'preact';
import { mapReleasesPath, missingMapsPath } from '../api/paths';
import type { Listing, MissingSourceMap, MissingSourceMaps, SourceMapRelease } from '../api/types';
import { useApi } from '../api/use_api';
import { describeRange, readSelection } from '../model/filters';
import { formatBytes, formatTime, formatWhole, plural, shortId } from '../model/format';
import { unresolvedWords } from '../model/stack';
import { useProjectHref, useRoute } from '../ui/context';
import { Card, CopyBlock, Page } from '../ui/parts';
import { RangePicker } from '../ui/selection_bar';
import { Empty, Loaded, Skeleton } from '../ui/states';
import { DataTable } from '../ui/table';

/** Which builds have source maps, and which files of recent errors lack theirs. */
export function SourceMapsPage(): JSX.Element {
  const { location, params } = useRoute();
  const selection = readSelection(location.search);
  const missing = useApi<MissingSourceMaps>(missingMapsPath(params, location.search));
  const releases = useApi<Listing<SourceMapRelease>>(mapReleasesPath(params, ''));
  return (
    <Page title="Source maps" actions={<RangePicker />}>
      <Card title="Missing">
        <Loaded state={missing} skeleton={<Skeleton rows={4} />}>
          {(answer) => <Missing answer={answer} range={describeRange(selection)} />}
        </Loaded>
      </Card>
      <Card title="Uploaded">
        <Loaded state={releases} skeleton={<Skeleton rows={4} />}>
          {(answer) => <Uploaded releases={answer.items} />}
        </Loaded>
      </Card>
    </Page>
  );
}

function Missing({ answer, range }: { answer: MissingSourceMaps; range: string }): JSX.Element {
  const href = useProjectHref();
  if (answer.items.length === 0) {
    return (
      <Empty title="Nothing is missing">
        <p>
          {answer.examined_events === 0
            ? `No JavaScript error has come in ${range}.`
            : `Every file of the last ${formatWhole(answer.examined_events)} JavaScript errors in ${range} was resolved, or needs no map.`}
        </p>
      </Empty>
    );
  }
  return (
    <>
      <p class="muted">
        Files of the {answer.complete ? '' : 'newest '}
        {plural(answer.examined_events, 'JavaScript error')} in {range} whose frames are shown as
        the browser saw them.
      </p>
      <DataTable<MissingSourceMap>
        name="missing-source-maps"
        caption="Files without a usable source map"
        rows={answer.items}
        rowKey={(row) => `${row.release} ${row.filename} ${row.debug_id} ${row.reason}`}
        href={(row) => href(`/events/${row.event_id}`)}
        columns={[
          {
            key: 'filename',
            label: 'File',
            main: true,
            value: (row) => row.filename,
            cell: (row) => (
              <>
                <span class="wrap">{row.filename}</span>
                {row.debug_id && <span class="sub">debug id {shortId(row.debug_id)}</span>}
              </>
            ),
          },
          {
            key: 'release',
            label: 'Release',
            class: 'most',
            value: (row) => row.release || '(none)',
          },
          {
            key: 'reason',
            label: 'Why',
            class: 'sentences',
            value: (row) => row.reason,
            cell: (row) => (
              <>
                {unresolvedWords(row.reason)}
                <span class="sub wrap">{row.detail || row.explanation}</span>
              </>
            ),
          },
          {
            key: 'events',
            label: 'Events',
            class: 'num',
            value: (row) => row.events,
            cell: (row) => formatWhole(row.events),
          },
        ]}
      />
    </>
  );
}

function Uploaded({ releases }: { releases: readonly SourceMapRelease[] }): JSX.Element {
  const { params } = useRoute();
  if (releases.length === 0) {
    return (
      <Empty title="No source maps yet">
        <p>
          Upload them in the build, by one of these. Errors that came before are resolved and
          regrouped.
        </p>
        <CopyBlock
          label="pagewake, on this machine"
          text={`pagewake sourcemaps upload --project ${params.id ?? 1} --release 1.4.2 --url-prefix '~/assets' dist/assets`}
        />
        <CopyBlock
          label="sentry-cli, from anywhere"
          text={`SENTRY_URL=${window.location.origin} SENTRY_AUTH_TOKEN=… sentry-cli sourcemaps upload --org any --project ${params.id ?? 1} --release 1.4.2 --url-prefix '~/assets' dist/assets`}
        />
      </Empty>
    );
  }
  return (
    <DataTable<SourceMapRelease>
      name="source-map-releases"
      caption="Releases with source maps"
      rows={releases}
      rowKey={(row) => row.release}
      columns={[
        {
          key: 'release',
          label: 'Release',
          main: true,
          value: (row) => row.release || '(by debug id only)',
        },
        { key: 'files', label: 'Files', class: 'num', value: (row) => row.files },
        { key: 'maps', label: 'Maps', class: 'num', value: (row) => row.maps },
        {
          key: 'bytes',
          label: 'Size',
          class: 'num',
          value: (row) => row.bytes,
          cell: (row) => formatBytes(row.bytes),
        },
        {
          key: 'uploaded_at',
          label: 'Last upload',
          value: (row) => row.uploaded_at,
          cell: (row) => formatTime(row.uploaded_at),
        },
      ]}
    />
  );
}
