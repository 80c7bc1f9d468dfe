// Reads records field by field for record_fields.h, from bytes that may be
// hostile. Memory is charged before it is taken: the records and strings of
// one input may unfold to a bounded multiple of its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "wire/record_fields.h"

namespace pagewake::wire {

class RecordReader {
 public:
  template <typename R>
  using Access = R;

  // Our own stored page views: a merged one may hold more than a beacon could.
  explicit RecordReader(std::span<const std::byte> bytes) : RecordReader(bytes, false, 0) {}
  // A beacon's; `charged_bytes` decide to how much it may unfold.
  RecordReader(std::span<const std::byte> bytes, std::size_t charged_bytes)
      : RecordReader(bytes, true, charged_bytes * 64 + (256u << 10)) {}

  bool ok() const { return failure_.empty(); }
  bool at_end() const { return at_ == end_; }
  std::uint8_t byte() {
    if (at_ == end_) {
      fail("cut short");
      return 0;
    }
    return *at_++;
  }
  // Where the first failure happened, in bytes from the start.
  std::size_t failed_at() const { return failed_at_; }
  // What failed, for a person; empty while ok().
  std::string_view failure() const { return failure_; }

  // Breadcrumbs and events are passed over from here on, and their lists stay
  // empty: nobody asked for them, and they are half of many page views.
  void skip_what_happened() { skips_what_happened_ = true; }

  // Reads the string table that the records' texts point into.
  void string_table();

  template <typename T>
  void number(T& value) {
    static_assert(std::is_unsigned_v<T>);
    const std::uint64_t v = raw();
    if (v > std::numeric_limits<T>::max()) return fail("a number is too large for its field");
    value = static_cast<T>(v);
  }
  void number_near(std::uint64_t& value, std::uint64_t other) {
    value = other + static_cast<std::uint64_t>(unzigzag(raw()));
  }
  template <typename T>
  void integer(T& value) {
    const std::int64_t v = unzigzag(raw());
    if (v < std::numeric_limits<T>::min() || v > std::numeric_limits<T>::max()) {
      return fail("a number is too large for its field");
    }
    value = static_cast<T>(v);
  }
  void integer_from(std::int64_t& value, std::int64_t from) { value = sum(unzigzag(raw()), from); }
  void index(std::uint32_t& value, std::uint32_t& next) {
    value = next + static_cast<std::uint32_t>(unzigzag(raw()));
    next = value + 1;
  }
  // A value that this version does not know reads as 0.
  template <typename E>
  void choice(E& value, E last) {
    const std::uint64_t v = raw();
    value = v > static_cast<std::uint64_t>(last) ? E{} : static_cast<E>(v);
  }
  void drop_reason(DropReason& value) {
    const std::uint64_t v = raw();
    const auto known = v > 255 ? std::nullopt : drop_reason_from(static_cast<std::uint8_t>(v));
    value = known.value_or(DropReason::kReportedByClient);
  }
  template <typename... Flags>
  void flags(Flags&... flag) {
    const std::uint64_t bits = raw();
    int at = 0;
    ((flag = (bits >> at++ & 1) != 0), ...);
  }
  void inverted_flag(bool& flag) { flag = raw() == 0; }

  std::int64_t tenths(double& ms, std::int64_t from) {
    const std::int64_t value = sum(unzigzag(raw()), from);
    ms = static_cast<double>(value) / kTenths;
    return value;
  }
  std::int64_t tenths_or_zero(double& ms, std::int64_t from) {
    const std::uint64_t v = raw();
    const std::int64_t value = v == 0 ? 0 : sum(unzigzag(v - 1), from);
    ms = static_cast<double>(value) / kTenths;
    return value;
  }
  void optional(std::optional<double>& value, double scale) {
    const std::uint64_t v = raw();
    if (v == 0) {
      value.reset();
    } else {
      value = static_cast<double>(unzigzag(v - 1)) / scale;
    }
  }
  void above_one(double& value, double scale) {
    value = (static_cast<double>(unzigzag(raw())) + scale) / scale;
  }

  void text(std::string& value) {
    const std::uint64_t reference = raw();
    if (reference != 0) return take_text(reference, value);
    if (!value.empty()) value.clear();
  }
  void url(std::string& value) { text(value); }
  template <typename I>
  void id(I& value) {
    const std::uint64_t n = raw();
    if (n == 0) {
      value = I{};
    } else if (n == I::kBytes) {
      if (remaining() < n) return fail("cut short");
      std::memcpy(value.bytes.data(), at_, value.bytes.size());
      at_ += value.bytes.size();
    } else {
      fail("an id has the wrong length");
    }
  }
  void texts(std::vector<std::string>& values) {
    values.resize(count(limits::kTags, sizeof(std::string)));
    for (std::string& value : values) text(value);
  }
  void pairs(KeyValues& values) {
    values.resize(count(limits::kTags, sizeof(KeyValues::value_type)));
    for (auto& [key, value] : values) {
      text(key);
      text(value);
    }
  }

  template <typename R>
  void record(R& value) {
    block([&] { fields(*this, value); });
  }
  template <typename R>
  void record_from(R& value, Running& from) {
    block([&] { fields(*this, value, from); });
  }
  template <typename R>
  void optional_record(std::optional<R>& value, bool has_value) {
    block([&] {
      if (has_value) fields(*this, value.emplace());
    });
  }
  template <typename R>
  void list(std::vector<R>& items, std::size_t limit, std::int64_t from = 0) {
    Running running{0, from};
    if (is_skipped<R>()) return skip_list(items, limit);
    items.resize(count(limit, sizeof(R)));
    for (R& item : items) {
      block([&] { fields(*this, item, running); });
    }
  }
  void page_views(List<PageView>& items, std::int64_t sent_at_unix_ms) {
    list_from(items, limits::kPageViewsPerBeacon, sent_at_unix_ms);
  }
  template <typename R>
  void list_from(std::vector<R>& items, std::size_t limit, std::int64_t from) {
    if (is_skipped<R>()) return skip_list(items, limit);
    items.resize(count(limit, sizeof(R)));
    for (R& item : items) {
      Running start{0, from};
      block([&] { fields(*this, item, start); });
    }
  }

  void fail(std::string_view why) {
    if (!failure_.empty()) return;
    failure_ = why;
    failed_at_ = static_cast<std::size_t>(at_ - begin_);
    end_ = at_;
  }

 private:
  // Fields missing at the end of a record are zero.
  std::uint64_t raw() {
    if (at_ == end_) return 0;
    // Most numbers take one byte, and most others two.
    if (at_[0] < 0x80) return *at_++;
    if (end_ - at_ > 1 && at_[1] < 0x80) {
      at_ += 2;
      return (at_[-2] & 0x7fu) | static_cast<std::uint64_t>(at_[-1]) << 7;
    }
    return long_raw();
  }
  std::uint64_t long_raw();
  void take_text(std::uint64_t reference, std::string& value) {
    if (reference > strings_.size()) return fail("a string's number is out of range");
    const std::string_view text = strings_[static_cast<std::size_t>(reference - 1)];
    if (charge(text.size())) set(value, text);
  }
  // assign() goes a long way round; a string is nearly always new here.
  static void set(std::string& value, std::string_view text) {
    constexpr std::size_t kInside = 15;  // what a string holds itself: nothing can throw
    if (text.size() <= kInside) {
      std::destroy_at(&value);
      std::construct_at(&value, text.data(), text.size());
    } else {
      value = std::string(text);
    }
  }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  std::size_t count(std::size_t limit, std::size_t item_bytes) {
    const std::uint64_t n = raw();
    if (limited_ && n > limit) {
      fail("a list is over its limit");
      return 0;
    }
    // Every item takes a byte at least.
    if (n > remaining()) {
      fail("a list is longer than its record");
      return 0;
    }
    return charge(n * item_bytes) ? static_cast<std::size_t>(n) : 0;
  }
  bool charge(std::uint64_t bytes) {
    if (limited_ && bytes > budget_bytes_) {
      fail("unfolds to too much");
      return false;
    }
    budget_bytes_ -= bytes;
    return true;
  }
  template <typename R>
  bool is_skipped() const {
    return skips_what_happened_ &&
           (std::is_same_v<R, Breadcrumb> || std::is_same_v<R, BrowserEvent>);
  }
  template <typename R>
  void skip_list(std::vector<R>& items, std::size_t limit) {
    items.clear();
    for (std::size_t left = count(limit, 0); left > 0 && at_ != end_; --left) {
      const std::uint64_t bytes = raw();
      if (bytes > remaining()) return fail("a record is longer than the one around it");
      at_ += bytes;
    }
  }
  template <typename F>
  void block(F read_fields) {
    if (at_ == end_) {
      // The record is missing at the end of the one around it: all zero. When
      // reading failed there is nothing to fill either.
      if (ok()) read_fields();
      return;
    }
    const std::uint64_t bytes = raw();
    if (!ok()) return;
    if (bytes > remaining()) return fail("a record is longer than the one around it");
    const std::uint8_t* const outside = std::exchange(end_, at_ + bytes);
    read_fields();
    if (!ok()) return;
    at_ = end_;  // what a later version appended
    end_ = outside;
  }
  static std::int64_t unzigzag(std::uint64_t v) {
    return static_cast<std::int64_t>(v >> 1 ^ (~(v & 1) + 1));
  }
  static std::int64_t sum(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }

  RecordReader(std::span<const std::byte> bytes, bool limited, std::uint64_t budget_bytes)
      : begin_(reinterpret_cast<const std::uint8_t*>(bytes.data())),
        at_(begin_),
        end_(begin_ + bytes.size()),
        limited_(limited),
        budget_bytes_(budget_bytes) {}

  // The record being read ends at `end_`; after a failure nothing is left.
  const std::uint8_t* begin_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  // They stand in the input, or, put together from another's beginning and their
  // own rest, in `joined_`.
  std::vector<std::string_view> strings_;
  std::string_view joined(std::string_view prefix, std::string_view rest);
  std::vector<std::unique_ptr<char[]>> joined_;
  char* joined_end_ = nullptr;  // of what is used of the last
  std::size_t joined_room_ = 0;
  bool limited_;
  bool skips_what_happened_ = false;
  std::uint64_t budget_bytes_ = 0;
  std::string_view failure_;
  std::size_t failed_at_ = 0;
};

}  // namespace pagewake::wire
