#include "app/sourcemaps.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "symbolicate/source_map.h"
#include "symbolicate/symbolicator.h"

namespace pagewake::app {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool is_script(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".js" || extension == ".mjs" || extension == ".cjs";
}

// The map that the file names, else the one beside it; "" none.
fs::path map_of(const fs::path& file, const std::string& reference) {
  std::error_code error;
  const bool is_path = !reference.empty() && !reference.starts_with("data:") &&
                       reference.find("://") == std::string::npos && reference.front() != '/';
  for (const fs::path& candidate :
       {is_path ? file.parent_path() / reference.substr(0, reference.find('?')) : fs::path(),
        fs::path(file.string() + ".map")}) {
    if (!candidate.empty() && fs::is_regular_file(candidate, error)) return candidate;
  }
  return {};
}

}  // namespace

Status upload_source_maps(storage::ArtifactStore& artifacts, const SourceMapUpload& upload,
                          std::int64_t now_unix_us, std::ostream& out) {
  std::error_code error;
  const fs::path folder(upload.folder);
  if (!fs::is_directory(folder, error)) {
    return Error{"bad_setting", "DIR: \"" + upload.folder + "\" is not a folder"};
  }
  if (upload.release.empty() || upload.release.size() > limits::kNameBytes) {
    return Error{"bad_setting",
                 "--release: allowed are 1 to " + std::to_string(limits::kNameBytes) + " bytes"};
  }
  std::vector<fs::path> scripts;
  for (const auto& entry : fs::recursive_directory_iterator(
           folder, fs::directory_options::skip_permission_denied, error)) {
    if (entry.is_regular_file(error) && is_script(entry.path())) scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  std::string prefix = upload.url_prefix;
  if (!prefix.ends_with('/')) prefix += '/';
  std::size_t uploaded = 0;
  for (const fs::path& script : scripts) {
    auto file = read(script);
    if (!file) return Error{"cannot_open", "cannot read \"" + script.string() + "\""};
    const auto comments = symbolicate::magic_comments(*file);
    const fs::path map_path = map_of(script, comments.source_mapping_url);
    const std::string url =
        symbolicate::normal_url(prefix + fs::relative(script, folder, error).generic_string());
    if (map_path.empty()) {
      out << url << ": no map\n";
      continue;
    }
    auto text = read(map_path);
    if (!text) return Error{"cannot_open", "cannot read \"" + map_path.string() + "\""};
    if (text->size() > limits::kSourceMapBytes) {
      return Error{"too_large", map_path.string() + ": a map holds at most " +
                                    std::to_string(limits::kSourceMapBytes) + " bytes"};
    }
    const auto map = symbolicate::SourceMap::decode(*text);
    if (!map) return Error{"invalid_map", map_path.string() + ": " + map.error().message};
    const std::size_t bytes = text->size();
    storage::ArtifactUpload one;
    one.project = upload.project;
    one.release = upload.release;
    one.url = url;
    one.debug_id = map->debug_id().empty() ? comments.debug_id : map->debug_id();
    one.map = std::move(text);
    one.file = std::move(file);
    one.at_unix_us = now_unix_us;
    const auto put = artifacts.put(one);
    if (!put) return put.error();
    ++uploaded;
    out << url << ": map of " << bytes << " bytes, " << map->sources() << " sources"
        << (one.debug_id.empty() ? "" : ", debug id " + one.debug_id) << "\n";
  }
  if (uploaded == 0) {
    return Error{"nothing_found", "no script with a source map below \"" + upload.folder + "\""};
  }
  out << uploaded << " of " << scripts.size() << " scripts uploaded for release " << upload.release
      << "\n";
  return Done{};
}

}  // namespace pagewake::app
