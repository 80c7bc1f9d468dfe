// The raw signal log (docs/signals.md): a JSON array of flat arrays. One
// parser for the page's module and the server.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/containers.h"
#include "base/result.h"

namespace pagewake {

// One field as it stood in the JSON. Reading the other type gives the default
// (0 or ""), so a decoder of a kind never fails on a wrong type.
class SignalField {
 public:
  SignalField() = default;
  explicit SignalField(double number) : number_(number), is_number_(true) {}
  explicit SignalField(std::string_view text) : text_(text) {}
  bool is_number() const { return is_number_; }
  double number() const { return is_number_ ? number_ : 0; }
  std::string_view text() const { return text_; }

 private:
  double number_ = 0;
  std::string_view text_;
  bool is_number_ = false;
};

// Texts point into the log or the parser's memory: they end with the call that
// the signal was passed to.
struct Signal {
  std::string_view kind;
  double t_ms = 0;
  List<SignalField> fields;  // after kind and t
  double number(std::size_t i, double fallback = -1) const;
  std::string_view text(std::size_t i) const;
};

// Calls `take` for each signal in order. Errors (what came before was taken):
// "malformed" with the byte offset, "nesting_too_deep", "list_truncated"
// (more than limits::kSignalsPerLog; the rest is not read).
// `take` is a template-free function pointer pair: std::function costs 1 KB.
struct SignalSink {
  void* context;
  void (*take)(void* context, const Signal& signal);
};
Result<std::size_t> parse_signal_log(std::string_view json, SignalSink sink);

}  // namespace pagewake
