// Uploading source maps by our own route and by Sentry's, and what the API
// then says about frames.
#include <gtest/gtest.h>
#include <zip.h>

#include <nlohmann/json.hpp>

#include "api/world.h"
#include "symbolicate/artifact_bundle.h"

namespace pagewake::api {
namespace {

using nlohmann::json;

constexpr char kUpload[] = "/api/v1/projects/1/sourcemaps";
constexpr char kDebugId[] = "85314830-023f-4cf1-a267-535f4e37bb17";
// Line 1: column 0 -> src/cart.ts 3:4 "checkout".
const std::string kMap = R"({"version":3,"sources":["../src/cart.ts"],"names":["checkout"],)"
                         R"("sourcesContent":["1\n2\n    throw e;\n4"],"mappings":"AAEIA"})";

json json_of(const http::Response& response) { return json::parse(response.body); }

http::Headers form_headers(http::Headers headers = kWrite) {
  headers.add("Content-Type", "multipart/form-data; boundary=xyz");
  return headers;
}

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string form(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out +=
        "--xyz\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  }
  return out + "--xyz--\r\n";
}

http::Response upload(World& world, const Fields& fields) {
  return world.send("POST", kUpload, form(fields), form_headers());
}

json frame(World& world, const json& frame, const std::string& release = "1.0") {
  const http::Response response =
      world.send("POST", "/api/v1/projects/1/symbolicate",
                 json{{"release", release}, {"frames", {frame}}}.dump(), kRead);
  EXPECT_EQ(response.status, 200) << response.body;
  return json_of(response)["frames"][0];
}

TEST(SourceMapRoutes, AnUploadedMapAnswersForItsUrl) {
  World world;
  const http::Response made = upload(
      world, {{"release", "1.0"}, {"url", "/assets/app.js"}, {"map", kMap}, {"file", "x()"}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json_of(made)["url"], "~/assets/app.js");
  EXPECT_EQ(json_of(made)["map_bytes"], kMap.size());
  EXPECT_EQ(json_of(made)["has_file"], true);
  const json given = {{"filename", "https://shop/assets/app.js"}, {"line", 1}, {"column", 7}};
  const json found = frame(world, given);
  EXPECT_EQ(found["original"],
            (json{{"source", "src/cart.ts"}, {"line", 3}, {"column", 4}, {"name", "checkout"}}));
  EXPECT_EQ(found["unresolved_reason"], "");
  for (const auto& [key, value] : given.items()) EXPECT_EQ(found[key], value);
  const json other = frame(world, given, "2.0");
  EXPECT_TRUE(other["original"].is_null());
  EXPECT_EQ(other["unresolved_reason"], "no_map_for_release");
}

TEST(SourceMapRoutes, TheDebugIdComesFromTheFieldTheMapOrTheFile) {
  const std::string with_id = R"({"debugId":")" + std::string(kDebugId) + R"(",)" + kMap.substr(1);
  const Fields cases[] = {
      {{"debug_id", kDebugId}, {"map", kMap}},
      {{"map", with_id}},
      {{"map", kMap}, {"file", std::string("x()\n//# debugId=") + kDebugId}},
  };
  for (const auto& fields : cases) {
    World world;
    const http::Response made = upload(world, fields);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(json_of(made)["debug_id"], kDebugId);
    const json found =
        frame(world, {{"debug_id", kDebugId}, {"line", 1}, {"column", 0}}, "any release");
    EXPECT_EQ(found["original"]["source"], "src/cart.ts");
  }
}

TEST(SourceMapRoutes, RefusesWithTheFieldAndWhatIsWrong) {
  const struct {
    const char* name;
    Fields fields;
    const char* code;
    const char* says;
  } cases[] = {
      {"nothing", {}, "invalid_artifact", "debug_id"},
      {"no map and no file", {{"release", "1"}, {"url", "/a.js"}}, "invalid_artifact", "map"},
      {"no url", {{"release", "1"}, {"map", kMap}}, "invalid_artifact", "url"},
      {"broken map", {{"release", "1"}, {"url", "/a.js"}, {"map", "{}"}}, "invalid_map", "version"},
      {"no UUID", {{"debug_id", "1"}, {"map", kMap}}, "invalid_parameter", "debug_id"},
      {"unknown field", {{"maps", kMap}}, "invalid_parameter", "maps"},
      {"long release",
       {{"release", std::string(300, 'r')}, {"url", "/a.js"}, {"map", kMap}},
       "invalid_parameter",
       "release"},
  };
  World world;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const http::Response response = upload(world, c.fields);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(json_of(response)["error"]["code"], c.code);
    EXPECT_NE(json_of(response)["error"]["message"].get<std::string>().find(c.says),
              std::string::npos)
        << response.body;
  }
  EXPECT_EQ(world.send("POST", kUpload, "{}", kWrite).status, 400);
  EXPECT_EQ(world.send("POST", kUpload, form({}), form_headers(kRead)).status, 403);
  EXPECT_EQ(world.send("POST", kUpload, form({}), {}).status, 401);
  EXPECT_EQ(json_of(world.send("GET", kUpload)),
            (json{{"items", json::array()}, {"next_cursor", nullptr}}));
}

TEST(SourceMapRoutes, SymbolicateSaysWhichFrameIsWrong) {
  World world;
  const struct {
    const char* body;
    const char* says;
  } cases[] = {
      {"no", "frames"},
      {"[]", "frames"},
      {R"({"frames":1})", "frames"},
      {R"({"frames":[1]})", "frames[0]"},
      {R"({"frames":[{"line":1,"column":0}]})", "filename or a debug_id"},
      {R"({"frames":[{"filename":"a","line":0,"column":0}]})", "frames[0].line"},
      {R"({"frames":[{"filename":"a","line":1,"column":-1}]})", "frames[0].column"},
      {R"({"frames":[{"filename":"a","line":"1","column":0}]})", "frames[0].line"},
      {R"({"frames":[{"filename":"a","line":1e300,"column":0}]})", "frames[0].line"},
      {R"({"frames":[{"debug_id":"a","line":1,"column":0}]})", "frames[0].debug_id"},
      {R"({"release":1,"frames":[]})", "release"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.body);
    const http::Response response =
        world.send("POST", "/api/v1/projects/1/symbolicate", c.body, kRead);
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find(c.says), std::string::npos) << response.body;
  }
}

TEST(SourceMapRoutes, ListsSumsUpAndRemoves) {
  World world;
  upload(world, {{"release", "1.0"}, {"url", "/a.js"}, {"map", kMap}});
  upload(world, {{"release", "1.1"}, {"url", "/a.js"}, {"file", "x()"}});
  const json all = json_of(world.send("GET", kUpload));
  ASSERT_EQ(all["items"].size(), 2u);
  EXPECT_EQ(all["items"][0]["release"], "1.1");
  EXPECT_EQ(json_of(world.send("GET", std::string(kUpload) + "?release=1.0"))["items"].size(), 1u);
  const json releases = json_of(world.send("GET", std::string(kUpload) + "/releases"));
  ASSERT_EQ(releases["items"].size(), 2u);
  EXPECT_EQ(world.send("DELETE", std::string(kUpload) + "?release=1.0", "", kRead).status, 403);
  EXPECT_EQ(world.send("DELETE", kUpload, "", kWrite).status, 400);
  const json removed =
      json_of(world.send("DELETE", std::string(kUpload) + "?release=1.0", "", kWrite));
  EXPECT_EQ(removed["removed"], 1);
  EXPECT_EQ(json_of(world.send("GET", kUpload))["items"].size(), 1u);
}

model::EventRecord broken_event(std::uint8_t id, const std::string& release) {
  model::EventRecord event;
  event.project = 1;
  event.event_id.bytes[15] = id;
  event.platform = "javascript";
  event.release = release;
  event.grouping_key = "k";
  event.occurred_at_unix_us = kNow - id;
  event.exceptions.emplace_back().type = "TypeError";
  model::Frame& frame = event.exceptions[0].frames.emplace_back();
  frame.function = "t";
  frame.filename = "https://shop/assets/app.js?v=" + std::to_string(id);
  frame.line = 1;
  frame.column = 8;
  return event;
}

TEST(SourceMapRoutes, AnEventShowsItsSourceOnceTheMapIsThere) {
  World world;
  storage::RecordBatch batch;
  batch.records.events = {broken_event(201, "7.0"), broken_event(202, "7.0"),
                          broken_event(203, "8.0")};
  ASSERT_TRUE(world.records->append(batch).ok());
  const std::string path = "/api/v1/projects/1/events/000000000000000000000000000000c9";
  json shown = json_of(world.send("GET", path))["exceptions"][0]["frames"][0];
  EXPECT_TRUE(shown["original"].is_null());
  EXPECT_EQ(shown["unresolved_reason"], "no_map_for_release");

  json missing = json_of(world.send("GET", std::string(kUpload) + "/missing?release=7.0"));
  ASSERT_EQ(missing["items"].size(), 1u);
  EXPECT_EQ(missing["items"][0]["filename"], "https://shop/assets/app.js");
  EXPECT_EQ(missing["items"][0]["events"], 2);
  EXPECT_EQ(missing["items"][0]["reason"], "no_map_for_release");
  EXPECT_EQ(missing["items"][0]["event_id"], "000000000000000000000000000000c9");
  EXPECT_EQ(missing["resolved_frames"], 0);

  ASSERT_EQ(upload(world, {{"release", "7.0"}, {"url", "/assets/app.js"}, {"map", kMap}}).status,
            201);
  shown = json_of(world.send("GET", path))["exceptions"][0]["frames"][0];
  EXPECT_EQ(shown["original"]["source"], "src/cart.ts");
  EXPECT_EQ(shown["original"]["line"], 3);
  EXPECT_EQ(shown["context"],
            (json{{"pre", {"1", "2"}}, {"line", "    throw e;"}, {"post", {"4"}}}));
  EXPECT_EQ(shown["unresolved_reason"], "");
  missing = json_of(world.send("GET", std::string(kUpload) + "/missing?release=7.0"));
  EXPECT_TRUE(missing["items"].empty());
  EXPECT_EQ(missing["resolved_frames"], 2);
}

// --- Sentry's tools

std::string zip_of(const Fields& files) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  for (const auto& [name, content] : files) {
    zip_file_add(archive, name.c_str(),
                 zip_source_buffer(archive, content.data(), content.size(), 0), 0);
  }
  EXPECT_EQ(zip_close(archive), 0);
  zip_stat_t stat;
  zip_source_stat(target, &stat);
  std::string out(stat.size, '\0');
  zip_source_open(target);
  zip_source_read(target, out.data(), out.size());
  zip_source_close(target);
  zip_source_free(target);
  return out;
}

std::string bundle(const std::string& map, const json& extra_headers = json::object()) {
  json headers = {{"Sourcemap", "app.js.map"}};
  headers.update(extra_headers);
  const json manifest = {
      {"release", "1.0"},
      {"files",
       {{"a", {{"type", "minified_source"}, {"url", "~/assets/app.js"}, {"headers", headers}}},
        {"b",
         {{"type", "source_map"}, {"url", "~/assets/app.js.map"}, {"headers", extra_headers}}}}}};
  return zip_of({{"a", "function t(){}"}, {"b", map}, {"manifest.json", manifest.dump()}});
}

json assemble(World& world, const std::string& bytes, const json& projects = {"1"},
              const json& version = "1.0") {
  const std::string sha1 = symbolicate::sha1_hex(bytes);
  const http::Response response = world.send(
      "POST", "/api/0/organizations/any/artifactbundle/assemble/",
      json{{"checksum", sha1}, {"chunks", {sha1}}, {"projects", projects}, {"version", version}}
          .dump(),
      kWrite);
  EXPECT_EQ(response.status, 200) << response.body;
  return json_of(response);
}

http::Response send_chunk(World& world, const std::string& bytes, const std::string& name) {
  return world.send("POST", "/api/0/organizations/any/chunk-upload/",
                    "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
                        "\"\r\n\r\n" + bytes + "\r\n--xyz--\r\n",
                    form_headers());
}

TEST(SentryUpload, ABundleIsAskedForSentAndUnderstood) {
  World world;
  const std::string bytes = bundle(kMap, {{"debug-id", kDebugId}});
  const json options =
      json_of(world.send("GET", "/api/0/organizations/any/chunk-upload/", "", kWrite));
  EXPECT_EQ(options["url"], "http://127.0.0.1:8790/api/0/organizations/any/chunk-upload/");
  EXPECT_EQ(options["hashAlgorithm"], "sha1");
  const std::string sha1 = symbolicate::sha1_hex(bytes);
  json answer = assemble(world, bytes);
  EXPECT_EQ(answer["state"], "not_found");
  EXPECT_EQ(answer["missingChunks"], json{sha1});
  EXPECT_EQ(send_chunk(world, bytes, sha1).status, 200);
  answer = assemble(world, bytes);
  EXPECT_EQ(answer["state"], "ok") << answer;
  EXPECT_EQ(answer["missingChunks"], json::array());
  EXPECT_EQ(frame(world, {{"filename", "https://x/assets/app.js"},
                          {"line", 1},
                          {"column", 0}})["original"]["source"],
            "src/cart.ts");
  EXPECT_EQ(
      frame(world, {{"debug_id", kDebugId}, {"line", 1}, {"column", 0}}, "")["original"]["source"],
      "src/cart.ts");
  EXPECT_FALSE(*world.artifacts->has_chunk(sha1));
}

TEST(SentryUpload, SaysWhyABundleIsNotTaken) {
  const struct {
    const char* name;
    std::string bytes;
    json projects;
    const char* says;
  } cases[] = {
      {"no ZIP", "rubbish", {"1"}, "ZIP"},
      {"no manifest", zip_of({{"a", "x"}}), {"1"}, "manifest.json"},
      {"broken map", bundle("{}"), {"1"}, "app.js"},
      {"unknown project", bundle(kMap), {"nobody"}, "nobody"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    World world;
    ASSERT_EQ(send_chunk(world, c.bytes, symbolicate::sha1_hex(c.bytes)).status, 200);
    const json answer = assemble(world, c.bytes, c.projects);
    EXPECT_EQ(answer["state"], "error");
    EXPECT_NE(answer["detail"].get<std::string>().find(c.says), std::string::npos) << answer;
  }
}

TEST(SentryUpload, FindsProjectsByNameAndReleasesInTheManifest) {
  World world;
  const std::string bytes = bundle(kMap);
  const std::string name = json_of(world.send("GET", "/api/v1/projects"))["items"][0]["name"];
  ASSERT_EQ(send_chunk(world, bytes, symbolicate::sha1_hex(bytes)).status, 200);
  EXPECT_EQ(assemble(world, bytes, {name}, nullptr)["state"], "ok");
  EXPECT_EQ(frame(world,
                  {{"filename", "/assets/app.js"}, {"line", 1}, {"column", 0}})["original"]["line"],
            3);
}

TEST(SentryUpload, ATokenOfOneProjectUploadsForThatProjectOnly) {
  World world;
  ASSERT_TRUE(world.projects->create_project("second", {}).ok());
  const auto token = world.projects->create_token("build", storage::Scope::kWrite, 2);
  ASSERT_TRUE(token.ok());
  const http::Headers headers{{"Authorization", "Bearer " + *token}};
  const std::string bytes = bundle(kMap);
  const std::string sha1 = symbolicate::sha1_hex(bytes);
  for (const char* project : {"1", "2"}) {
    SCOPED_TRACE(project);
    ASSERT_EQ(send_chunk(world, bytes, sha1).status, 200);
    const json answer = json_of(world.send(
        "POST", "/api/0/organizations/any/artifactbundle/assemble/",
        json{{"checksum", sha1}, {"chunks", {sha1}}, {"projects", {project}}, {"version", "1.0"}}
            .dump(),
        headers));
    EXPECT_EQ(answer["state"], std::string(project) == "2" ? "ok" : "error") << answer;
  }
}

TEST(SentryUpload, RefusesWrongPiecesAndWhoMayNotWrite) {
  World world;
  EXPECT_EQ(send_chunk(world, "bytes", std::string(40, 'a')).status, 400);
  EXPECT_EQ(send_chunk(world, std::string((1 << 20) + 1, 'x'), "x").status, 400);
  EXPECT_EQ(
      world.send("POST", "/api/0/organizations/o/artifactbundle/assemble/", "{}", kWrite).status,
      400);
  EXPECT_EQ(world.send("GET", "/api/0/organizations/o/chunk-upload/", "", kRead).status, 403);
  EXPECT_EQ(world.send("GET", "/api/0/organizations/o/chunk-upload/", "", {}).status, 401);
  EXPECT_EQ(
      world.send("POST", "/api/0/organizations/o/releases/", R"({"version":"1.0"})", kWrite).status,
      201);
  EXPECT_EQ(world.send("PUT", "/api/0/organizations/o/releases/1.0/", "{}", kWrite).status, 200);
}

TEST(ArtifactBundle, UnpacksNoMoreThanItMay) {
  symbolicate::BundleLimits limits;
  limits.entry_bytes = 1000;
  limits.total_bytes = 1500;
  const std::string bomb = bundle(std::string(100'000, ' ') + kMap);
  EXPECT_EQ(symbolicate::read_artifact_bundle(bomb, limits).error().code, "too_large");
  limits.entries = 2;
  EXPECT_EQ(symbolicate::read_artifact_bundle(bundle(kMap), limits).error().code, "too_large");
  const std::string good = bundle(kMap);
  for (std::size_t cut = 0; cut < good.size(); cut += 7) {
    const auto read = symbolicate::read_artifact_bundle(good.substr(0, cut));
    ASSERT_FALSE(read.ok());
  }
}

TEST(ArtifactBundle, FindsTheMapAFileNames) {
  const struct {
    const char* file;
    const char* reference;
    const char* url;
  } cases[] = {
      {"~/js/a.js", "a.js.map", "~/js/a.js.map"},
      {"~/js/a.js", "./a.js.map", "~/js/a.js.map"},
      {"~/js/a.js", "../maps/a.js.map", "~/maps/a.js.map"},
      {"~/a.js", "../../a.js.map", "~/a.js.map"},
      {"~/js/a.js", "/maps/a.js.map", "~/maps/a.js.map"},
      {"https://x/js/a.js", "/maps/a.js.map", "https://x/maps/a.js.map"},
      {"https://x/js/a.js", "https://y/a.js.map", "https://y/a.js.map"},
      {"~/js/a.js", "data:application/json;base64,e30=", ""},
      {"~/js/a.js", "", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(symbolicate::map_url_of(c.file, c.reference), c.url) << c.file << " " << c.reference;
  }
}

}  // namespace
}  // namespace pagewake::api
