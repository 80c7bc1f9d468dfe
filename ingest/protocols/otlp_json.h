// OTLP's JSON inside another protocol's body (Faro carries traces so).
#pragma once

#include "base/result.h"
#include "protocols/json.h"
#include "protocols/otlp_records.h"

namespace pagewake::protocols {

// Adds the spans of `request`, an ExportTraceServiceRequest. Error "malformed"
// where a list is none: what was read before it stays in the collector.
Status collect_otlp_traces(OtlpCollector& collector, const Value& request);

}  // namespace pagewake::protocols
