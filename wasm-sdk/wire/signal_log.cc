#include "wire/signal_log.h"

#include "base/containers.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

namespace pagewake {
namespace {

// Powers of ten that a double holds exactly.
constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Correctly rounded for what JSON.stringify writes of a clock (at most 2^53 as
// digits, exponent within 22); otherwise the nearest few doubles, but the same
// ones on every machine, which is what replay needs.
double scale_by_ten(double value, int exponent) {
  while (exponent > 22) {
    value *= 1e22;
    exponent -= 22;
  }
  while (exponent < -22) {
    value /= 1e22;
    exponent += 22;
  }
  return exponent < 0 ? value / kPowers[-exponent] : value * kPowers[exponent];
}

#ifdef __EMSCRIPTEN__
const ErrorText kTooMany;
#else
const ErrorText kTooMany = "more than " + decimal(limits::kSignalsPerLog) + " signals";
#endif

class Parser {
 public:
  Parser(std::string_view json, SignalSink sink) : json_(json), sink_(sink) {
    // Once for the whole log: no byte of JSON's syntax is part of what is repaired.
    if (is_valid_utf8(json)) return;
    repaired_ = repair_utf8(json);
    json_ = repaired_;
  }

  Result<std::size_t> run() {
    std::size_t taken = 0;
    skip_space();
    if (!eat('[')) return malformed("a signal log is a JSON array");
    skip_space();
    if (!eat(']')) {
      do {
        if (taken == limits::kSignalsPerLog) {
          return Error{"list_truncated", kTooMany};
        }
        skip_space();
        if (!read_signal()) return error_;
        sink_.take(sink_.context, signal_);
        ++taken;
        skip_space();
      } while (eat(','));
      if (!eat(']')) return malformed("expected ',' or ']' after a signal");
    }
    skip_space();
    if (at_ != json_.size()) return malformed("text after the signal log");
    return taken;
  }

 private:
  bool read_signal() {
    if (!eat('[')) return fail("a signal is a JSON array");
    Signal& signal = signal_;
    signal.t_ms = 0;
    signal.fields.clear();
    decoded_.clear();
    std::size_t count = 0;
    skip_space();
    if (eat(']')) return fail("a signal starts with its kind");
    do {
      skip_space();
      SignalField field;
      if (!read_field(field)) return false;
      if (count == 0) {
        if (field.is_number() || field.text().empty()) return fail("a signal starts with its kind");
        signal.kind = field.text();
      } else if (count == 1) {
        signal.t_ms = field.number();
      } else if (count < limits::kFieldsPerSignal) {
        signal.fields.push_back(field);
      }
      ++count;
      skip_space();
    } while (eat(','));
    return eat(']') || fail("expected ',' or ']' in a signal");
  }

  bool read_field(SignalField& field) {
    const char c = peek();
    if (c == '"') return read_string(field);
    if (c == '-' || is_digit(c)) return read_number(field);
    if (c == '[' || c == '{') return refuse_nesting();
    // JSON.stringify writes null for NaN, Infinity and undefined: an absent field.
    if (eat_word("null")) return true;
    if (eat_word("true")) {
      field = SignalField(1.0);
      return true;
    }
    if (eat_word("false")) {
      field = SignalField(0.0);
      return true;
    }
    return fail("expected a value");
  }

  // Signals are flat. What nests deeper than the limit for all JSON gets that
  // limit's own error, so that the sender reads the right explanation.
  bool refuse_nesting() {
#ifndef __EMSCRIPTEN__  // the page needs no explanation
    const std::size_t start = at_;
    int depth = 2;
    bool in_string = false;
    for (std::size_t i = at_; i < json_.size(); ++i) {
      const char c = json_[i];
      if (in_string) {
        if (c == '\\') ++i;
        if (c == '"') in_string = false;
      } else if (c == '"') {
        in_string = true;
      } else if (c == '[' || c == '{') {
        if (++depth > limits::kJsonDepth) {
          error_ = Error{"nesting_too_deep", "byte " + decimal(i) + ": nests deeper than " +
                                                 decimal(limits::kJsonDepth) + " levels"};
          return false;
        }
      } else if (c == ']' || c == '}') {
        if (--depth == 2) break;
      }
    }
    at_ = start;
#endif
    return fail("a signal holds numbers and strings only");
  }

  // A text without escapes stays where it is. Others are decoded into memory
  // that is as large as the log, and never grows: an escape is longer than what
  // it stands for.
  bool read_string(SignalField& field) {
    const std::size_t begin = ++at_;  // behind the quote
    const std::size_t decoded_begin = decoded_.size();
    bool escaped = false;
    for (;;) {
      if (at_ >= json_.size()) return fail("a string is cut short");
      const char c = json_[at_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) return fail("a control character in a string");
      if (c == '\\') {
        if (!escaped) {
          decoded_.reserve(json_.size());
          decoded_.append(json_.substr(begin, at_ - begin));
          escaped = true;
        }
        ++at_;
        if (!read_escape(decoded_)) return false;
        continue;
      }
      if (escaped) decoded_.push_back(c);
      ++at_;
    }
    field = SignalField(escaped ? std::string_view(decoded_).substr(decoded_begin)
                                : json_.substr(begin, at_ - begin));
    ++at_;
    return true;
  }

  bool read_escape(Text& out) {
    const char c = peek();
    ++at_;
    if (c != 'u') {
      constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
      const std::size_t i = kEscapes.find(c);
      if (i >= kEscapes.size()) {
        --at_;
        return fail("an unknown escape in a string");
      }
      out.push_back(kMeanings[i]);
      return true;
    }
    std::uint32_t unit = 0;
    if (!read_hex4(unit)) return false;
    if (unit >= 0xD800 && unit < 0xDC00 && json_.substr(at_, 2) == "\\u") {
      const std::size_t second = at_;
      at_ += 2;
      std::uint32_t low = 0;
      if (!read_hex4(low)) return false;
      if (low >= 0xDC00 && low < 0xE000) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = second;  // a lone high surrogate, then something of its own
      }
    }
    append_utf8(out, unit);
    return true;
  }

  bool read_hex4(std::uint32_t& unit) {
    for (int i = 0; i < 4; ++i) {
      const char c = peek();
      std::uint32_t digit = 0;
      if (is_digit(c)) {
        digit = static_cast<std::uint32_t>(c - '0');
      } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        digit = static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
      } else {
        return fail("\\u needs four hex digits");
      }
      unit = unit << 4 | digit;
      ++at_;
    }
    return true;
  }

  bool read_number(SignalField& field) {
    const bool negative = eat('-');
    std::uint64_t digits = 0;
    int exponent = 0;
    if (!is_digit(peek())) return fail("expected a digit");
    if (eat('0')) {
      if (is_digit(peek())) return fail("a number starts with 0");
    }
    read_digits(digits, exponent, 0);
    if (eat('.')) {
      if (!is_digit(peek())) return fail("expected a digit");
      read_digits(digits, exponent, -1);
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      const bool down = peek() == '-';
      if (down || peek() == '+') ++at_;
      if (!is_digit(peek())) return fail("expected a digit");
      int power = 0;
      for (; is_digit(peek()); ++at_) {
        if (power < 10000) power = power * 10 + (peek() - '0');
      }
      exponent += down ? -power : power;
    }
    // Beyond these a double is 0 or infinite anyway; infinity is no time.
    if (exponent < -400) exponent = -400;
    if (exponent > 400) exponent = 400;
    double value = digits == 0 ? 0 : scale_by_ten(static_cast<double>(digits), exponent);
    if (value > 1e300) value = 0;
    field = SignalField(negative ? -value : value);
    return true;
  }

  // `per_digit` is what each digit does to the exponent: 0 before the point,
  // -1 after it. Digits beyond the nineteenth only count.
  void read_digits(std::uint64_t& digits, int& exponent, int per_digit) {
    for (; is_digit(peek()); ++at_) {
      if (digits < 1'000'000'000'000'000'000u) {
        digits = digits * 10 + static_cast<std::uint64_t>(peek() - '0');
        exponent += per_digit;
      } else if (exponent < 100'000) {
        exponent += 1 + per_digit;
      }
    }
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  char peek() const { return at_ < json_.size() ? json_[at_] : '\0'; }
  bool eat(char c) {
    if (at_ >= json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool eat_word(std::string_view word) {
    if (json_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void skip_space() {
    while (at_ < json_.size() &&
           (json_[at_] == ' ' || json_[at_] == '\n' || json_[at_] == '\r' || json_[at_] == '\t')) {
      ++at_;
    }
  }
  // Words are for the server's answers; the page only sees that it failed.
  Error malformed([[maybe_unused]] std::string_view why) const {
#ifdef __EMSCRIPTEN__
    return Error{"malformed", {}};
#else
    return Error{"malformed", "byte " + decimal(at_) + ": " + std::string(why)};
#endif
  }
  bool fail(std::string_view why) {
    error_ = malformed(why);
    return false;
  }

  std::string_view json_;
  SignalSink sink_;
  std::size_t at_ = 0;
  Text repaired_, decoded_;
  Signal signal_;
  Error error_;
};

}  // namespace

double Signal::number(std::size_t i, double fallback) const {
  return i < fields.size() && fields[i].is_number() ? fields[i].number() : fallback;
}

std::string_view Signal::text(std::size_t i) const {
  return i < fields.size() ? fields[i].text() : std::string_view{};
}

Result<std::size_t> parse_signal_log(std::string_view json, SignalSink sink) {
  return Parser(json, sink).run();
}

}  // namespace pagewake
