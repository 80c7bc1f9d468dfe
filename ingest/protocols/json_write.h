// Writing the JSON that records carry (attributes, contexts, span events).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace pagewake::protocols {

class Value;

// Quoted and escaped; invalid UTF-8 becomes U+FFFD, text beyond
// limits::kMessageBytes is cut at a code point.
void append_json_string(std::string& out, std::string_view text);
// The same for text that is valid UTF-8, which is not looked at again.
void append_valid_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out, double value);  // not finite: as a string, "NaN"
void append_json_number(std::string& out, std::int64_t value);
void append_json_number(std::string& out, std::uint64_t value);
// A parsed value again, its strings cut as above. "null" when absent.
void append_json(std::string& out, const Value& value);
std::string to_json(const Value& value);

// One flat object. A key that was there before is left out: the first wins.
class JsonObject {
 public:
  JsonObject() = default;
  // Behind what `before` holds already.
  explicit JsonObject(std::string before) : out_(std::move(before)), start_(out_.size()) {}

  // `json` is a value already in JSON.
  void member(std::string_view key, std::string_view json);
  void text(std::string_view key, std::string_view value);
  void valid_text(std::string_view key, std::string_view value);  // both valid UTF-8
  // `members` as an object has them between its braces; none of their keys was
  // added or will be.
  void members(std::string_view members);
  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  bool empty() const { return out_.size() == start_; }
  // Nothing behind what was before where nothing was added: "" is how records
  // say "none".
  std::string take();

 private:
  // `append` writes the key.
  bool begin(std::string_view key, void (*append)(std::string&, std::string_view));
  bool is_new(std::string_view escaped_key);

  // Keys as they stand in out_. Few are compared one by one; beyond that a set
  // keeps a hostile object linear.
  struct Place {
    std::uint32_t at, size;
  };
  std::string out_;
  std::size_t start_ = 0;
  std::array<Place, 32> few_;
  std::size_t few_size_ = 0;
  std::unordered_set<std::string> many_;
};

}  // namespace pagewake::protocols
