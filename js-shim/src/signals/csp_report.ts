/** What the page's policies forbade, and what the browser itself warns of. */
import type { Tools } from '../core/late_tools.ts';

interface ReportBody {
  id?: string;
  message?: string;
  effectiveDirective?: string;
  blockedURL?: string;
  sourceFile?: string | null;
  lineNumber?: number | null;
  columnNumber?: number | null;
}
interface Report {
  type: string;
  body: ReportBody | null;
}

export function watchReports({
  $on: on,
  $guard: guard,
  $capture: capture,
  $isOwn: isOwn,
}: Tools): void {
  const violated = (directive = '', blocked = '', file = '', line = 0, column = 0) => {
    // Our own try to start WebAssembly is no fault of the page's.
    if (isOwn(file) || isOwn(blocked)) return;
    capture(
      'csp',
      false,
      [['SecurityPolicyViolation', `${directive} blocked ${blocked}`, '', file, line, column]],
      undefined,
      '',
      'warning',
    );
  };
  const told = ({ type, body }: Report, isEarly = false) => {
    if (!body) return;
    if (type !== 'csp-violation') {
      const text = `${type}: ${body.message || body.id}`;
      capture('report', false, [], undefined, text, 'warning');
    } else if (isEarly) {
      // Later ones come as events, in every browser.
      violated(
        body.effectiveDirective,
        body.blockedURL,
        body.sourceFile ?? '',
        body.lineNumber ?? 0,
        body.columnNumber ?? 0,
      );
    }
  };
  on<SecurityPolicyViolationEvent>('securitypolicyviolation', (event) =>
    violated(
      event.effectiveDirective,
      event.blockedURI,
      event.sourceFile,
      event.lineNumber,
      event.columnNumber,
    ),
  );
  if ('ReportingObserver' in globalThis) {
    const observer = new ReportingObserver(
      guard((reports: unknown[]) => {
        for (const report of reports as Report[]) told(report);
      }),
      { buffered: true },
    );
    observer.observe();
    for (const report of observer.takeRecords()) told(report as Report, true);
  }
}
