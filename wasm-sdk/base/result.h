// A value or an error, for failures that are expected (bad input). The page's
// build has no exceptions, so decoders and parsers return this instead.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace pagewake {

#ifdef __EMSCRIPTEN__
using ErrorText = std::string_view;  // nothing in the page composes a message
#else
using ErrorText = std::string;
#endif

// `code` is stable and machine readable ("cut_short"); `message` says what,
// where and what is allowed, for a person.
struct Error {
  ErrorText code;
  ErrorText message;
  friend bool operator==(const Error&, const Error&) = default;
};

// Holds exactly one of T and Error. Reading the wrong one is a bug of the
// caller (asserted in debug builds).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // A value that is yet to be filled, where it stands: large ones cost to move.
  explicit Result(std::in_place_t) : state_(std::in_place_index<0>) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  // By value, so that what a temporary held outlives it: the range of
  // `for (x : *call())` does not extend the life of the Result itself.
  T value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

// For functions that give nothing but may fail.
struct Done {};
using Status = Result<Done>;

}  // namespace pagewake
