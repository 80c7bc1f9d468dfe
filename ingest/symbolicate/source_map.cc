#include "symbolicate/source_map.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

namespace pagewake::symbolicate {
namespace {

using simdjson::ondemand::array;
using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

Error broken(std::string message) { return {"map_broken", std::move(message)}; }

constexpr std::int64_t kMaxField = INT32_MAX;  // fields are 32-bit, signed
constexpr std::uint8_t kNotBase64 = 0xff;

constexpr std::array<std::uint8_t, 256> base64_table() {
  std::array<std::uint8_t, 256> table{};
  for (auto& entry : table) entry = kNotBase64;
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    table[static_cast<std::uint8_t>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr auto kBase64 = base64_table();

// One VLQ (ECMA-426, "Base64 VLQ decoding"): five bits a digit, least
// significant first, 32 the continuation, the lowest bit of all the sign.
// False: no digit, cut short, or more than 32 bits.
bool read_vlq(const char*& at, const char* end, std::int64_t& out) {
  std::uint64_t bits = 0;
  for (int shift = 0; at != end; shift += 5) {
    const std::uint8_t digit = kBase64[static_cast<std::uint8_t>(*at)];
    if (digit == kNotBase64) return false;
    ++at;
    // Digits of nothing but continuation may follow for ever; bits may not.
    if (shift < 35) {
      bits |= static_cast<std::uint64_t>(digit & 31u) << shift;
    } else if ((digit & 31u) != 0) {
      return false;
    }
    if ((digit & 32u) != 0) continue;
    if (bits > UINT32_MAX) return false;
    const auto magnitude = static_cast<std::int64_t>(bits >> 1);
    // Minus zero stands for -2^31, which has no other way to be written.
    out = (bits & 1) == 0 ? magnitude : magnitude == 0 ? -(kMaxField + 1) : -magnitude;
    return true;
  }
  return false;
}

bool starts_segment_end(const char* at, const char* end) {
  return at == end || *at == ',' || *at == ';';
}

}  // namespace

// Fills a SourceMap from JSON. One for the map and all its sections, whose
// sources and names it appends to the same lists.
class SourceMapReader {
 public:
  explicit SourceMapReader(SourceMap& map) : map_(map) {}

  Status read(object root) {
    Fields fields;
    if (auto status = collect(root, fields, true); !status.ok()) return status;
    if (fields.has_sections) {
      if (fields.has_mappings) return broken("has both sections and mappings");
    } else if (auto status = append(fields, 0, 0); !status.ok()) {
      return status;
    }
    map_.file_ = std::string(fields.file);
    for (const std::string_view id : {fields.debug_id, fields.debug_id_underscore}) {
      if (map_.debug_id_.empty()) map_.debug_id_ = normal_debug_id(id);
    }
    map_.source_text_.shrink_to_fit();
    map_.name_text_.shrink_to_fit();
    map_.content_text_.shrink_to_fit();
    map_.columns_.shrink_to_fit();
    map_.targets_.shrink_to_fit();
    map_.lines_.shrink_to_fit();
    return Done{};
  }

 private:
  // One map's fields, as views into the parser's buffers. Fields may come in
  // any order, so nothing is decoded before all were seen.
  struct Fields {
    bool has_version = false, has_mappings = false, has_sources = false, has_sections = false;
    std::string_view mappings, source_root, file, debug_id, debug_id_underscore;
    std::vector<std::optional<std::string_view>> sources, contents;
    std::vector<std::string_view> names;
    std::vector<std::int64_t> ignore_list;
  };

  Status collect(object root, Fields& fields, bool may_have_sections) {
    for (auto member : root) {
      std::string_view key;
      if (member.unescaped_key().get(key) != simdjson::SUCCESS) return not_json();
      value item;
      if (member.value().get(item) != simdjson::SUCCESS) return not_json();
      auto status = field(key, item, fields, may_have_sections);
      if (!status.ok()) return status;
    }
    if (!fields.has_version) return broken("version is missing; it must be 3");
    if (fields.has_sections) return Done{};
    if (!fields.has_mappings) return broken("mappings are missing");
    if (!fields.has_sources) return broken("sources are missing");
    return Done{};
  }

  Status field(std::string_view key, value item, Fields& fields, bool may_have_sections) {
    if (key == "version") {
      std::int64_t version = 0;
      if (item.get_int64().get(version) != simdjson::SUCCESS || version != 3) {
        return broken("version must be the number 3");
      }
      fields.has_version = true;
    } else if (key == "mappings") {
      if (item.get_string().get(fields.mappings) != simdjson::SUCCESS) {
        return broken("mappings must be a string");
      }
      fields.has_mappings = true;
    } else if (key == "sources") {
      fields.has_sources = true;
      fields.sources.clear();
      return texts(item, "sources", fields.sources, Unreadable::kRefuse);
    } else if (key == "sourcesContent") {
      fields.contents.clear();
      // Half a surrogate pair, as tests of Unicode tables have it, costs the
      // text of that source and not the whole map.
      return texts(item, "sourcesContent", fields.contents, Unreadable::kSkip);
    } else if (key == "names") {
      std::vector<std::optional<std::string_view>> names;
      if (is_null(item)) return Done{};
      if (auto status = texts(item, "names", names, Unreadable::kRefuse); !status.ok()) {
        return status;
      }
      fields.names.clear();
      for (const auto& name : names) {
        if (!name) return broken("names must be strings");
        fields.names.push_back(*name);
      }
    } else if (key == "ignoreList" || key == "x_google_ignoreList") {
      return indexes(item, fields.ignore_list);
    } else if (key == "sourceRoot") {
      return optional_text(item, "sourceRoot", fields.source_root);
    } else if (key == "file") {
      return optional_text(item, "file", fields.file);
    } else if (key == "debugId") {
      return optional_text(item, "debugId", fields.debug_id);
    } else if (key == "debug_id") {
      return optional_text(item, "debug_id", fields.debug_id_underscore);
    } else if (key == "sections") {
      if (!may_have_sections) return broken("a section holds sections");
      fields.has_sections = true;
      return sections(item);
    }
    return Done{};
  }

  enum class Unreadable { kRefuse, kSkip };

  static bool is_null(value& item) {
    json_type type;
    return item.type().get(type) == simdjson::SUCCESS && type == json_type::null;
  }

  Status texts(value item, const char* what, std::vector<std::optional<std::string_view>>& out,
               Unreadable unreadable) {
    array list;
    if (item.get_array().get(list) != simdjson::SUCCESS) {
      return broken(std::string(what) + " must be a list");
    }
    for (auto element : list) {
      value one;
      if (element.get(one) != simdjson::SUCCESS) return not_json();
      json_type type;
      if (one.type().get(type) != simdjson::SUCCESS) return not_json();
      if (type == json_type::null) {
        out.emplace_back();
        continue;
      }
      if (type != json_type::string) {
        return broken(std::string(what) + " must hold strings or null");
      }
      std::string_view text;
      if (one.get_string().get(text) == simdjson::SUCCESS) {
        out.emplace_back(text);
      } else if (unreadable == Unreadable::kSkip) {
        out.emplace_back();
      } else {
        return broken(std::string(what) + " hold a string that cannot be read");
      }
    }
    return Done{};
  }

  Status indexes(value item, std::vector<std::int64_t>& out) {
    array list;
    if (item.get_array().get(list) != simdjson::SUCCESS) {
      return broken("ignoreList must be a list");
    }
    out.clear();
    for (auto element : list) {
      std::int64_t index = 0;
      if (element.get_int64().get(index) != simdjson::SUCCESS) {
        return broken("ignoreList must hold indexes of sources");
      }
      out.push_back(index);
    }
    return Done{};
  }

  static Status optional_text(value item, const char* what, std::string_view& out) {
    if (is_null(item)) return Done{};
    if (item.get_string().get(out) != simdjson::SUCCESS) {
      return broken(std::string(what) + " must be a string");
    }
    return Done{};
  }

  // Sections are decoded as they come: each holds a whole map of its own.
  Status sections(value item) {
    array list;
    if (item.get_array().get(list) != simdjson::SUCCESS) return broken("sections must be a list");
    for (auto element : list) {
      object section;
      if (element.get_object().get(section) != simdjson::SUCCESS) {
        return broken("a section must be an object");
      }
      std::int64_t line = -1, column = -1;
      Fields fields;
      bool has_map = false;
      for (auto member : section) {
        std::string_view key;
        if (member.unescaped_key().get(key) != simdjson::SUCCESS) return not_json();
        if (key == "offset") {
          object offset;
          if (member.value().get_object().get(offset) != simdjson::SUCCESS) {
            return broken("a section's offset must be an object");
          }
          for (auto part : offset) {
            std::string_view name;
            if (part.unescaped_key().get(name) != simdjson::SUCCESS) return not_json();
            if (name != "line" && name != "column") continue;
            std::int64_t number = 0;
            if (part.value().get_int64().get(number) != simdjson::SUCCESS || number < 0 ||
                number > kMaxField) {
              return broken("a section's offset must hold a line and a column from 0");
            }
            (name == "line" ? line : column) = number;
          }
        } else if (key == "map") {
          object map;
          if (member.value().get_object().get(map) != simdjson::SUCCESS) {
            return broken("a section's map must be an object");
          }
          has_map = true;
          if (auto status = collect(map, fields, false); !status.ok()) return status;
        }
      }
      if (line < 0 || column < 0) return broken("a section has no offset with line and column");
      if (!has_map) return broken("a section has no map");
      if (std::pair(line, column) < section_start_) {
        return broken("sections are not in the order of their offsets");
      }
      section_start_ = {line, column};
      if (const auto last = last_position(); last && *last > section_start_) {
        return broken("a section begins inside the one before it");
      }
      if (auto status = append(fields, line, column); !status.ok()) return status;
    }
    return Done{};
  }

  std::optional<std::pair<std::int64_t, std::int64_t>> last_position() const {
    if (map_.columns_.empty()) return std::nullopt;
    return std::pair<std::int64_t, std::int64_t>(map_.lines_.back().line, map_.columns_.back());
  }

  static void add_text(std::string& text, std::vector<std::size_t>& ends, std::string_view piece) {
    text += piece;
    ends.push_back(text.size());
  }

  Status append(const Fields& fields, std::int64_t first_line, std::int64_t first_column) {
    const std::size_t sources_before = map_.source_ends_.size();
    const std::size_t names_before = map_.name_ends_.size();
    std::string root(fields.source_root);
    if (!root.empty() && !root.ends_with('/')) root += '/';
    std::size_t content_bytes = 0;
    for (const auto& content : fields.contents) content_bytes += content ? content->size() : 0;
    map_.content_text_.reserve(map_.content_text_.size() + content_bytes);
    for (std::size_t i = 0; i < fields.sources.size(); ++i) {
      const auto& source = fields.sources[i];
      const bool absolute =
          source && (source->starts_with('/') || source->find("://") != source->npos);
      if (source && !absolute) map_.source_text_ += root;
      add_text(map_.source_text_, map_.source_ends_, source.value_or(std::string_view()));
      const bool has = i < fields.contents.size() && fields.contents[i];
      add_text(map_.content_text_, map_.content_ends_,
               has ? *fields.contents[i] : std::string_view());
      map_.has_content_.push_back(has);
      map_.ignored_.push_back(false);
    }
    for (const std::int64_t index : fields.ignore_list) {
      if (index < 0 || index >= static_cast<std::int64_t>(fields.sources.size())) {
        return broken("ignoreList names source " + std::to_string(index) + ", there are " +
                      std::to_string(fields.sources.size()));
      }
      map_.ignored_[sources_before + static_cast<std::size_t>(index)] = true;
    }
    for (const std::string_view name : fields.names) {
      add_text(map_.name_text_, map_.name_ends_, name);
    }
    return mappings(fields.mappings, first_line, first_column, sources_before, names_before);
  }

  // "mappings": lines end with ';', segments with ','. A segment has 1, 4 or 5
  // fields, each the difference to the field of the segment before; the
  // generated column begins anew on every line.
  Status mappings(std::string_view text, std::int64_t first_line, std::int64_t first_column,
                  std::size_t sources_before, std::size_t names_before) {
    const std::int64_t source_count =
        static_cast<std::int64_t>(map_.source_ends_.size() - sources_before);
    const std::int64_t name_count =
        static_cast<std::int64_t>(map_.name_ends_.size() - names_before);
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto at_byte = [&](const char* at) {
      return " at byte " + std::to_string(at - begin) + " of the mappings";
    };
    // Five to six characters a segment is what bundlers write.
    map_.columns_.reserve(map_.columns_.size() + std::min(text.size() / 6, kMappingsPerMap));
    map_.targets_.reserve(map_.columns_.capacity());
    std::int64_t line = first_line, column = first_column;
    std::int64_t source = 0, source_line = 0, source_column = 0, name = 0;
    bool sorted = true;
    std::size_t line_first = map_.columns_.size();
    const auto end_line = [&] {
      if (!sorted) sort_from(line_first);
      sorted = true;
    };
    for (const char* at = begin; at != end;) {
      if (*at == ';') {
        end_line();
        ++at;
        ++line;
        column = 0;
        line_first = map_.columns_.size();
        continue;
      }
      const char* const segment = at;
      std::int64_t fields[5] = {};
      int count = 0;
      while (!starts_segment_end(at, end)) {
        if (count == 5) return broken("more than 5 fields in the segment" + at_byte(segment));
        if (!read_vlq(at, end, fields[count++])) {
          return broken("no valid Base64 VLQ" + at_byte(segment));
        }
      }
      if (count == 0) return broken("an empty segment" + at_byte(segment));
      if (count == 2 || count == 3) {
        return broken(std::to_string(count) + " fields in the segment" + at_byte(segment) +
                      "; allowed: 1, 4, 5");
      }
      if (at != end && *at == ',') {
        ++at;
        if (starts_segment_end(at, end)) return broken("an empty segment" + at_byte(at));
      }
      const std::int64_t before = column;
      column += fields[0];
      if (column < 0 || column > kMaxField || line > kMaxField) {
        return broken("a generated position out of range" + at_byte(segment));
      }
      SourceMap::Target target{SourceMap::kNone, 0, 0, SourceMap::kNone};
      if (count >= 4) {
        source += fields[1];
        source_line += fields[2];
        source_column += fields[3];
        if (source < 0 || source >= source_count) {
          return broken("source " + std::to_string(source) + at_byte(segment) + "; there are " +
                        std::to_string(source_count));
        }
        if (source_line < 0 || source_line > kMaxField || source_column < 0 ||
            source_column > kMaxField) {
          return broken("an original position out of range" + at_byte(segment));
        }
        target.source =
            static_cast<std::uint32_t>(sources_before) + static_cast<std::uint32_t>(source);
        target.line = static_cast<std::uint32_t>(source_line);
        target.column = static_cast<std::uint32_t>(source_column);
      }
      if (count == 5) {
        name += fields[4];
        if (name < 0 || name >= name_count) {
          return broken("name " + std::to_string(name) + at_byte(segment) + "; there are " +
                        std::to_string(name_count));
        }
        target.name = static_cast<std::uint32_t>(names_before) + static_cast<std::uint32_t>(name);
      }
      if (map_.columns_.size() >= kMappingsPerMap) {
        return Error{"too_large", "more than " + std::to_string(kMappingsPerMap) + " mappings"};
      }
      // A section may begin on the line on which the one before it ended.
      if (map_.lines_.empty() || map_.lines_.back().line != line) {
        map_.lines_.push_back(
            {static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(map_.columns_.size())});
      } else if (column < before) {
        sorted = false;
      }
      map_.columns_.push_back(static_cast<std::uint32_t>(column));
      map_.targets_.push_back(target);
    }
    end_line();
    return Done{};
  }

  // The format lets columns go back within a line; searching does not.
  void sort_from(std::size_t first) {
    const std::size_t count = map_.columns_.size() - first;
    std::vector<std::uint32_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<std::uint32_t>(first + i);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return map_.columns_[a] < map_.columns_[b];
    });
    std::vector<std::uint32_t> columns(count);
    std::vector<SourceMap::Target> targets(count);
    for (std::size_t i = 0; i < count; ++i) {
      columns[i] = map_.columns_[order[i]];
      targets[i] = map_.targets_[order[i]];
    }
    std::copy(columns.begin(), columns.end(),
              map_.columns_.begin() + static_cast<std::ptrdiff_t>(first));
    std::copy(targets.begin(), targets.end(),
              map_.targets_.begin() + static_cast<std::ptrdiff_t>(first));
  }

  static Error not_json() { return broken("the map is not valid JSON"); }

  SourceMap& map_;
  std::pair<std::int64_t, std::int64_t> section_start_{0, 0};
};

Result<SourceMap> SourceMap::decode(std::string json) {
  std::string_view text = json;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  // ECMA-426: a first line that begins so keeps the map from being run as a
  // script, and is skipped.
  if (text.starts_with(")]}'")) {
    const auto line_end = text.find('\n');
    text.remove_prefix(line_end == text.npos ? text.size() : line_end);
  }
  const std::size_t skipped = json.size() - text.size();
  const std::size_t bytes = text.size();
  json.resize(json.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  const simdjson::padded_string_view padded(json.data() + skipped, bytes,
                                            bytes + simdjson::SIMDJSON_PADDING);
  if (const auto error = parser.iterate(padded).get(document); error != simdjson::SUCCESS) {
    return broken(std::string("the map is not valid JSON: ") + simdjson::error_message(error));
  }
  object root;
  if (document.get_object().get(root) != simdjson::SUCCESS) {
    return broken("the map must be a JSON object");
  }
  SourceMap map;
  SourceMapReader reader(map);
  if (auto status = reader.read(root); !status.ok()) return status.error();
  const char* rest = nullptr;
  if (document.current_location().get(rest) == simdjson::SUCCESS) {
    return broken("something follows the map's JSON");
  }
  return map;
}

Lookup SourceMap::find(std::uint32_t line, std::uint32_t column, Mapped& out) const {
  const auto at =
      std::lower_bound(lines_.begin(), lines_.end(), line,
                       [](const Line& l, std::uint32_t wanted) { return l.line < wanted; });
  if (at == lines_.end() || at->line != line) return Lookup::kOutside;
  const auto first = columns_.begin() + at->first;
  const auto last = at + 1 == lines_.end() ? columns_.end() : columns_.begin() + (at + 1)->first;
  const auto above = std::upper_bound(first, last, column);
  if (above == first) return Lookup::kOutside;
  // Of several mappings of one position the first counts, as in the tools.
  const auto found = std::lower_bound(first, above, *(above - 1));
  const Target& target = targets_[static_cast<std::size_t>(found - columns_.begin())];
  if (target.source == kNone) return Lookup::kNoSource;
  out.source = target.source;
  out.line = target.line;
  out.column = target.column;
  out.name = {};
  if (target.name != kNone) {
    const std::size_t begin = target.name == 0 ? 0 : name_ends_[target.name - 1];
    out.name = std::string_view(name_text_).substr(begin, name_ends_[target.name] - begin);
  }
  return Lookup::kFound;
}

std::string_view SourceMap::source(std::size_t index) const {
  if (index >= source_ends_.size()) return {};
  const std::size_t begin = index == 0 ? 0 : source_ends_[index - 1];
  return std::string_view(source_text_).substr(begin, source_ends_[index] - begin);
}

std::optional<std::string_view> SourceMap::content(std::size_t index) const {
  if (index >= content_ends_.size() || !has_content_[index]) return std::nullopt;
  const std::size_t begin = index == 0 ? 0 : content_ends_[index - 1];
  return std::string_view(content_text_).substr(begin, content_ends_[index] - begin);
}

bool SourceMap::is_ignored(std::size_t index) const {
  return index < ignored_.size() && ignored_[index];
}

std::size_t SourceMap::bytes() const {
  return sizeof *this + lines_.capacity() * sizeof(Line) +
         columns_.capacity() * sizeof(std::uint32_t) + targets_.capacity() * sizeof(Target) +
         source_text_.capacity() + name_text_.capacity() + content_text_.capacity() +
         (source_ends_.capacity() + name_ends_.capacity() + content_ends_.capacity()) *
             sizeof(std::size_t);
}

std::string normal_debug_id(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-') continue;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!hex || out.size() >= 36) return {};
    if (out.size() == 8 || out.size() == 13 || out.size() == 18 || out.size() == 23) out += '-';
    out += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out.size() == 36 ? out : std::string();
}

MagicComments magic_comments(std::string_view generated) {
  // Tools write them behind the code; a bundle's text may hold the same words
  // in strings, far above.
  constexpr std::size_t kTailBytes = 4096;
  MagicComments found;
  std::string_view tail =
      generated.substr(generated.size() > kTailBytes ? generated.size() - kTailBytes : 0);
  while (!tail.empty()) {
    const auto end = tail.find('\n');
    std::string_view line = tail.substr(0, end);
    tail = end == tail.npos ? std::string_view() : tail.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with("//# ") && !line.starts_with("//@ ")) continue;
    line.remove_prefix(4);
    while (line.ends_with(' ')) line.remove_suffix(1);
    if (line.starts_with("debugId=")) {
      if (auto id = normal_debug_id(line.substr(8)); !id.empty()) found.debug_id = std::move(id);
    } else if (line.starts_with("sourceMappingURL=")) {
      found.source_mapping_url = std::string(line.substr(17));
    }
  }
  return found;
}

}  // namespace pagewake::symbolicate
