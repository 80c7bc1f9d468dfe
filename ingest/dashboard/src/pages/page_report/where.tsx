import type { JSX } from 'preact';
import type { Finding, PageReport, TimeBand } from '../../api/types';
import { tooFew } from '../../model/change';
import { formatCount, formatMs, formatShare, plural } from '../../model/format';
import { bandParts } from '../../model/time_band';
import { CodeText } from '../../ui/code_text';
import { useProjectHref } from '../../ui/context';
import { Card } from '../../ui/parts';
import { StackedBar } from '../../ui/stacked_bar';

/** From the start of the navigation to the main content, at p75 and at p95. */
export function WhereTimeGoes({ report }: { report: PageReport }): JSX.Element {
  const href = useProjectHref();
  const { p75, p95 } = report.where_time_goes;
  const scale_ms = Math.max(p75?.lcp_ms ?? 0, p95?.lcp_ms ?? 0);
  const joined = p75 ?? p95;
  return (
    <Card
      title="Where the time goes"
      hint="mean of the visits around each percentile of LCP; the parts add up"
      class="where-card"
    >
      {p75 === null || tooFew(report.vitals.lcp_ms?.count ?? 0) ? (
        <p class="muted">Too few visits reported an LCP with its parts to say.</p>
      ) : (
        <>
          <Band label="p75" band={p75} scale_ms={scale_ms} />
          {p95 && <Band label="p95" band={p95} scale_ms={scale_ms} />}
        </>
      )}
      {joined && !tooFew(report.vitals.lcp_ms?.count ?? 0) && (
        <p class="muted small">
          {joined.joined_share > 0 ? (
            <>
              The backend's part is known from the {formatShare(joined.joined_share)} of these
              visits with a joined backend trace.
            </>
          ) : (
            <>
              No visit has a joined backend trace: with OpenTelemetry in the backend its part stands
              here, down to the SQL statement. <a href={href('/settings')}>How to set it up</a>.
            </>
          )}
        </p>
      )}
    </Card>
  );
}

function Band({
  label,
  band,
  scale_ms,
}: {
  label: string;
  band: TimeBand;
  scale_ms: number;
}): JSX.Element {
  return (
    <section class="band" aria-label={`Where the time goes at ${label}`}>
      <h3>
        {label} <b>{formatMs(band.lcp_ms)}</b>{' '}
        <span class="muted small">{plural(band.views, 'visit')}</span>
      </h3>
      <StackedBar parts={bandParts(band)} label={`Parts of LCP at ${label}`} scale_ms={scale_ms} />
    </section>
  );
}

/** What the numbers mean, in words, where a rule is sure. */
export function Findings({ findings }: { findings: readonly Finding[] }): JSX.Element | null {
  if (findings.length === 0) return null;
  return (
    <Card title="What stands out" hint="said only where the visits are clear about it">
      <ul class="findings">
        {findings.map((finding) => (
          <li key={finding.rule + finding.text}>
            <span class="finding-impact num">
              {finding.impact_ms > 0 ? formatMs(finding.impact_ms) : formatShare(finding.share)}
            </span>
            <span>
              <CodeText text={finding.text} />{' '}
              <span class="muted small">from {formatCount(finding.views)} visits</span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
