// Every limit of the way in, in one place. The README's table of limits and
// the error answers take their numbers from here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pagewake::limits {

// HTTP
inline constexpr std::size_t kBodyBytes = 1 << 20;       // after decompression
inline constexpr std::size_t kOtlpBodyBytes = 64 << 20;  // after decompression
inline constexpr std::size_t kHeaderBytes = 16 << 10;
inline constexpr int kRequestSeconds = 10;
inline constexpr int kJsonDepth = 64;
inline constexpr std::size_t kRecordsPerRequest = 50'000;     // spans or logs of one OTLP body
inline constexpr std::size_t kResourceBytes = 2048;           // of its resource, kept with each
inline constexpr std::size_t kSourceMapBytes = 64 << 20;      // one map
inline constexpr std::size_t kArtifactBodyBytes = 100 << 20;  // a map and its file in one request
inline constexpr std::size_t kFramesPerSymbolication = 1'000;
inline constexpr std::size_t kPagesPerProject = 10'000;  // then "(other)"

// One record
inline constexpr std::size_t kUrlBytes = 2048;
inline constexpr std::size_t kNameBytes = 256;        // page, tag, span name, selector
inline constexpr std::size_t kMessageBytes = 8192;    // error value, log body, breadcrumb
inline constexpr std::size_t kStackBytes = 64 << 10;  // raw stack text that is parsed
inline constexpr std::size_t kFramesPerException = 100;
inline constexpr std::size_t kExceptionsPerEvent = 10;  // cause chain and AggregateError
inline constexpr std::size_t kBreadcrumbs = 100;
inline constexpr std::size_t kTags = 64;
inline constexpr std::size_t kResourcesPerPageView = 500;
inline constexpr std::size_t kSpansPerPageView = 500;
inline constexpr std::size_t kUserTimingsPerPageView = 100;  // of those spans, the first
// Frames below the length that INP calls slow may fill half of it.
inline constexpr std::size_t kLongFramesPerPageView = 100;
inline constexpr std::size_t kScriptsPerLongFrame = 20;
inline constexpr std::size_t kEventsPerPageView = 50;
inline constexpr std::size_t kSameErrorPerPageView = 5;
inline constexpr std::size_t kPageViewsPerBeacon = 64;
// Of each list of a page view, where a beacon has to be sent in parts. No less
// than an event's own lists may hold.
inline constexpr std::size_t kItemsPerPart = 100;
inline constexpr std::size_t kEventsPerPart = 12;
inline constexpr std::size_t kStringsPerBeacon = 20'000;

// The raw signal log (pages without WebAssembly)
inline constexpr std::size_t kSignalsPerLog = 10'000;
inline constexpr std::size_t kFieldsPerSignal = 512;

}  // namespace pagewake::limits
