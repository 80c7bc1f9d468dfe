#include "grouping/grouping.h"

#include <sodium.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/utf8.h"
#include "grouping/rules.h"

namespace pagewake::grouping {
namespace {

constexpr std::size_t kTitleBytes = 200;
constexpr std::size_t kFramesExplained = 4;

// What an event is grouped by: the parts that make the key, and how to tell it
// to a person.
struct Basis {
  std::vector<std::string> parts;
  std::string explanation;
};

// Parts are joined by a character that no part contains, so that ("a","bc")
// and ("ab","c") differ.
std::string hash_of(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) {
    for (char c : part) joined += c == '\x1f' ? ' ' : c;
    joined += '\x1f';
  }
  std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(joined.data()),
                     joined.size());
  // Half of it: 128 bits keep two issues apart for as long as anyone looks.
  return pagewake::detail::to_hex(digest.data(), 16);
}

// Frames of one stack stand in few files.
class FoldedFiles {
 public:
  std::string of(const model::Frame& frame) {
    if (frame.original) return folded(frame.original->source);
    // A module ("shop.views") does not move with the deployment's folder.
    if (!frame.module.empty()) return frame.module;
    return folded(frame.filename.empty() ? frame.abs_path : frame.filename);
  }

 private:
  const std::string& folded(const std::string& file) {
    if (!known_ || file != last_) {
      last_ = file;
      folded_ = fold_file(file);
      known_ = true;
    }
    return folded_;
  }
  bool known_ = false;
  std::string last_, folded_;
};

// What Chromium puts before a function's name is its receiver's type. A type
// of the page's own says which class it is and stays; a type of the browser's
// says nothing, and Firefox and Safari do not tell it.
std::string_view without_builtin_receiver(std::string_view name) {
  constexpr std::string_view kBuiltin[] = {
      "Object.",  "Function.", "Module.",      "Window.",         "global.",   "Promise.",
      "Array.",   "Map.",      "Set.",         "EventTarget.",    "String.",   "Document.",
      "Element.", "Proxy.",    "HTMLElement.", "XMLHttpRequest.", "WebSocket."};
  for (std::string_view prefix : kBuiltin) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  for (std::string_view family : {"HTML", "SVG"}) {
    constexpr std::string_view kElement = "Element.";
    const auto at = name.find(kElement);
    if (name.starts_with(family) && at != std::string_view::npos) {
      return name.substr(at + kElement.size());
    }
  }
  return name;
}

// Without what one engine or SDK adds to the name and another does not.
std::string function_of(const model::Frame& frame) {
  if (frame.original && !frame.original->name.empty()) return frame.original->name;
  std::string_view name = frame.function;
  for (std::string_view prefix : {"async ", "new "}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  name = name.substr(0, name.find(" [as "));
  name = without_builtin_receiver(name);
  // Firefox names a nameless function after where it stands: "checkout/<" in
  // checkout, "Cart/this.render" where it was assigned.
  if (name.ends_with('<')) name = {};
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
    if (name.starts_with("this.")) name.remove_prefix(5);
  }
  if (name.ends_with(".<anonymous>")) name = {};
  for (std::string_view nameless :
       {"<anonymous>", "?", "anonymous", "(anonymous)", "global code", "module code", "<module>"}) {
    if (name == nameless) name = {};
  }
  return std::string(name);
}

std::string_view base_name(std::string_view file) {
  const auto slash = file.rfind('/');
  return slash == std::string_view::npos ? file : file.substr(slash + 1);
}

struct Place {
  std::string function, file;
  friend bool operator==(const Place&, const Place&) = default;
  std::string text() const {
    const std::string name = function.empty() ? "<anonymous>" : function;
    return file.empty() ? name : name + " (" + std::string(base_name(file)) + ")";
  }
};

// In-app frames, or all where none is marked; a run of the same place
// (recursion) counts once.
std::vector<Place> places_of(const model::Exception& exception, bool in_app_only) {
  std::vector<Place> places;
  FoldedFiles files;
  for (const model::Frame& frame : exception.frames) {
    if (in_app_only && !frame.in_app) continue;
    Place place{function_of(frame), files.of(frame)};
    if (place.function.empty() && place.file.empty()) continue;
    if (places.empty() || !(places.back() == place)) places.push_back(std::move(place));
  }
  return places;
}

std::optional<Place> first_place_of(const model::Exception& exception, bool in_app_only) {
  FoldedFiles files;
  for (const model::Frame& frame : exception.frames) {
    if (in_app_only && !frame.in_app) continue;
    Place place{function_of(frame), files.of(frame)};
    if (!place.function.empty() || !place.file.empty()) return place;
  }
  return std::nullopt;
}

Basis by_exceptions(const model::EventRecord& event) {
  Basis basis;
  std::string frames_text, types;
  std::size_t explained = 0;
  bool any_frame = false;
  bool in_app = true;
  for (const model::Exception& exception : event.exceptions) {
    basis.parts.push_back("type:" + exception.type);
    types += (types.empty() ? "" : ", caused by ") + exception.type;
    std::vector<Place> places = places_of(exception, true);
    if (places.empty()) {
      places = places_of(exception, false);
      if (!places.empty()) in_app = false;
    }
    for (const Place& place : places) {
      any_frame = true;
      basis.parts.push_back("frame:" + place.function + "@" + place.file);
      if (explained < kFramesExplained) {
        frames_text += (explained == 0 ? "" : " ← ") + place.text();
      } else if (explained == kFramesExplained) {
        frames_text += " ← …";
      }
      ++explained;
    }
  }
  if (any_frame) {
    basis.explanation = "grouped by: type " + types +
                        (in_app ? " and in-app frames " : " and frames ") + frames_text;
    return basis;
  }
  basis.explanation = "grouped by: type " + types + " and message “";
  for (std::size_t i = 0; i < event.exceptions.size(); ++i) {
    const std::string folded = fold_message(event.exceptions[i].value);
    basis.parts.push_back("value:" + folded);
    basis.explanation += (i == 0 ? "" : " / ") + folded;
  }
  basis.explanation += "”";
  return basis;
}

Basis by_message(const model::EventRecord& event) {
  // A template ("payment provider answered %s") says what varies better than
  // any folding of the finished text.
  const bool has_template = !event.message_template.empty();
  const std::string folded =
      has_template ? fold_message(event.message_template) : fold_message(event.message);
  Basis basis;
  basis.parts = {"logger:" + event.logger, "message:" + folded};
  basis.explanation = std::string("grouped by: ") +
                      (event.logger.empty() ? std::string() : "logger " + event.logger + " and ") +
                      (has_template ? "message template “" : "message “") + folded + "”";
  return basis;
}

bool has_exception(const model::EventRecord& event) {
  // captureMessage may send an exception value without a type: a message with
  // a stack, not an exception.
  for (const auto& exception : event.exceptions) {
    if (!exception.type.empty()) return true;
  }
  return event.message.empty() && event.message_template.empty() && !event.exceptions.empty();
}

Basis default_basis(const model::EventRecord& event) {
  return has_exception(event) ? by_exceptions(event) : by_message(event);
}

bool is_default_marker(std::string_view part) {
  return part == "{{ default }}" || part == "{{default}}";
}

Basis basis_of(const model::EventRecord& event, const std::vector<std::string>& fingerprint,
               const std::string& by) {
  if (fingerprint.empty()) return default_basis(event);
  Basis basis;
  basis.explanation = "grouped by: " + by;
  for (const std::string& part : fingerprint) {
    if (is_default_marker(part)) {
      Basis inner = default_basis(event);
      basis.parts.insert(basis.parts.end(), inner.parts.begin(), inner.parts.end());
      if (fingerprint.size() == 1) return inner;
      basis.explanation += " {default}";
    } else {
      basis.parts.push_back("fingerprint:" + part);
      basis.explanation += " “" + part + "”";
    }
  }
  return basis;
}

std::string first_line(std::string_view text, std::size_t bytes) {
  text = text.substr(0, text.find('\n'));
  return std::string(cut_utf8(text, bytes));
}

std::string title_of(const model::EventRecord& event) {
  if (has_exception(event)) {
    const model::Exception& outer = event.exceptions.front();
    if (outer.type.empty()) return first_line(outer.value, kTitleBytes);
    if (outer.value.empty()) return first_line(outer.type, kTitleBytes);
    return first_line(outer.type + ": " + outer.value, kTitleBytes);
  }
  // structlog through the standard library gives the repr of its whole event
  // dict as message; what happened is the template.
  const bool is_repr = event.message.starts_with("{'") && !event.message_template.empty();
  const std::string title = first_line(
      event.message.empty() || is_repr ? event.message_template : event.message, kTitleBytes);
  return title.empty() ? "(no message)" : title;
}

std::string culprit_of(const model::EventRecord& event) {
  for (const model::Exception& exception : event.exceptions) {
    for (const bool in_app_only : {true, false}) {
      const auto place = first_place_of(exception, in_app_only);
      if (!place) continue;
      const std::string name = place->function.empty() ? "<anonymous>" : place->function;
      return place->file.empty() ? name : name + " in " + std::string(base_name(place->file));
    }
  }
  if (!event.transaction.empty()) return event.transaction;
  return event.page.empty() ? event.logger : event.page;
}

}  // namespace

void group(model::EventRecord& event, const Rules* rules) {
  std::optional<Match> match;
  if (rules != nullptr) match = rules->match(event);
  const bool by_rule = match && !match->fingerprint.empty();
  const Basis basis =
      by_rule ? basis_of(event, match->fingerprint, "rule in line " + std::to_string(match->line))
              : basis_of(event, event.custom_fingerprint, "fingerprint");
  event.grouping_version = kGroupingVersion;
  event.grouping_key = hash_of(basis.parts);
  event.grouping_explanation = basis.explanation;
  event.title = title_of(event);
  event.culprit = culprit_of(event);
}

}  // namespace pagewake::grouping
