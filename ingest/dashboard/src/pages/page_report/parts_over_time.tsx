import type { JSX } from 'preact';
import type { InpBreakdown, LcpBreakdown, PageReport, SeriesPoint } from '../../api/types';
import { tooFew } from '../../model/change';
import { formatCount, formatMs, formatTime } from '../../model/format';
import { LCP_PART_LABELS } from '../../model/headline';
import { AsTable } from '../../ui/as_table';
import { Card, FromViews } from '../../ui/parts';
import { StackedColumns } from '../../ui/stacked_columns';
import { type Column, DataTable } from '../../ui/table';
import { InpTargets, ScriptTable } from './tables';

const INP_LABELS: Record<keyof InpBreakdown, string> = {
  input_delay_ms: 'Input delay',
  processing_duration_ms: 'Processing',
  presentation_delay_ms: 'Presentation delay',
};
const LCP_CLASSES = ['part-network', 'part-delay', 'part-load', 'part-render'];
const INP_CLASSES = ['part-network', 'part-render', 'part-delay'];

/** Parts of LCP, or of INP, by hour or day: which of them a change came from. */
function PartsOverTime<Part extends string>({
  name,
  labels,
  classes,
  points,
  partOf,
}: {
  name: string;
  labels: Record<Part, string>;
  classes: readonly string[];
  points: SeriesPoint[];
  partOf: (point: SeriesPoint, part: Part) => number | null;
}): JSX.Element {
  const parts = Object.keys(labels) as Part[];
  const columns: Column<SeriesPoint>[] = [
    {
      key: 'at',
      label: 'From',
      value: (point) => point.at,
      cell: (point) => formatTime(point.at, 'minute'),
    },
    ...parts.map(
      (part): Column<SeriesPoint> => ({
        key: part,
        label: labels[part],
        class: 'num',
        value: (point) => partOf(point, part),
        cell: (point) => <FromViews views={point.views}>{formatMs(partOf(point, part))}</FromViews>,
      }),
    ),
    {
      key: 'views',
      label: 'Views',
      class: 'num',
      value: (point) => point.views,
      cell: (point) => formatCount(point.views),
    },
  ];
  return (
    <>
      <StackedColumns
        label={`Parts of ${name} over time; the same as a table below`}
        columns={points
          .filter((point) => !tooFew(point.views))
          .map((point) => ({
            key: point.at,
            title: formatTime(point.at, 'minute'),
            parts: parts.map((part, i) => ({
              key: part,
              label: labels[part],
              class: classes[i] ?? '',
              ms: partOf(point, part) ?? 0,
            })),
          }))}
      />
      <AsTable>
        {() => (
          <DataTable
            name={`${name.toLowerCase()}-parts-over-time`}
            caption={`Parts of ${name} over time`}
            columns={columns}
            rows={points}
            rowKey={(point) => point.at}
          />
        )}
      </AsTable>
    </>
  );
}

export function LcpPartsCard({ report }: { report: PageReport }): JSX.Element {
  return (
    <Card title="LCP in its parts" hint={`p75 of each part by ${report.series_step ?? 'step'}`}>
      <PartsOverTime<keyof LcpBreakdown>
        name="LCP"
        labels={LCP_PART_LABELS}
        classes={LCP_CLASSES}
        points={report.series}
        partOf={(point, part) => point.lcp[part]}
      />
    </Card>
  );
}

export function InpCard({ report }: { report: PageReport }): JSX.Element {
  const any = report.series.some((point) => Object.values(point.inp).some((ms) => ms !== null));
  return (
    <Card title="INP in its parts" hint={`p75 of each part by ${report.series_step ?? 'step'}`}>
      {any ? (
        <PartsOverTime<keyof InpBreakdown>
          name="INP"
          labels={INP_LABELS}
          classes={INP_CLASSES}
          points={report.series}
          partOf={(point, part) => point.inp[part]}
        />
      ) : (
        <p class="muted">Nobody has clicked, tapped or typed on this page yet.</p>
      )}
      <InpTargets report={report} />
      {report.inp_scripts.length > 0 && (
        <>
          <h3>Longest scripts of slow interactions</h3>
          <ScriptTable
            name="inp-scripts"
            caption="Longest scripts of slow interactions"
            rows={report.inp_scripts}
          />
        </>
      )}
    </Card>
  );
}
