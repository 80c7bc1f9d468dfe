#include "storage/sqlite/page_view_entry.h"

#include <span>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "wire/page_view_codec.h"

namespace pagewake::storage::sqlite {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string encode_page_view_entry(const model::PageViewRecord& record,
                                   std::string_view rollup_page) {
  ByteWriter out;
  out.byte(kVersion);
  out.zigzag(record.project);
  out.bytes(record.session_id.bytes);
  // Mostly the view's own page: then one byte.
  out.block(rollup_page == record.view.page ? std::string_view() : rollup_page);
  for (const std::string* text :
       {&record.release, &record.environment, &record.user_id, &record.sdk_version, &record.browser,
        &record.browser_version, &record.os, &record.country}) {
    out.block(*text);
  }
  out.zigzag(record.received_at_unix_us);
  out.zigzag(record.clock_skew_us);
  out.byte(record.replayed ? 1 : 0);
  out.append(encode_page_view(record.view));
  return out.take();
}

Result<PageViewEntry> decode_page_view_entry(std::string_view bytes) {
  // Filled in place, as decode_page_view() does.
  Result<PageViewEntry> result = PageViewEntry{};
  ByteReader in(bytes);
  if (const std::uint8_t version = in.byte(); in.ok() && version != kVersion) {
    result = Error{"unknown_version", "a stored page view has version " + std::to_string(version)};
    return result;
  }
  PageViewEntry& entry = *result;
  model::PageViewRecord& record = entry.record;
  record.project = in.zigzag();
  in.bytes(record.session_id.bytes);
  entry.rollup_page = in.block();
  for (std::string* text :
       {&record.release, &record.environment, &record.user_id, &record.sdk_version, &record.browser,
        &record.browser_version, &record.os, &record.country}) {
    *text = in.block();
  }
  record.received_at_unix_us = in.zigzag();
  record.clock_skew_us = in.zigzag();
  record.replayed = in.byte() != 0;
  if (!in.ok()) {
    result = Error{"malformed", "a stored page view is cut short"};
    return result;
  }
  auto view = decode_page_view(std::as_bytes(std::span(bytes.substr(in.position()))));
  if (!view) {
    result = view.error();
    return result;
  }
  record.view = std::move(*view);
  if (entry.rollup_page.empty()) entry.rollup_page = record.view.page;
  return result;
}

}  // namespace pagewake::storage::sqlite
