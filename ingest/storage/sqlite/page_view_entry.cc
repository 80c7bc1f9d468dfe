#include "storage/sqlite/page_view_entry.h"

#include <cassert>
#include <span>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "wire/beacon.h"
#include "wire/page_view_codec.h"

namespace pagewake::storage::sqlite {
namespace {

// Behind the same head, the view: written anew, or what the server set in it and
// the bytes it came in (wire/beacon.h), those of version 1 or with their version.
constexpr std::uint8_t kWritten = 1, kSentPlain = 2, kSent = 3;

void write_as_sent(const model::PageViewRecord& record, ByteWriter& out) {
  out.block(record.view.page);
  out.block(record.view.device.type);
  out.varint(record.view.sdk_cost.sent_bytes);
  out.append(record.as_sent);
}

Result<PageView> read_as_sent(std::string_view bytes, bool plain, ViewParts parts) {
  ByteReader in(bytes);
  const std::string_view page = in.block();
  const std::string_view device_type = in.block();
  const auto sent_bytes = static_cast<std::uint32_t>(in.varint());
  if (!in.ok()) return Error{"malformed", "a stored page view is cut short"};
  const std::string_view rest = bytes.substr(in.position());
  auto view = plain ? decode_lone_page_view(std::string(1, kBeaconVersion).append(rest), parts)
                    : decode_lone_page_view(rest, parts);
  if (!view) return view;
  view->page = page;
  view->device.type = device_type;
  view->sdk_cost.sent_bytes = sent_bytes;
  return view;
}

// What decode_page_view_entry() reads before the view.
void skip_head(ByteReader& in) {
  in.zigzag();
  SessionId session;
  in.bytes(session.bytes);
  for (int texts = 0; texts < 9; ++texts) in.block();
  in.zigzag();
  in.zigzag();
  in.byte();
}

}  // namespace

std::string encode_page_view_entry(const model::PageViewRecord& record,
                                   std::string_view rollup_page) {
  ByteWriter out;
  out.byte(record.as_sent.empty() ? kWritten : kSent);
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
  if (record.as_sent.empty()) {
    out.append(encode_page_view(record.view));
  } else {
    write_as_sent(record, out);
    // Whoever changed the view and left as_sent is found by the tests.
    assert(decode_page_view_entry(out.view())->record.view == record.view);
  }
  return out.take();
}

Result<PageViewEntry> decode_page_view_entry(std::string_view bytes, ViewParts parts) {
  // Filled in place, as decode_page_view() does.
  Result<PageViewEntry> result(std::in_place);
  ByteReader in(bytes);
  const std::uint8_t version = in.byte();
  if (in.ok() && (version < kWritten || version > kSent)) {
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
  const std::string_view rest = bytes.substr(in.position());
  auto view = version == kWritten ? decode_page_view(std::as_bytes(std::span(rest)), parts)
                                  : read_as_sent(rest, version == kSentPlain, parts);
  if (!view) {
    result = view.error();
    return result;
  }
  record.view = std::move(*view);
  if (entry.rollup_page.empty()) entry.rollup_page = record.view.page;
  return result;
}

std::string unpacked_entry(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.byte() != kSent) return std::string(bytes);
  skip_head(in);
  for (int texts = 0; texts < 2; ++texts) in.block();  // as write_as_sent() has them
  in.varint();
  const auto plain = unpacked(bytes.substr(in.ok() ? in.position() : bytes.size()));
  if (!plain) return std::string(bytes);
  std::string out;
  out.reserve(in.position() + plain->size());
  out.append(bytes, 0, in.position()).append(*plain, 1);
  out.front() = static_cast<char>(kSentPlain);
  return out;
}

}  // namespace pagewake::storage::sqlite
