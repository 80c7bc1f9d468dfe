// The payloads of Sentry's protocol, one function a kind. Shared by envelopes
// and the legacy store route.
// Format: develop.sentry.dev, "Event Payloads", "Transaction Payloads",
// "Span Protocol", "Logs"; and what real clients send (tests/cases/clients).
#pragma once

#include <cstdint>

#include "protocols/decoded.h"
#include "protocols/json.h"

namespace pagewake::protocols {

struct SentryContext {
  std::int64_t received_at_unix_us = 0;
  std::int64_t sent_at_unix_us = 0;    // of the envelope; 0 unknown
  std::string_view envelope_event_id;  // where the payload has none of its own
};

// One event; a bad id is one drop. Gives the id in hex, "" when dropped.
std::string take_sentry_event(Decoded& decoded, const Value& event, const SentryContext& context);
// A transaction: its root span and the child spans in it.
std::string take_sentry_transaction(Decoded& decoded, const Value& transaction,
                                    const SentryContext& context);
// One span of its own (v1), or one item of a v2 container.
void take_sentry_span(Decoded& decoded, const Value& span, const SentryContext& context);
// One item of a log container. `ordinal` tells equal lines of a batch apart.
void take_sentry_log(Decoded& decoded, const Value& log, std::uint64_t ordinal,
                     const SentryContext& context);
// A session's state, or a server's counts of many. Without a release, or older
// than kOldestSession, they say nothing: one drop.
void take_sentry_session(Decoded& decoded, const Value& session, const SentryContext& context);
void take_sentry_sessions(Decoded& decoded, const Value& sessions, const SentryContext& context);
// What a user wrote: `user_report`, or the newer `feedback`, which is an event
// with contexts.feedback. Stored as a message of the logger "feedback", with
// the event it is about among its tags.
void take_sentry_user_report(Decoded& decoded, const Value& report, const SentryContext& context);
// What the client says it dropped before sending.
void take_sentry_client_report(Decoded& decoded, const Value& report);

}  // namespace pagewake::protocols
