// Writes records field by field for record_fields.h. Lists and strings over
// their limits are cut, so that what was written can be read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/byte_writer.h"
#include "base/containers.h"
#include "base/out_of_line.h"
#include "base/utf8.h"
#include "wire/record_fields.h"
#include "wire/string_table.h"

namespace pagewake::wire {

class RecordWriter {
 public:
  template <typename R>
  using Access = const R;

  explicit RecordWriter(bool cut_lists = true) : cut_lists_(cut_lists) {}

  const StringTable& strings() const { return strings_; }
  const Text& view() const { return out_.view(); }

  template <typename T>
  void number(T value) {
    static_assert(std::is_unsigned_v<T>);
    raw(value);
  }
  void number_near(std::uint64_t value, std::uint64_t other) {
    signed_raw(static_cast<std::int64_t>(value - other));
  }
  template <typename T>
  void integer(T value) {
    signed_raw(value);
  }
  // Differences wrap around, so that hostile times are no overflow.
  void integer_from(std::int64_t value, std::int64_t from) { raw(zigzag(difference(value, from))); }
  void index(std::uint32_t value, std::uint32_t& next) {
    signed_raw(static_cast<std::int32_t>(value - next));
    next = value + 1;
  }
  template <typename E>
  void choice(E value, E /*last*/) {
    raw(static_cast<std::uint64_t>(value));
  }
  void drop_reason(DropReason value) { raw(static_cast<std::uint64_t>(value)); }
  template <typename... Flags>
  void flags(Flags... flag) {
    std::uint64_t bits = 0;
    int at = 0;
    ((bits |= static_cast<std::uint64_t>(flag) << at++), ...);
    raw(bits);
  }
  void inverted_flag(bool flag) { raw(flag ? 0 : 1); }

  PAGEWAKE_OUT_OF_LINE std::int64_t tenths(double ms, std::int64_t from) {
    const std::int64_t value = fixed(ms, kTenths);
    signed_raw(difference(value, from));
    return value;
  }
  PAGEWAKE_OUT_OF_LINE std::int64_t tenths_or_zero(double ms, std::int64_t from) {
    const std::int64_t value = fixed(ms, kTenths);
    raw(value == 0 ? 0 : zigzag(difference(value, from)) + 1);
    return value;
  }
  PAGEWAKE_OUT_OF_LINE void optional(const std::optional<double>& value, int scale) {
    raw(value ? zigzag(fixed(*value, scale)) + 1 : 0);
  }
  void above_one(double value, int scale) { signed_raw(fixed(value - 1, scale)); }

  void text(const Text& value) { string(value, false); }
  void url(const Text& value) { string(value, true); }
  template <typename I>
  void id(const I& value) {
    id_bytes(value.bytes);
  }
  PAGEWAKE_OUT_OF_LINE void texts(const List<Text>& values) {
    const std::size_t n = count_of(values.size(), limits::kTags);
    raw(n);
    for (std::size_t i = 0; i < n; ++i) text(values[i]);
    if (n > 0) kept_ = out_.size();
  }
  PAGEWAKE_OUT_OF_LINE void pairs(const KeyValues& values) {
    const std::size_t n = count_of(values.size(), limits::kTags);
    raw(n);
    for (std::size_t i = 0; i < n; ++i) {
      text(values[i].first);
      text(values[i].second);
    }
    if (n > 0) kept_ = out_.size();
  }

  template <typename R>
  void record(const R& value) {
    Running none;
    block(&write_record<R>, &value, none);
  }
  template <typename R>
  void record_from(const R& value, std::int64_t from) {
    Running running{0, from};
    block(&write_item<R>, &value, running);
  }
  template <typename R>
  void optional_record(const std::optional<R>& value, bool has_value) {
    if (has_value) {
      record(*value);
    } else {
      raw(0);
    }
  }
  // `from`: where the first item's time counts from; for list_from, every item's.
  template <typename R>
  void list(const List<R>& items, std::size_t limit, std::int64_t from = 0) {
    items_of({items.data(), items.size(), sizeof(R), &write_item<R>}, limit, from, true);
  }
  template <typename R>
  void list_from(const List<R>& items, std::size_t limit, std::int64_t from) {
    items_of({items.data(), items.size(), sizeof(R), &write_item<R>}, limit, from, false);
  }
  // Writes only the first limits::kItemsPerPart of each list, and
  // limits::kEventsPerPart events.
  void write_part() { is_part_ = true; }
  // Page views that page_views() adds to the beacon's own.
  void lend(std::span<const PageView* const> page_views) { lent_ = page_views; }
  void page_views(const List<PageView>& items, std::int64_t sent_at_unix_ms) {
    const std::size_t n = count_of(items.size() + lent_.size(), limits::kPageViewsPerBeacon);
    raw(n);
    for (std::size_t i = 0; i < n; ++i) {
      record_from(i < items.size() ? items[i] : *lent_[i - items.size()], sent_at_unix_ms);
    }
    if (n > 0) kept_ = out_.size();
  }

 private:
  // Records and lists go through pointers, so that there is one loop for all.
  using Write = void (*)(RecordWriter& io, const void* record, Running& running);
  struct Items {
    const void* first;
    std::size_t count, item_bytes;
    Write write;
  };
  template <typename R>
  static void write_record(RecordWriter& io, const void* record, Running&) {
    fields(io, *static_cast<const R*>(record));
  }
  template <typename R>
  static void write_item(RecordWriter& io, const void* item, Running& running) {
    fields(io, *static_cast<const R*>(item), running);
  }

  PAGEWAKE_OUT_OF_LINE void raw(std::uint64_t value) {
    out_.varint(value);
    if (value != 0) kept_ = out_.size();
  }
  PAGEWAKE_OUT_OF_LINE void signed_raw(std::int64_t value) { raw(zigzag(value)); }
  PAGEWAKE_OUT_OF_LINE void id_bytes(std::span<const std::uint8_t> bytes) {
    bool zero = true;
    for (const std::uint8_t byte : bytes) zero = zero && byte == 0;
    if (zero) {
      raw(0);
    } else {
      raw(bytes.size());
      out_.bytes(bytes);
      kept_ = out_.size();
    }
  }
  PAGEWAKE_OUT_OF_LINE void string(const Text& value, bool is_url) {
    raw(strings_.reference(cut_utf8(value, limits::kMessageBytes), is_url));
  }
  // A record's trailing zeros are left out; a non-empty block is a field that
  // is not zero for the record around it.
  PAGEWAKE_OUT_OF_LINE void block(Write write, const void* record, Running& running) {
    const std::size_t start = out_.size();
    const std::size_t kept_outside = kept_;
    kept_ = start;
    write(*this, record, running);
    out_.truncate(kept_);
    const bool empty = out_.size() == start;
    out_.make_block(start);
    kept_ = empty ? kept_outside : out_.size();
  }
  // `runs`: an item's times count from the one before it.
  PAGEWAKE_OUT_OF_LINE void items_of(Items items, std::size_t limit, std::int64_t from, bool runs) {
    if (is_part_) limit = std::min(limit, runs ? limits::kItemsPerPart : limits::kEventsPerPart);
    const std::size_t n = count_of(items.count, limit);
    raw(n);
    Running running{0, from};
    const char* item = static_cast<const char*>(items.first);
    for (std::size_t i = 0; i < n; ++i, item += items.item_bytes) {
      if (!runs) running = {0, from};
      block(items.write, item, running);
    }
    if (n > 0) kept_ = out_.size();
  }
  std::size_t count_of(std::size_t n, std::size_t limit) const {
    return cut_lists_ && n > limit ? limit : n;
  }
  static std::uint64_t zigzag(std::int64_t value) {
    return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  }
  static std::int64_t difference(std::int64_t value, std::int64_t from) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) -
                                     static_cast<std::uint64_t>(from));
  }
  PAGEWAKE_OUT_OF_LINE static std::int64_t fixed(double value, int scale) {
    value *= scale;
    // Also false for NaN. 2^53: beyond it a double has no fraction to keep.
    if (!(value > -9007199254740992.0 && value < 9007199254740992.0)) return 0;
    return static_cast<std::int64_t>(value < 0 ? value - 0.5 : value + 0.5);
  }

  ByteWriter out_;
  StringTable strings_;
  std::span<const PageView* const> lent_;
  std::size_t kept_ = 0;  // up to here the current record is worth writing
  bool cut_lists_, is_part_ = false;
};

}  // namespace pagewake::wire
