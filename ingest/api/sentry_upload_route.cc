// The part of Sentry's API that its upload tools speak (sentry-cli 3,
// @sentry/vite-plugin and the other bundler plugins), so that they send source
// maps here unmodified:
//
//   GET  /api/0/organizations/{org}/chunk-upload/             what we take
//   POST /api/0/organizations/{org}/chunk-upload/             pieces, named by SHA-1
//   POST /api/0/organizations/{org}/artifactbundle/assemble/  pieces -> bundle
//   POST, PUT /api/0/organizations/{org}/releases/...         answered, nothing to keep
//
// The organization may have any name. A project is named by its number or its
// name.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"
#include "api/sourcemaps.h"
#include "http/multipart.h"
#include "symbolicate/artifact_bundle.h"

namespace pagewake::api {
namespace {

constexpr std::size_t kChunkSize = 1 << 20;
constexpr std::size_t kChunksPerRequest = 16;
constexpr std::size_t kBundleBytes = std::size_t{256} << 20;

bool is_sha1(std::string_view text) {
  if (text.size() != 40) return false;
  for (const char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

// Sentry's tools print "detail".
http::Response sentry_refusal(const Error& error) {
  http::Response response = refusal(error);
  Json body = Json::parse(response.body, nullptr, false);
  body["detail"] = error.message;
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

// Nothing for those who may write in some project.
std::optional<http::Response> refused(const Context& context) {
  if (context.identity.scope >= storage::Scope::kWrite) return std::nullopt;
  return http::error_response(403, "insufficient_scope", "uploading needs scope write");
}

Result<std::optional<storage::Project>> project_of(const Context& context,
                                                   const std::string& name) {
  if (const auto id = parse_positive(name)) return context.dependencies.projects.project(*id);
  const auto projects = context.dependencies.projects.projects();
  if (!projects) return projects.error();
  for (const auto& project : *projects) {
    if (project.name == name) return std::optional(project);
  }
  return std::optional<storage::Project>();
}

// Everything of the bundle, for one project.
Status store_bundle(const Context& context, const symbolicate::ArtifactBundle& bundle,
                    const std::string& release) {
  for (const auto& file : bundle.files) {
    storage::ArtifactUpload upload;
    upload.release = release;
    upload.url = file.url;
    upload.debug_id = file.debug_id;
    upload.map = file.map;
    upload.file = file.file;
    // Files without a debug id are found by their release only.
    if (upload.debug_id.empty() && (release.empty() || upload.url.empty())) continue;
    if (const auto stored = store_artifact(context, std::move(upload)); !stored) {
      return Error{stored.error().code, file.url + ": " + stored.error().message};
    }
  }
  return Done{};
}

Json release_json(const Context& context, const std::string& version) {
  return {{"version", version},
          {"shortVersion", version},
          {"url", nullptr},
          {"dateCreated", time_json(context.now_unix_us)},
          {"dateReleased", time_json(context.now_unix_us)},
          {"lastEvent", nullptr},
          {"newGroups", 0},
          {"projects", Json::array()}};
}

}  // namespace

http::Response show_chunk_upload(const Context& context, const http::Request& request) {
  if (auto answer = refused(context)) return *answer;
  const std::string org(request.path_parameter("org"));
  return json_response(Json{
      {"url", context.dependencies.public_url + "/api/0/organizations/" + org + "/chunk-upload/"},
      {"chunkSize", kChunkSize},
      {"chunksPerRequest", kChunksPerRequest},
      {"maxRequestSize", kChunkSize * kChunksPerRequest},
      {"maxFileSize", kBundleBytes},
      {"maxWait", 60},
      {"concurrency", 4},
      {"hashAlgorithm", "sha1"},
      {"compression", Json::array()},
      {"accept", {"sources", "artifact_bundles", "artifact_bundles_v2"}}});
}

http::Response take_chunks(const Context& context, const http::Request& request) {
  if (auto answer = refused(context)) return *answer;
  const auto parts =
      http::parse_multipart(request.header("Content-Type"), request.body, kChunksPerRequest);
  if (!parts) return sentry_refusal(parts.error());
  for (const http::Part& part : *parts) {
    if (part.name != "file") {
      return sentry_refusal({"invalid_parameter", "\"" + part.name + "\": only \"file\" is taken"});
    }
    if (part.body.size() > kChunkSize) {
      return sentry_refusal(
          {"invalid_parameter", "a chunk holds at most " + std::to_string(kChunkSize) + " bytes"});
    }
    const std::string sha1 = symbolicate::sha1_hex(part.body);
    if (part.filename != sha1) {
      return sentry_refusal(
          {"invalid_parameter", "chunk \"" + part.filename + "\" has the SHA-1 " + sha1});
    }
    const auto stored =
        context.dependencies.artifacts->put_chunk(sha1, part.body, context.now_unix_us);
    if (!stored) return sentry_refusal(stored.error());
  }
  return json_response(Json::array());
}

http::Response assemble_bundle(const Context& context, const http::Request& request) {
  if (auto answer = refused(context)) return *answer;
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const auto text = [&](const char* key) {
    const auto at = body.find(key);
    return at != body.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  if (!body.is_object() || !is_sha1(text("checksum")) || !body.contains("chunks") ||
      !body["chunks"].is_array() || !body.contains("projects") || !body["projects"].is_array()) {
    return sentry_refusal({"malformed", "the body must hold checksum, chunks and projects"});
  }
  storage::ArtifactStore& artifacts = *context.dependencies.artifacts;
  std::vector<std::string> chunks;
  Json missing = Json::array();
  for (const auto& chunk : body["chunks"]) {
    if (!chunk.is_string() || !is_sha1(chunk.get<std::string>()) ||
        chunks.size() > kBundleBytes / kChunkSize) {
      return sentry_refusal({"malformed", "chunks: must be a list of SHA-1 sums of at most " +
                                              std::to_string(kBundleBytes) + " bytes together"});
    }
    chunks.push_back(chunk.get<std::string>());
    const auto there = artifacts.has_chunk(chunks.back());
    if (!there) return sentry_refusal(there.error());
    if (!*there) missing.push_back(chunks.back());
  }
  if (!missing.empty()) {
    return json_response(Json{{"state", "not_found"}, {"missingChunks", std::move(missing)}});
  }
  const auto failed = [](const std::string& detail) {
    return json_response(
        Json{{"state", "error"}, {"missingChunks", Json::array()}, {"detail", detail}});
  };
  std::vector<storage::Project> projects;
  for (const auto& name : body["projects"]) {
    const auto project =
        project_of(context, name.is_string() ? name.get<std::string>() : name.dump());
    if (!project) return sentry_refusal(project.error());
    // Who may not write there is not told that it is there.
    const auto has = *project ? context.identity.scope_in((*project)->id) : std::nullopt;
    if (!has || *has < storage::Scope::kWrite) return failed("no project " + name.dump());
    projects.push_back(**project);
  }
  std::string bytes;
  for (const std::string& sha1 : chunks) {
    const auto chunk = artifacts.chunk(sha1);
    if (!chunk) return sentry_refusal(chunk.error());
    if (*chunk) bytes += **chunk;
  }
  if (symbolicate::sha1_hex(bytes) != text("checksum")) {
    return failed("the chunks do not add up to the checksum");
  }
  const auto bundle = symbolicate::read_artifact_bundle(bytes);
  Status stored = Done{};
  if (bundle) {
    const std::string release = text("version").empty() ? bundle->release : text("version");
    for (const auto& project : projects) {
      Context of_project = context;
      of_project.project = project;
      if (stored.ok()) stored = store_bundle(of_project, *bundle, release);
    }
  } else {
    stored = bundle.error();
  }
  // Neither a bundle that is stored nor one that never can be needs its pieces.
  if (const auto removed = artifacts.remove_chunks(chunks); !removed) {
    return sentry_refusal(removed.error());
  }
  if (!stored) return failed(stored.error().message);
  return json_response(Json{{"state", "ok"}, {"missingChunks", Json::array()}});
}

// Releases need no making: an event or an upload that names one is enough.
http::Response make_release(const Context& context, const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const auto version = body.is_object() ? body.value("version", nlohmann::json()) : body;
  if (!version.is_string() || version.get<std::string>().empty()) {
    return sentry_refusal({"malformed", "the body must be {\"version\":\"…\"}"});
  }
  return json_response(release_json(context, version.get<std::string>()), 201);
}

http::Response change_release(const Context& context, const http::Request& request) {
  return json_response(release_json(context, std::string(request.path_parameter("version"))));
}

// `sentry-cli info` and `login` ask whose token it is.
http::Response show_sentry_api(const Context& context, const http::Request&) {
  return json_response(Json{{"version", "0"},
                            {"user", nullptr},
                            {"auth", {{"scopes", {storage::name_of(context.identity.scope)}}}}});
}

}  // namespace pagewake::api
