// Source maps: upload, what is there, what is missing, and looking positions
// up. The ways of Sentry's tools are in sentry_upload_route.cc.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/parameters.h"
#include "api/route_table.h"
#include "api/sourcemaps.h"
#include "http/inflate.h"
#include "http/multipart.h"
#include "query/missing_maps.h"
#include "symbolicate/source_map.h"

namespace pagewake::api {
namespace {

constexpr std::size_t kParts = 16;

Json artifact_json(const storage::Artifact& artifact) {
  return {{"artifact_id", artifact.artifact_id},
          {"release", artifact.release},
          {"url", artifact.url},
          {"debug_id", artifact.debug_id},
          {"has_map", !artifact.map_sha256.empty()},
          {"has_file", !artifact.file_sha256.empty()},
          {"map_bytes", artifact.map_bytes},
          {"file_bytes", artifact.file_bytes},
          {"uploaded_at", time_json(artifact.created_at_unix_us)}};
}

Json original_json(const model::OriginalPosition& original) {
  return {{"source", original.source},
          {"line", original.line},
          {"column", original.column},
          {"name", original.name}};
}

std::optional<std::int32_t> whole(const nlohmann::json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  const auto number = value.get<std::int64_t>();
  if (number < INT32_MIN || number > INT32_MAX) return std::nullopt;
  return static_cast<std::int32_t>(number);
}

std::string text_of(const nlohmann::json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

Result<storage::Artifact> store_artifact(const Context& context, storage::ArtifactUpload upload) {
  if (upload.release.size() > limits::kNameBytes) {
    return Error{"invalid_parameter",
                 "release: at most " + std::to_string(limits::kNameBytes) + " bytes"};
  }
  if (upload.url.size() > limits::kUrlBytes) {
    return Error{"invalid_parameter",
                 "url: at most " + std::to_string(limits::kUrlBytes) + " bytes"};
  }
  upload.project = context.project->id;
  upload.at_unix_us = context.now_unix_us;
  upload.url = symbolicate::normal_url(upload.url);
  if (upload.map) {
    if (upload.map->size() > limits::kSourceMapBytes) {
      return Error{"too_large",
                   "map: at most " + std::to_string(limits::kSourceMapBytes) + " bytes"};
    }
    const auto map = symbolicate::SourceMap::decode(*upload.map);
    if (!map) return Error{"invalid_map", "map: " + map.error().message};
    if (upload.debug_id.empty()) upload.debug_id = map->debug_id();
  }
  if (upload.file && upload.debug_id.empty()) {
    upload.debug_id = symbolicate::magic_comments(*upload.file).debug_id;
  }
  return context.dependencies.artifacts->put(upload);
}

http::Response upload_source_map(const Context& context, const http::Request& request) {
  const auto body = http::inflate_body(request.body, request.header("Content-Encoding"),
                                       limits::kArtifactBodyBytes);
  if (!body) {
    if (body.error().code == "body_too_large") {
      return http::too_large_response(limits::kArtifactBodyBytes);
    }
    return refusal({"malformed", body.error().message});
  }
  const auto parts = http::parse_multipart(request.header("Content-Type"), *body, kParts);
  if (!parts) return refusal(parts.error());
  storage::ArtifactUpload upload;
  for (const http::Part& part : *parts) {
    if (part.name == "release") {
      upload.release = std::string(part.body);
    } else if (part.name == "url") {
      upload.url = std::string(part.body);
    } else if (part.name == "debug_id") {
      upload.debug_id = symbolicate::normal_debug_id(part.body);
      if (upload.debug_id.empty() && !part.body.empty()) {
        return refusal({"invalid_parameter", "debug_id: must be a UUID"});
      }
    } else if (part.name == "map") {
      upload.map = std::string(part.body);
    } else if (part.name == "file") {
      upload.file = std::string(part.body);
    } else {
      return refusal({"invalid_parameter",
                      "\"" + part.name + "\": allowed are release, url, debug_id, map, file"});
    }
  }
  const auto artifact = store_artifact(context, std::move(upload));
  if (!artifact) return refusal(artifact.error());
  return json_response(artifact_json(*artifact), 201);
}

http::Response list_source_maps(const Context& context, const http::Request& request) {
  const auto paging = parse_paging(request);
  if (!paging) return refusal(paging.error());
  std::optional<std::string> release;
  if (const auto text = request.query_optional("release")) release = std::string(*text);
  const auto artifacts =
      context.dependencies.artifacts->artifacts(context.project->id, release, *paging);
  if (!artifacts) return refusal(artifacts.error());
  std::vector<Json> items;
  for (const auto& artifact : artifacts->items) items.push_back(artifact_json(artifact));
  return json_response(list_json(std::move(items), artifacts->next_cursor));
}

http::Response list_source_map_releases(const Context& context, const http::Request&) {
  const auto releases = context.dependencies.artifacts->artifact_releases(context.project->id);
  if (!releases) return refusal(releases.error());
  std::vector<Json> items;
  for (const auto& release : *releases) {
    items.push_back({{"release", release.release},
                     {"files", release.files},
                     {"maps", release.maps},
                     {"bytes", release.bytes},
                     {"uploaded_at", time_json(release.last_upload_unix_us)}});
  }
  return json_response(list_json(std::move(items), ""));
}

http::Response remove_source_maps(const Context& context, const http::Request& request) {
  const auto release = request.query_optional("release");
  if (!release) return refusal({"missing_parameter", "release: is missing"});
  const auto removed =
      context.dependencies.artifacts->remove_release(context.project->id, std::string(*release));
  if (!removed) return refusal(removed.error());
  return json_response(Json{{"removed", *removed}});
}

http::Response list_missing_source_maps(const Context& context, const http::Request& request) {
  const auto range = parse_range(request, DefaultRange::kEverything, context.now_unix_us);
  if (!range) return refusal(range.error());
  const auto filter = parse_filter(request, *range);
  if (!filter) return refusal(filter.error());
  const auto missing =
      query::missing_maps(context.dependencies.records, *context.dependencies.symbolicator,
                          context.project->id, *filter);
  if (!missing) return refusal(missing.error());
  Json items = Json::array();
  for (const auto& item : missing->items) {
    items.push_back({{"release", item.release},
                     {"filename", item.filename},
                     {"debug_id", item.debug_id},
                     {"reason", symbolicate::name_of(item.reason)},
                     {"explanation", symbolicate::explanation_of(item.reason)},
                     {"detail", item.detail},
                     {"events", item.events},
                     {"frames", item.frames},
                     {"last_seen_at", time_json(item.last_seen_unix_us)},
                     {"event_id", to_hex(item.example)}});
  }
  return json_response(Json{{"items", std::move(items)},
                            {"examined_events", missing->examined_events},
                            {"resolved_frames", missing->resolved_frames},
                            {"complete", missing->complete}});
}

http::Response symbolicate_frames(const Context& context, const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const bool given = body.is_object() && body.contains("frames") && body["frames"].is_array();
  if (!given) {
    return refusal(
        {"malformed",
         "the body must be {\"release\":\"…\",\"frames\":[{\"filename\" or \"debug_id\",\"line\","
         "\"column\"}]}"});
  }
  if (body.contains("release") && !body["release"].is_string() && !body["release"].is_null()) {
    return refusal({"invalid_parameter", "release: must be a text"});
  }
  const auto& frames = body["frames"];
  if (frames.size() > limits::kFramesPerSymbolication) {
    return refusal({"invalid_parameter",
                    "frames: at most " + std::to_string(limits::kFramesPerSymbolication)});
  }
  std::vector<symbolicate::Position> positions;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto& frame = frames[i];
    const std::string where = "frames[" + std::to_string(i) + "]";
    if (!frame.is_object()) return refusal({"invalid_parameter", where + ": must be an object"});
    symbolicate::Position& position = positions.emplace_back();
    position.filename = text_of(frame, "filename");
    position.debug_id = symbolicate::normal_debug_id(text_of(frame, "debug_id"));
    if (position.debug_id.empty() && !text_of(frame, "debug_id").empty()) {
      return refusal({"invalid_parameter", where + ".debug_id: must be a UUID"});
    }
    if (position.filename.empty() && position.debug_id.empty()) {
      return refusal({"invalid_parameter", where + ": needs a filename or a debug_id"});
    }
    const auto line = frame.contains("line") ? whole(frame["line"]) : std::nullopt;
    const auto column = frame.contains("column") ? whole(frame["column"]) : std::nullopt;
    if (!line || *line < 1) {
      return refusal({"invalid_parameter", where + ".line: must be a whole number from 1"});
    }
    if (!column || *column < 0) {
      return refusal({"invalid_parameter", where + ".column: must be a whole number from 0"});
    }
    position.line = *line;
    position.column = *column;
  }
  const auto resolved = context.dependencies.symbolicator->resolve(
      context.project->id, text_of(body, "release"), positions);
  Json out = Json::array();
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    Json frame = frames[i];
    frame["original"] = resolved[i].original ? original_json(*resolved[i].original) : Json(nullptr);
    frame["unresolved_reason"] = symbolicate::name_of(resolved[i].reason);
    if (!resolved[i].detail.empty()) frame["detail"] = resolved[i].detail;
    out.push_back(std::move(frame));
  }
  return json_response(Json{{"release", text_of(body, "release")}, {"frames", std::move(out)}});
}

}  // namespace pagewake::api
