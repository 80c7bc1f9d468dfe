// Why a record was not kept: one enum for the SDK and the server. The number
// travels in beacons and must never be reused; the name is what people see in
// /metrics, in the outcomes API and on the dashboard.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pagewake {

// X(number, name, what happened and what to do about it)
#define PAGEWAKE_DROP_REASONS(X)                                                                  \
  X(1, kMalformed, "malformed",                                                                   \
    "The body could not be read as what its route expects; compare it with the documented "       \
    "format.")                                                                                    \
  X(2, kUnknownVersion, "unknown_version",                                                        \
    "The beacon's format version is newer than this server; update the server.")                  \
  X(3, kTooLarge, "body_too_large",                                                               \
    "The body was larger than the documented limit after decompression; send smaller batches.")   \
  X(4, kTooDeep, "nesting_too_deep", "The body nests deeper than 64 levels; flatten it.")         \
  X(5, kBadKey, "bad_key",                                                                        \
    "The public key is missing, unknown or belongs to another project; copy the DSN from the "    \
    "project's settings.")                                                                        \
  X(6, kUnknownProject, "unknown_project",                                                        \
    "No project has this number; copy the DSN from the project's settings.")                      \
  X(7, kOriginDenied, "origin_denied",                                                            \
    "The project lists allowed origins and this page's is not among them; add it or correct it.") \
  X(8, kRateLimited, "rate_limited",                                                              \
    "The key or the address sent more than its rate; wait as Retry-After says or raise the "      \
    "limit.")                                                                                     \
  X(9, kTooOld, "too_old",                                                                        \
    "The record's time lies before the retention; check the sender's clock.")                     \
  X(10, kDuplicate, "duplicate",                                                                  \
    "A record with the same id is already stored; a client's retry, nothing is lost.")            \
  X(11, kUnsupported, "unsupported",                                                              \
    "This kind of record is understood but not kept by this version.")                            \
  X(12, kNoise, "known_noise",                                                                    \
    "Recognised as noise: \"Script error.\" without a frame, ResizeObserver loop, a browser "     \
    "extension.")                                                                                 \
  X(13, kSampled, "sampled_out", "Left out by the sampling rate that the site set.")              \
  X(14, kQueueFull, "queue_full",                                                                 \
    "More arrived than could be kept at once; the newest were left out.")                         \
  X(15, kIgnored, "ignored_by_rule",                                                              \
    "The site's own options (ignoreErrors, allowUrls, denyUrls, beforeSend) left it out.")        \
  X(16, kRepeated, "repeated",                                                                    \
    "The same error again within one page view, beyond the first few; counted only.")             \
  X(17, kSendFailed, "send_failed",                                                               \
    "The browser could not deliver it: network, blocker or page gone.")                           \
  X(18, kStoreFailed, "store_failed",                                                             \
    "The store could not write (disk full or stopped); the client got a 503 and may send again.") \
  X(19, kTruncated, "list_truncated",                                                             \
    "A list in one record was longer than its limit; the rest was cut.")                          \
  X(20, kInvalidId, "invalid_id",                                                                 \
    "A trace, span or event id was all zero or of the wrong length.")                             \
  X(21, kReportedByClient, "dropped_by_client",                                                   \
    "The client's own report of what it dropped before sending.")                                 \
  X(22, kBadEncoding, "bad_encoding",                                                             \
    "The Content-Encoding is unknown, or the compressed data is cut short or corrupt.")           \
  X(30, kProjectRule, "ignored_by_project_rule",                                                  \
    "A rule of the project (\"ignore: …\" in its grouping rules) left it out.")                   \
  X(31, kFilteredExtension, "filtered_browser_extension",                                         \
    "The project filters errors of browser extensions; nothing of the page's own failed.")        \
  X(32, kFilteredOldBrowser, "filtered_old_browser",                                              \
    "The project filters browsers older than its settings say.")                                  \
  X(33, kFilteredLocalhost, "filtered_localhost",                                                 \
    "The project filters what comes from localhost.")                                             \
  X(34, kFilteredBot, "filtered_bot",                                                             \
    "The project filters crawlers and headless browsers, by their User-Agent.")                   \
  X(35, kFilteredWebdriver, "filtered_webdriver",                                                 \
    "The project filters browsers under automation (navigator.webdriver).")                       \
  X(36, kCountedOnly, "counted_only",                                                             \
    "One of very many: counted in its issue, hour and tags; the event itself was not kept.")      \
  X(255, kLostInside, "lost_inside",                                                              \
    "A defect of Pagewake: a record left the pipeline without a fate. Please report it.")

enum class DropReason : std::uint8_t {
#define PAGEWAKE_X(number, id, name, text) id = number,
  PAGEWAKE_DROP_REASONS(PAGEWAKE_X)
#undef PAGEWAKE_X
};

constexpr std::string_view name_of(DropReason reason) {
  switch (reason) {
#define PAGEWAKE_X(number, id, name, text) \
  case DropReason::id:                     \
    return name;
    PAGEWAKE_DROP_REASONS(PAGEWAKE_X)
#undef PAGEWAKE_X
  }
  return "unknown";
}

constexpr std::optional<DropReason> drop_reason_from(std::uint8_t number) {
  switch (number) {
#define PAGEWAKE_X(number, id, name, text) \
  case number:                             \
    return DropReason::id;
    PAGEWAKE_DROP_REASONS(PAGEWAKE_X)
#undef PAGEWAKE_X
  }
  return std::nullopt;
}

#ifndef __EMSCRIPTEN__
// The sentences stay out of the page's module.
constexpr std::string_view explanation_of(DropReason reason) {
  switch (reason) {
#define PAGEWAKE_X(number, id, name, text) \
  case DropReason::id:                     \
    return text;
    PAGEWAKE_DROP_REASONS(PAGEWAKE_X)
#undef PAGEWAKE_X
  }
  return "";
}
#endif

}  // namespace pagewake
