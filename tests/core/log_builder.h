// A signal log as the shim would write it, one call a signal.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace pagewake::test {

inline const std::string kSession(32, 'a');

class Log {
 public:
  template <typename... Fields>
  Log& add(const char* kind, double t_ms, const Fields&... fields) {
    signals_.push_back(nlohmann::json::array({kind, t_ms, fields...}));
    return *this;
  }
  Log& add(nlohmann::json signal) {
    signals_.push_back(std::move(signal));
    return *this;
  }

  Log& init() {
    return add("init", 1'700'000'000'000.0, kSession, "0.1.0", "shop@1", "production", "", 100, "");
  }
  // `number` makes the ids: 1 gives "0101...".
  Log& view(int number, const char* navigation_type = "navigate", double start_ms = 0,
            bool hidden_at_start = false) {
    return add("view", start_ms, hex(number, 16), hex(number + 100, 16), hex(number, 8), "",
               navigation_type, "https://shop.example/p/" + std::to_string(number), "", "Shop", "",
               hidden_at_start ? 1 : 0, 1, "", start_ms);
  }
  // A document that answered at 100 and was interactive at 500, loaded at 1000.
  Log& nav(double t_ms = 1100, double response_start_ms = 100) {
    return add("nav", t_ms, 0, 0, 0, 1, 2, 3, 3, 4, 20, 21, response_start_ms, 130, 500, 520, 1000,
               1001, 20300, 20000, 80000, 200, 0, "h2", 510);
  }
  Log& paint(double ms) { return add("paint", ms + 5, ms); }
  Log& lcp(double ms, const char* url = "", const char* target = "img.hero") {
    return add("lcp", ms + 5, ms, ms, ms, 1000, url, target);
  }
  Log& shift(double ms, double value, const char* target = "div.ad", bool input = false) {
    return add("shift", ms + 5, ms, value, input ? 1 : 0, target);
  }
  Log& event(double start_ms, double duration_ms, double processing_start_ms,
             double processing_end_ms, int interaction_id, const char* name = "pointerdown",
             const char* target = "#buy") {
    return add("event", start_ms + duration_ms + 5, start_ms, duration_ms, processing_start_ms,
               processing_end_ms, interaction_id, name, target);
  }
  // An image asked for at start + 2 and there at `end_ms`.
  Log& resource(const char* url, double start_ms, double end_ms) {
    return add("resource", end_ms + 1, url, "img", "h2", start_ms, end_ms - start_ms, 0, 0, 0, 0, 0,
               start_ms + 2, start_ms + 10, end_ms, 1300, 1000, 1000, 200, 0);
  }
  Log& error(int number, double t_ms, const char* type = "TypeError",
             const char* value = "x is null", const char* stack = "") {
    return add("error", t_ms, hex(number, 16), "onerror", 0, "error", "",
               "https://shop.example/p/1", "", 1, type, value, stack,
               "https://shop.example/static/app.js", 10, 20);
  }
  Log& crumb(double t_ms, const char* message) {
    return add("crumb", t_ms, "user", "ui.click", "info", message, 0);
  }

  std::string text() const { return signals_.dump(); }
  const nlohmann::json& signals() const { return signals_; }

  static std::string hex(int number, int bytes) {
    static const char digits[] = "0123456789abcdef";
    std::string out;
    for (int i = 0; i < bytes; ++i) {
      out += digits[number >> 4 & 15];
      out += digits[number & 15];
    }
    return out;
  }

 private:
  nlohmann::json signals_ = nlohmann::json::array();
};

}  // namespace pagewake::test
