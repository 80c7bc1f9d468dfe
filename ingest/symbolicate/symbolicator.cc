#include "symbolicate/symbolicator.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "symbolicate/generated_file.h"

namespace pagewake::symbolicate {
namespace {

using model::Frame;
using storage::Artifact;

constexpr std::uint32_t kContextLines = 5;
// Shorter names are a minifier's more often than a person's.
constexpr std::size_t kReadableNameBytes = 4;

struct Reason {
  Unresolved value;
  std::string_view name, explanation;
};
constexpr Reason kReasons[] = {
    {Unresolved::kResolved, "", ""},
    {Unresolved::kNotInAFile, "not_in_a_file",
     "Native or anonymous code, or a browser extension: there is nothing to look up."},
    {Unresolved::kNoPosition, "no_position", "The browser gave no line or no column."},
    {Unresolved::kNoRelease, "no_release",
     "The event has neither a release nor a debug id: set the SDK's release, or let a bundler "
     "plugin add debug ids."},
    {Unresolved::kNoMapForRelease, "no_map_for_release",
     "Nothing was uploaded for this release: upload its source maps in the build."},
    {Unresolved::kNoMapForFile, "no_map_for_file",
     "The release has uploads, but none with a map for this file: compare its URL with the "
     "uploaded ones."},
    {Unresolved::kDebugIdUnknown, "debug_id_unknown",
     "No upload has this file's debug id: upload the very build that is served."},
    {Unresolved::kMapBroken, "map_broken", "The uploaded map cannot be read."},
    {Unresolved::kPositionOutside, "position_outside",
     "The map has no mapping at this position: the map is probably of another build."},
    {Unresolved::kNoSourceThere, "no_source_there",
     "The map says that this code has no source: the bundler made it."},
    {Unresolved::kStoreUnavailable, "store_unavailable",
     "The store did not answer; ask again later."},
};

bool in_a_file(std::string_view filename) {
  if (filename.empty() || filename.front() == '<' || filename.front() == '[' ||
      filename == "native" || filename.starts_with("native ") || filename.starts_with("node:")) {
    return false;
  }
  const auto scheme_end = filename.find("://");
  if (scheme_end == filename.npos) return !filename.starts_with("data:");
  const std::string_view scheme = filename.substr(0, scheme_end);
  return scheme.find("extension") == scheme.npos;
}

bool is_library_source(std::string_view source) {
  return source.find("node_modules/") != source.npos || source.starts_with("webpack/") ||
         source.starts_with("vite/") || source.find('\0') != source.npos;
}

const std::string& file_of(const Frame& frame) {
  return frame.abs_path.find("://") != std::string::npos ? frame.abs_path : frame.filename;
}

}  // namespace

std::string_view name_of(Unresolved reason) {
  return kReasons[static_cast<std::size_t>(reason)].name;
}

std::string_view explanation_of(Unresolved reason) {
  return kReasons[static_cast<std::size_t>(reason)].explanation;
}

Position place_of(const Frame& frame) {
  return {file_of(frame), frame.debug_id, frame.line, frame.column - 1};
}

std::string normal_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  while (url.starts_with(' ')) url.remove_prefix(1);
  while (url.ends_with(' ')) url.remove_suffix(1);
  if (url.empty() || url.find("://") != url.npos || url.starts_with("~/")) return std::string(url);
  while (url.starts_with("./")) url.remove_prefix(2);
  return (url.starts_with('/') ? "~" : "~/") + std::string(url);
}

std::string clean_source(std::string_view source) {
  if (source.starts_with("webpack://")) {
    source.remove_prefix(10);
    const auto slash = source.find('/');  // the namespace, often empty
    source.remove_prefix(slash == source.npos ? 0 : slash + 1);
  }
  if (source.find("://") == source.npos) source = source.substr(0, source.find('?'));
  while (source.starts_with("./") || source.starts_with("../")) {
    source.remove_prefix(source.find('/') + 1);
  }
  return std::string(source);
}

// The look-ups of one call: each file's artifact and map once.
class Symbolicator::Lookups {
 public:
  Lookups(Symbolicator& symbolicator, model::ProjectId project, const std::string& release)
      : symbolicator_(symbolicator), project_(project), release_(release) {}

  struct Found {
    Unresolved reason = Unresolved::kResolved;
    std::string detail;
    std::shared_ptr<const Content> map, file;
    Artifact artifact;
    bool file_loaded = false;
  };

  // By debug id where there is one, else by release and URL.
  Found& file(const std::string& filename, const std::string& debug_id) {
    const auto [at, missing] = files_.try_emplace({filename, debug_id});
    if (missing) look_up(filename, debug_id, at->second);
    return at->second;
  }

  Resolved resolve(const Position& position, Mapped* mapped_out = nullptr) {
    Resolved out;
    if (!in_a_file(position.filename) && position.debug_id.empty()) {
      out.reason = Unresolved::kNotInAFile;
      return out;
    }
    if (position.line <= 0 || position.column < 0) {
      out.reason = Unresolved::kNoPosition;
      return out;
    }
    const Found& found = file(position.filename, position.debug_id);
    out.reason = found.reason;
    out.detail = found.detail;
    if (found.reason != Unresolved::kResolved) return out;
    const SourceMap& map = *found.map->map;
    Mapped mapped;
    switch (map.find(static_cast<std::uint32_t>(position.line - 1),
                     static_cast<std::uint32_t>(position.column), mapped)) {
      case Lookup::kOutside:
        out.reason = Unresolved::kPositionOutside;
        return out;
      case Lookup::kNoSource:
        out.reason = Unresolved::kNoSourceThere;
        return out;
      case Lookup::kFound:
        break;
    }
    model::OriginalPosition& original = out.original.emplace();
    original.source = cut_utf8(clean_source(map.source(mapped.source)), limits::kUrlBytes);
    original.line =
        static_cast<std::int32_t>(std::min<std::uint32_t>(mapped.line, INT32_MAX - 1)) + 1;
    original.column = static_cast<std::int32_t>(mapped.column);
    original.name = cut_utf8(mapped.name, limits::kNameBytes);
    out.ignored = map.is_ignored(mapped.source);
    if (mapped_out != nullptr) *mapped_out = mapped;
    return out;
  }

  // What the sources call the function of `frame`, which is resolved; `caller`
  // is the frame below it, where there is one.
  std::string function_name(const Frame& frame, const Frame* caller) {
    const std::string_view bare = bare_function(frame.function);
    if (!bare.empty()) {
      Found& found = file(file_of(frame), frame.debug_id);
      if (const std::string* text = generated(found)) {
        const auto offset = offset_of(*text, {static_cast<std::uint32_t>(frame.line - 1),
                                              static_cast<std::uint32_t>(frame.column - 1)});
        const auto declared = offset ? find_declaration(*text, *offset, bare) : std::nullopt;
        if (declared) {
          const TextPosition at = position_of(*text, *declared);
          if (std::string name = name_at(*found.map->map, at); !name.empty()) return name;
        }
      }
      // The call names what it calls.
      if (caller != nullptr && caller->line > 0 && caller->column > 0) {
        const Found& below = file(file_of(*caller), caller->debug_id);
        if (below.reason == Unresolved::kResolved) {
          const TextPosition at{static_cast<std::uint32_t>(caller->line - 1),
                                static_cast<std::uint32_t>(caller->column - 1)};
          if (std::string name = name_at(*below.map->map, at); !name.empty()) return name;
        }
      }
      if (bare.size() >= kReadableNameBytes) return std::string(bare);
    }
    return {};
  }

  void add_context(Frame& frame) {
    if (!frame.original) return;
    Mapped mapped;
    if (!resolve(place_of(frame), &mapped).original) return;
    const Found& found = file(file_of(frame), frame.debug_id);
    const auto content = found.map->map->content(mapped.source);
    if (!content) return;
    const auto cut = [](std::string_view line) {
      return std::string(cut_utf8(line, limits::kNameBytes));
    };
    const auto line = line_of(*content, mapped.line);
    if (!line) return;
    frame.context = {};  // the sender's, if any, is of the generated file
    frame.context.line = cut(*line);
    for (std::uint32_t back = std::min(kContextLines, mapped.line); back > 0; --back) {
      if (const auto before = line_of(*content, mapped.line - back)) {
        frame.context.pre.push_back(cut(*before));
      }
    }
    for (std::uint32_t on = 1; on <= kContextLines; ++on) {
      const auto after = line_of(*content, mapped.line + on);
      if (!after) break;
      frame.context.post.push_back(cut(*after));
    }
  }

 private:
  void look_up(const std::string& filename, const std::string& debug_id, Found& out) {
    storage::ArtifactStore& store = symbolicator_.artifacts_;
    std::optional<Artifact> artifact;
    if (!debug_id.empty()) {
      auto found = store.find_by_debug_id(project_, debug_id);
      if (!found) return fail(out, Unresolved::kStoreUnavailable, found.error().message);
      artifact = std::move(*found);
    }
    if ((!artifact || artifact->map_sha256.empty()) && !release_.empty()) {
      std::string url = normal_url(filename);
      std::vector<std::string> urls{url};
      // Whatever host serves it.
      if (const auto scheme_end = url.find("://"); scheme_end != url.npos) {
        const auto path = url.find('/', scheme_end + 3);
        if (path != url.npos) urls.push_back("~" + url.substr(path));
      }
      auto found = store.find_by_url(project_, release_, urls);
      if (!found) return fail(out, Unresolved::kStoreUnavailable, found.error().message);
      // The same URL with another debug id is another build's file.
      const bool same_build = *found && (debug_id.empty() || (*found)->debug_id.empty() ||
                                         (*found)->debug_id == debug_id);
      if (same_build) artifact = std::move(*found);
    }
    if (!artifact || artifact->map_sha256.empty()) return fail(out, why_missing(debug_id), {});
    out.artifact = std::move(*artifact);
    const std::string& key = out.artifact.map_sha256;
    out.map = symbolicator_.cache_.get("map " + key, [&]() -> Result<Content> {
      auto text = store.content(key);
      if (!text) return text.error();
      Content content;
      if (!*text) {
        content.problem = "the map is gone";
        return content;
      }
      auto map = SourceMap::decode(std::move(**text));
      if (map) {
        content.map = std::make_unique<const SourceMap>(std::move(*map));
      } else {
        content.problem = map.error().message;
      }
      return content;
    });
    if (!out.map) return fail(out, Unresolved::kStoreUnavailable, {});
    if (!out.map->map) return fail(out, Unresolved::kMapBroken, out.map->problem);
  }

  Unresolved why_missing(const std::string& debug_id) {
    if (!debug_id.empty()) return Unresolved::kDebugIdUnknown;
    if (release_.empty()) return Unresolved::kNoRelease;
    const auto known = symbolicator_.artifacts_.has_release(project_, release_);
    if (!known) return Unresolved::kStoreUnavailable;
    return *known ? Unresolved::kNoMapForFile : Unresolved::kNoMapForRelease;
  }

  static void fail(Found& out, Unresolved reason, std::string detail) {
    out.reason = reason;
    out.detail = std::move(detail);
  }

  // The generated file's text, where it was uploaded.
  const std::string* generated(Found& found) {
    if (found.reason != Unresolved::kResolved || found.artifact.file_sha256.empty()) return nullptr;
    if (!found.file_loaded) {
      found.file_loaded = true;
      const std::string& key = found.artifact.file_sha256;
      found.file = symbolicator_.cache_.get("file " + key, [&]() -> Result<Content> {
        auto text = symbolicator_.artifacts_.content(key);
        if (!text) return text.error();
        Content content;
        if (*text) content.text = std::move(**text);
        return content;
      });
    }
    return found.file ? &found.file->text : nullptr;
  }

  // The mapping's name, else the identifier that the source has there.
  static std::string name_at(const SourceMap& map, TextPosition at) {
    Mapped mapped;
    if (map.find(at.line, at.column, mapped) != Lookup::kFound) return {};
    if (!mapped.name.empty()) return std::string(cut_utf8(mapped.name, limits::kNameBytes));
    const auto content = map.content(mapped.source);
    if (!content) return {};
    const auto offset = offset_of(*content, {mapped.line, mapped.column});
    if (!offset) return {};
    return std::string(cut_utf8(identifier_at(*content, *offset), limits::kNameBytes));
  }

  Symbolicator& symbolicator_;
  const model::ProjectId project_;
  const std::string& release_;
  std::map<std::pair<std::string, std::string>, Found> files_;
};

Symbolicator::Symbolicator(storage::ArtifactStore& artifacts, SymbolicatorOptions options)
    : cache_(options.cache_bytes), artifacts_(artifacts) {}
Symbolicator::~Symbolicator() = default;

std::vector<Resolved> Symbolicator::resolve(model::ProjectId project, const std::string& release,
                                            const std::vector<Position>& positions) {
  Lookups lookups(*this, project, release);
  std::vector<Resolved> out;
  out.reserve(positions.size());
  for (const Position& position : positions) out.push_back(lookups.resolve(position));
  return out;
}

std::size_t Symbolicator::symbolicate(model::EventRecord& event) {
  if (event.platform != "javascript" && event.platform != "node") return 0;
  Lookups lookups(*this, event.project, event.release);
  std::size_t set = 0;
  for (model::Exception& exception : event.exceptions) {
    for (std::size_t i = 0; i < exception.frames.size(); ++i) {
      Frame& frame = exception.frames[i];
      if (frame.original) continue;
      Resolved resolved = lookups.resolve(place_of(frame));
      frame.unresolved_reason = name_of(resolved.reason);
      if (!resolved.original) continue;
      const Frame* caller = i + 1 < exception.frames.size() ? &exception.frames[i + 1] : nullptr;
      frame.original = std::move(resolved.original);
      frame.original->name = lookups.function_name(frame, caller);
      if (resolved.ignored || is_library_source(frame.original->source)) frame.in_app = false;
      ++set;
    }
  }
  return set;
}

void Symbolicator::complete(model::EventRecord& event) {
  symbolicate(event);
  if (event.platform != "javascript" && event.platform != "node") return;
  Lookups lookups(*this, event.project, event.release);
  for (model::Exception& exception : event.exceptions) {
    for (Frame& frame : exception.frames) lookups.add_context(frame);
  }
}

CacheStats Symbolicator::cache_stats() const { return cache_.stats(); }

}  // namespace pagewake::symbolicate
