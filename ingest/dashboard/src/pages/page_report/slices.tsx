import type { JSX } from 'preact';
import type { PageReport, Slice, SliceDimension, VitalName } from '../../api/types';
import { formatCount, formatShare, words } from '../../model/format';
import { VITALS } from '../../model/rating';
import { setQuery } from '../../router';
import { Card, FromViews, Rated, ShareBar } from '../../ui/parts';
import { DataTable } from '../../ui/table';

const DIMENSIONS: readonly SliceDimension[] = [
  'device',
  'connection',
  'browser',
  'os',
  'country',
  'release',
  'navigation_type',
];
const MOST = 8;

/** The same vital for every kind of visitor, side by side; a click filters. */
export function SlicesCard({
  report,
  vital,
}: {
  report: PageReport;
  vital: VitalName;
}): JSX.Element {
  const shown = DIMENSIONS.filter((name) =>
    (report.slices[name] ?? []).some((slice) => slice.value !== ''),
  );
  return (
    <Card title="Who it is slow for" hint={`p75 ${VITALS[vital].short}; a click filters`}>
      {shown.length === 0 ? (
        <p class="muted">Nothing is known about the visitors' devices.</p>
      ) : (
        <div class="slices">
          {shown.map((name) => (
            <SliceTable key={name} dimension={name} slices={report.slices[name]} vital={vital} />
          ))}
        </div>
      )}
    </Card>
  );
}

function SliceTable({
  dimension,
  slices,
  vital,
}: {
  dimension: SliceDimension;
  slices: Slice[];
  vital: VitalName;
}): JSX.Element {
  const total = slices.reduce((sum, slice) => sum + slice.views, 0);
  return (
    <div>
      <DataTable
        name={`by-${dimension.replace('_', '-')}`}
        caption={`${VITALS[vital].short} by ${words(dimension)}`}
        columns={[
          {
            key: dimension,
            label: dimension === 'os' ? 'OS' : words(dimension),
            class: 'clip-cell',
            value: (slice) => slice.value,
            cell: (slice) => (
              <>
                {slice.value === '' ? (
                  <span class="muted">unknown</span>
                ) : (
                  <button
                    type="button"
                    class="link-button"
                    title={`Only ${words(dimension)} ${slice.value}`}
                    onClick={() => setQuery({ [dimension]: slice.value })}
                  >
                    {words(slice.value)}
                  </button>
                )}
                <ShareBar share={total > 0 ? slice.views / total : 0} />
              </>
            ),
          },
          {
            key: 'views',
            label: 'Views',
            class: 'num',
            value: (slice) => slice.views,
            cell: (slice) => formatCount(slice.views),
          },
          {
            key: vital,
            label: VITALS[vital].short,
            class: 'num',
            value: (slice) => slice[vital],
            cell: (slice) => <Rated vital={vital} value={slice[vital]} views={slice.views} />,
          },
          {
            key: 'error_rate',
            label: 'Errors',
            class: 'num',
            value: (slice) => slice.error_rate,
            cell: (slice) => (
              <FromViews views={slice.views}>{formatShare(slice.error_rate)}</FromViews>
            ),
          },
        ]}
        rows={slices.slice(0, MOST)}
        rowKey={(slice) => slice.value}
        class="compact slice-table"
      />
    </div>
  );
}
