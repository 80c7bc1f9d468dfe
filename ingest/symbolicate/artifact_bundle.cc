#include "symbolicate/artifact_bundle.h"

#include <openssl/evp.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/ids.h"
#include "symbolicate/source_map.h"

namespace pagewake::symbolicate {
namespace {

using nlohmann::json;

Error bad(std::string message) { return {"bad_bundle", "the bundle " + std::move(message)}; }

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

class Archive {
 public:
  Archive(std::string_view bytes, const BundleLimits& limits) : limits_(limits) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source != nullptr) {
      archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
      if (!archive_) zip_source_free(source);
    }
    if (!archive_) message_ = zip_error_strerror(&error);
    zip_error_fini(&error);
  }
  bool ok() const { return archive_ != nullptr; }
  const std::string& message() const { return message_; }
  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::max<zip_int64_t>(0, zip_get_num_entries(archive_.get(), 0)));
  }

  // What the directory says about sizes is not believed.
  Result<std::string> read(const std::string& name) {
    std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen(archive_.get(), name.c_str(), 0));
    if (!file) return bad("has no readable entry \"" + name + "\"");
    std::string out;
    std::array<char, 64 << 10> buffer;
    while (true) {
      const zip_int64_t n = zip_fread(file.get(), buffer.data(), buffer.size());
      if (n < 0) return bad("is damaged in \"" + name + "\"");
      if (n == 0) break;
      out.append(buffer.data(), static_cast<std::size_t>(n));
      total_ += static_cast<std::size_t>(n);
      if (out.size() > limits_.entry_bytes || total_ > limits_.total_bytes) {
        return Error{"too_large", "the bundle unpacks to more than " +
                                      std::to_string(limits_.entry_bytes) + " bytes an entry or " +
                                      std::to_string(limits_.total_bytes) + " in total"};
      }
    }
    return out;
  }

 private:
  const BundleLimits& limits_;
  std::unique_ptr<zip_t, CloseArchive> archive_;
  std::string message_;
  std::size_t total_ = 0;
};

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// Header names come in any case.
std::string header_of(const json& entry, std::string_view name) {
  const auto headers = entry.find("headers");
  if (headers == entry.end() || !headers->is_object()) return {};
  for (const auto& [key, value] : headers->items()) {
    std::string lower = key;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower == name && value.is_string()) return value.get<std::string>();
  }
  return {};
}

struct Entry {
  std::string path, url, debug_id, reference;
};

}  // namespace

std::string map_url_of(std::string_view file_url, std::string_view reference) {
  if (reference.empty() || reference.starts_with("data:")) return {};
  if (reference.find("://") != reference.npos || reference.starts_with("~/")) {
    return std::string(reference);
  }
  std::string_view root = file_url, folder = file_url.substr(0, file_url.rfind('/') + 1);
  const auto scheme_end = file_url.find("://");
  const auto path = file_url.find('/', scheme_end == file_url.npos ? 0 : scheme_end + 3);
  root = file_url.substr(0, path == file_url.npos ? 0 : path);
  if (reference.starts_with('/')) return std::string(root) + std::string(reference);
  while (reference.starts_with("./") || reference.starts_with("../")) {
    if (reference.starts_with("../") && folder.size() > root.size() + 1) {
      folder = folder.substr(0, folder.rfind('/', folder.size() - 2) + 1);
    }
    reference.remove_prefix(reference.find('/') + 1);
  }
  return std::string(folder) + std::string(reference);
}

std::string sha1_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return pagewake::detail::to_hex(digest.data(), size);
}

Result<ArtifactBundle> read_artifact_bundle(std::string_view bytes, const BundleLimits& limits) {
  Archive archive(bytes, limits);
  if (!archive.ok()) return bad("is no ZIP file: " + archive.message());
  if (archive.entries() > limits.entries) {
    return Error{"too_large",
                 "the bundle has more than " + std::to_string(limits.entries) + " entries"};
  }
  const auto manifest_text = archive.read("manifest.json");
  if (!manifest_text) return manifest_text.error();
  const json manifest = json::parse(*manifest_text, nullptr, false);
  if (!manifest.is_object()) return bad("has a manifest.json that is no JSON object");
  ArtifactBundle bundle;
  bundle.release = text_of(manifest, "release");
  const auto files = manifest.find("files");
  if (files == manifest.end() || !files->is_object()) return bundle;

  std::vector<Entry> generated;
  std::map<std::string, Entry> maps_by_url, maps_by_debug_id;
  for (const auto& [path, entry] : files->items()) {
    if (!entry.is_object()) continue;
    Entry found{path, text_of(entry, "url"), normal_debug_id(header_of(entry, "debug-id")),
                header_of(entry, "sourcemap")};
    const std::string type = text_of(entry, "type");
    if (type == "minified_source" || type == "source") {
      generated.push_back(std::move(found));
    } else if (type == "source_map") {
      if (!found.debug_id.empty()) maps_by_debug_id[found.debug_id] = found;
      maps_by_url[found.url] = std::move(found);
    }
  }
  for (const Entry& file : generated) {
    BundledFile& out = bundle.files.emplace_back();
    out.url = file.url;
    out.debug_id = file.debug_id;
    auto content = archive.read(file.path);
    if (!content) return content.error();
    const Entry* map = nullptr;
    if (const auto at = maps_by_debug_id.find(file.debug_id); at != maps_by_debug_id.end()) {
      map = &at->second;
    } else {
      const std::string reference =
          file.reference.empty() ? magic_comments(*content).source_mapping_url : file.reference;
      const auto by_url = maps_by_url.find(map_url_of(file.url, reference));
      if (by_url != maps_by_url.end()) map = &by_url->second;
    }
    out.file = std::move(*content);
    if (map == nullptr) continue;
    auto text = archive.read(map->path);
    if (!text) return text.error();
    out.map = std::move(*text);
    if (out.debug_id.empty()) out.debug_id = map->debug_id;
  }
  // Maps that came without their file still answer by debug id.
  for (const auto& [debug_id, map] : maps_by_debug_id) {
    const bool used =
        std::any_of(bundle.files.begin(), bundle.files.end(),
                    [&, &id = debug_id](const auto& file) { return file.debug_id == id; });
    if (used) continue;
    auto text = archive.read(map.path);
    if (!text) return text.error();
    bundle.files.push_back({"", debug_id, std::move(*text), std::nullopt});
  }
  return bundle;
}

}  // namespace pagewake::symbolicate
