#include "core/entry_signal.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace pagewake {
namespace {

class Entry {
 public:
  explicit Entry(const Signal& signal) : signal_(signal) {}

  std::string_view text(std::string_view key) const { return field(key).text(); }
  // -1 where there is none, as signals have it.
  double number(std::string_view key) const {
    const SignalField& value = field(key);
    return value.is_number() ? value.number() : -1;
  }

 private:
  const SignalField& field(std::string_view key) const {
    static const SignalField kNone;
    for (std::size_t i = 0; i + 1 < signal_.fields.size(); i += 2) {
      if (signal_.text(i) == key) return signal_.fields[i + 1];
    }
    return kNone;
  }
  const Signal& signal_;
};

struct Out {
  std::string_view kind;
  double t_ms;
  std::vector<SignalField> fields;

  Out& numbers(const Entry& from, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) fields.emplace_back(from.number(key));
    return *this;
  }
  Out& text(std::string_view value) {
    fields.emplace_back(value);
    return *this;
  }
  std::vector<OwnedSignal> signal() {
    std::vector<OwnedSignal> out;
    out.emplace_back(Signal{kind, t_ms, std::move(fields)});
    return out;
  }
};

// The types that the late part asks for (js-shim/src/signals).
std::vector<OwnedSignal> unsupported(double t_ms, std::string_view types) {
  const std::string all = "," + std::string(types) + ",";
  std::string lacking;
  const auto has = [&all](const std::string& type) {
    return all.find("," + type + ",") != std::string::npos;
  };
  for (const char* type :
       {"paint", "largest-contentful-paint", "layout-shift", "event", "first-input", "navigation",
        "resource", "long-animation-frame", "longtask", "soft-navigation", "mark", "measure"}) {
    // Long tasks stand in for long frames.
    if (has(type) || (std::string_view(type) == "longtask" && has("long-animation-frame")))
      continue;
    if (!lacking.empty()) lacking += ',';
    lacking += type;
  }
  if (lacking.empty()) return {};
  return Out{"unsupported", t_ms, {}}.text(lacking).signal();
}

}  // namespace

std::vector<OwnedSignal> signals_of_entry(const Signal& signal) {
  const Entry entry(signal);
  const double t = signal.t_ms;
  const std::string_view type = entry.text("entryType");
  if (type.empty()) return unsupported(t, entry.text("types"));
  if (type == "navigation") {
    return Out{"nav", t, {}}
        .numbers(entry, {"redirectStart",     "redirectEnd",
                         "workerStart",       "fetchStart",
                         "domainLookupStart", "domainLookupEnd",
                         "connectStart",      "secureConnectionStart",
                         "connectEnd",        "requestStart",
                         "responseStart",     "responseEnd",
                         "domInteractive",    "domContentLoadedEventEnd",
                         "domComplete",       "loadEventEnd",
                         "transferSize",      "encodedBodySize",
                         "decodedBodySize",   "responseStatus",
                         "redirectCount"})
        .text(entry.text("nextHopProtocol"))
        .numbers(entry, {"domContentLoadedEventStart"})
        .signal();
  }
  if (type == "paint" && entry.text("name") == "first-contentful-paint") {
    return Out{"paint", t, {}}.numbers(entry, {"startTime"}).signal();
  }
  if (type == "largest-contentful-paint") {
    // The element itself is no text; its id is.
    const std::string_view id = entry.text("id");
    const std::string selector = id.empty() ? "" : "#" + std::string(id);
    return Out{"lcp", t, {}}
        .numbers(entry, {"startTime", "renderTime", "loadTime", "size"})
        .text(entry.text("url"))
        .text(selector)
        .signal();
  }
  if (type == "layout-shift") {
    return Out{"shift", t, {}}.numbers(entry, {"startTime", "value", "hadRecentInput"}).signal();
  }
  if (type == "first-input") {
    return Out{"event", t, {}}
        .numbers(entry,
                 {"startTime", "duration", "processingStart", "processingEnd", "interactionId"})
        .text(entry.text("name"))
        .signal();
  }
  if (type == "long-animation-frame") {
    return Out{"loaf", t, {}}
        .numbers(entry, {"startTime", "duration", "blockingDuration", "styleAndLayoutStart"})
        .signal();
  }
  if (type == "visibility-state") {
    const double start = entry.number("startTime");
    const std::string_view name = entry.text("name");
    // Every document that is looked at begins with "visible" at 0.
    if (name == "hidden" || (name == "visible" && start > 0)) return Out{name, start, {}}.signal();
  }
  return {};
}

}  // namespace pagewake
