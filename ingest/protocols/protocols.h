// The decoders, one a protocol. All pure (see decoded.h); bodies are already
// inflated. `received_at_unix_us` is only used where the sender gave no time.
// Errors everywhere: "malformed" (with where), "nesting_too_deep".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocols/decoded.h"

namespace pagewake::protocols {

// Pagewake's own: the binary beacon or, when the body starts with '[', a raw
// signal log, which is replayed through the core. Also "unknown_version".
// Browser events become EventRecords (with page, session and trace filled in)
// beside their page view. Client drops become drops. `waited_us`: how long the
// browser kept the body after it was made (offline, a failed try), which is no
// difference of clocks.
Result<Decoded> decode_beacon_body(std::string_view body, std::int64_t received_at_unix_us);
Result<Decoded> decode_beacon_body(std::string_view body, std::int64_t received_at_unix_us,
                                   std::int64_t waited_us);

struct EnvelopeAuth {
  std::string public_key;  // of the envelope header's dsn; "" absent
};
// Sentry envelope: event, transaction, span (v2 container and single v1), log
// container, session(s), user_report and feedback, client_report; attachments
// and the rest are counted.
Result<Decoded> decode_sentry_envelope(std::string_view body, std::int64_t received_at_unix_us);
// Only the header's dsn, for requests that authenticate by it (tunnel).
Result<EnvelopeAuth> peek_envelope_auth(std::string_view body);
// Legacy /store/: one event as JSON.
Result<Decoded> decode_sentry_store(std::string_view body, std::int64_t received_at_unix_us);

// OTLP/HTTP. Spans and log records with bad ids are dropped one by one
// (invalid_id); `rejected` in the answer is their number.
Result<Decoded> decode_otlp_traces_json(std::string_view body, std::int64_t received_at_unix_us);
Result<Decoded> decode_otlp_traces_proto(std::string_view body, std::int64_t received_at_unix_us);
Result<Decoded> decode_otlp_logs_json(std::string_view body, std::int64_t received_at_unix_us);
Result<Decoded> decode_otlp_logs_proto(std::string_view body, std::int64_t received_at_unix_us);

// JSON lines as structlog, pino, winston and zap write them. A line that is no
// JSON object is dropped (malformed), the others are kept.
Result<Decoded> decode_json_logs(std::string_view body, std::int64_t received_at_unix_us);
// `idempotency_key`, where the sender gave one, is the identity of lines that
// carry no time: those get the time of arrival, and a retry would be others.
Result<Decoded> decode_json_logs(std::string_view body, std::int64_t received_at_unix_us,
                                 std::string_view idempotency_key);

// Grafana Faro's collector payload: exceptions become events, logs and events
// of the page become logs, web-vitals measurements a page view, traces spans.
Result<Decoded> decode_faro(std::string_view body, std::int64_t received_at_unix_us);

// Who posts vitals, which their bodies do not say.
struct VitalsSender {
  // Tells senders apart (address and browser, salted): metrics that a page
  // posts one by one belong to one page view.
  std::string visitor;
  std::string_view referer;  // the page, where the body has no `url`
};
// web-vitals' Metric objects, one or a list, with or without `attribution`,
// and what people add to them: url, page_view_id, session_id, trace_id, release,
// environment, user_id. A page view is told by page_view_id; without one, by
// sender, URL and the time in the metrics' ids.
Result<Decoded> decode_web_vitals(std::string_view body, const VitalsSender& sender,
                                  std::int64_t received_at_unix_us);

// What browsers report by themselves: {"csp-report":{…}} of report-uri, or the
// Reporting API's list (csp-violation, deprecation, intervention, crash, ...).
Result<Decoded> decode_browser_reports(std::string_view body, std::int64_t received_at_unix_us);

}  // namespace pagewake::protocols
