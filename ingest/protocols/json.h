// Reading JSON that may be hostile: simdjson's DOM behind a value that never
// fails. Asking for what is not there, or is of another type, gives "absent",
// 0 or "", so a decoder handles a missing and a wrong field alike.
//
// Inside protocols/ only: the simdjson header is heavy.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pagewake::protocols {

// A place in a Document, valid as long as the Document; cheap to copy.
class Value {
 public:
  Value() = default;  // absent
  explicit Value(simdjson::dom::element element) : element_(element), present_(true) {}

  bool present() const { return present_; }
  bool is_object() const { return present_ && element_.is_object(); }
  bool is_array() const { return present_ && element_.is_array(); }
  bool is_string() const { return present_ && element_.is_string(); }
  bool is_number() const { return present_ && element_.is_number(); }
  bool is_null() const { return present_ && element_.is_null(); }

  // Member of an object; absent for everything else. Linear in the object.
  Value operator[](std::string_view key) const;

  // The string, or "" for any other type.
  std::string_view text() const;
  // Strings as they are, numbers and booleans as JSON writes them, null and
  // absent as "", arrays and objects as compact JSON.
  std::string to_text() const;
  // A number, or a string that holds nothing but one.
  std::optional<double> number() const;
  // The same for whole numbers that fit; 3.0 counts, 3.5 does not.
  std::optional<std::int64_t> integer() const;
  std::optional<bool> boolean() const;

  // A number as JSON, whole ones without a detour through double.
  void append_number_to(std::string& out) const;

  // Calls f(Value) for each item of an array; nothing for other types.
  template <typename F>
  void for_each_item(F f) const {
    if (!is_array()) return;
    for (const auto item : simdjson::dom::array(element_)) f(Value(item));
  }
  // Calls f(key, Value) for each member of an object; nothing for other types.
  template <typename F>
  void for_each_member(F f) const {
    if (!is_object()) return;
    for (const auto& field : simdjson::dom::object(element_)) f(field.key, Value(field.value));
  }

 private:
  simdjson::dom::element element_;
  bool present_ = false;
};

// Parses one JSON text. Nesting is measured before anything is built, bytes
// that are no UTF-8 are replaced by U+FFFD. Owns its strings: `text` may go.
class Document {
 public:
  // `what` names the text in messages ("the event"), `offset` is where it
  // begins in the request's body. Errors: "malformed" with the byte offset,
  // "nesting_too_deep".
  static Result<Document> parse(std::string_view text, std::string_view what,
                                std::size_t offset = 0);

  Value root() const { return root_; }

 private:
  // By pointer: the values point into the parser, which therefore never moves.
  std::unique_ptr<simdjson::dom::parser> parser_;
  Value root_;
};

// For many small texts in a row (JSON lines): one parser, its memory reused.
// Values are valid until the next parse().
class LineParser {
 public:
  Result<Value> parse(std::string_view text, std::string_view what, std::size_t offset);

 private:
  simdjson::dom::parser parser_;
};

}  // namespace pagewake::protocols
