// What distinguishes one way in from another. Everything else (key, origin,
// size, encoding, rates, CORS, outcomes) is the same for all: see guard.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/drop_reason.h"
#include "base/limits.h"
#include "base/result.h"
#include "http/http.h"
#include "model/records.h"
#include "pipeline/pipeline.h"
#include "protocols/decoded.h"

namespace pagewake::receive {

// One category of which the project may send no more for a while.
struct CategoryLimit {
  model::Category category = model::Category::kOther;
  int retry_after_s = 0;
};

// Why a request was not taken, before it has the form of its protocol.
struct Refusal {
  int status = 400;
  DropReason reason = DropReason::kMalformed;
  model::ProjectId project = 0;  // 0: not known
  std::string code, message;
  int retry_after_s = 0;              // 0: no Retry-After
  std::vector<CategoryLimit> limits;  // of 429: what is limited; empty: everything
  std::size_t limit_bytes = 0;        // of 413
  bool counted = false;               // the pipeline counted the records already
};

// What the decoder and the answer know about the request.
struct Incoming {
  const http::Request& request;
  std::string_view body;  // plain
  std::int64_t received_at_unix_us = 0;
};

struct Protocol {
  std::size_t body_bytes = limits::kBodyBytes;  // plain, and on the wire
  // Sentry's tunnel: the key may stand in the body.
  bool key_in_envelope = false;
  std::function<Result<protocols::Decoded>(const Incoming&)> decode;
  // `id` and `drops` are the decoder's.
  std::function<http::Response(const http::Request&, const protocols::Decoded&,
                               const pipeline::Accepted&)>
      accepted;
  // Absent: {"error":{…}}. Retry-After and CORS are added for all.
  std::function<http::Response(const http::Request&, const Refusal&)> refused;
  // Says on an answer that was good otherwise of what to send no more. Absent:
  // no client of this protocol would read it.
  std::function<void(const std::vector<CategoryLimit>&, http::Response&)> limited;
};

http::Response default_refusal(const http::Request& request, const Refusal& refusal);

Protocol beacon_protocol();
Protocol json_logs_protocol();
Protocol faro_protocol();
Protocol web_vitals_protocol();
Protocol browser_reports_protocol();
Protocol sentry_envelope_protocol();
Protocol sentry_store_protocol();
Protocol otlp_traces_protocol();
Protocol otlp_logs_protocol();
Protocol otlp_metrics_protocol();

}  // namespace pagewake::receive
