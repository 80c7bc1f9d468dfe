// The way in without a socket: router, pipeline and memory stores, with a
// clock moved by hand.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "deflated.h"
#include "http/http.h"
#include "pipeline/pipeline.h"
#include "receive/receive.h"
#include "storage/memory/memory_store.h"

namespace pagewake::testing {

inline std::string gzipped(const std::string& plain) { return deflated(plain, kGzipBits); }

inline std::string read_case(const std::string& name) {
  std::ifstream file(std::string(PAGEWAKE_SOURCE_DIR "/tests/cases/") + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

class ReceiveFixture {
 public:
  explicit ReceiveFixture(receive::Rates rates = {0, 1, 0, 1})
      : ReceiveFixture({storage::make_memory_store(), storage::make_memory_project_store(),
                        storage::make_memory_release_health_store()},
                       rates) {}

  // The same over other stores; project 1 is made where it is missing.
  struct Stores {
    std::unique_ptr<storage::RecordStore> records;
    std::unique_ptr<storage::ProjectStore> projects;
    std::unique_ptr<storage::ReleaseHealthStore> release_health;
  };
  explicit ReceiveFixture(Stores stores, receive::Rates rates = {0, 1, 0, 1})
      : records(std::move(stores.records)),
        store(dynamic_cast<storage::MemoryStore*>(records.get())),
        projects(std::move(stores.projects)),
        release_health(std::move(stores.release_health)) {
    // 2026-11-21, when the clients' requests were captured.
    now_unix_us = std::int64_t{1'795'228'800} * 1'000'000;
    pipeline::Options options;
    options.now_unix_us = [this] { return now_unix_us; };
    pipeline =
        std::make_unique<pipeline::Pipeline>(*records, std::vector<pipeline::Step>{}, options);
    const auto known = projects->project(1).value();
    project = known ? *known : projects->create_project("shop", {}).value();
    way_in = receive::add_routes(
        router, {*pipeline, *projects, [this] { return now_unix_us; }, rates, release_health.get(),
                 [this](model::ProjectId) { return own_quotas; }});
  }

  http::Response post(const std::string& target, const std::string& body,
                      http::Headers headers = {}) {
    return send("POST", target, body, std::move(headers));
  }

  // Target as "/path?name=value&…"; nothing in it is percent-decoded.
  http::Response send(const std::string& method, const std::string& target, const std::string& body,
                      http::Headers headers = {}) {
    http::Request request;
    request.method = method;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) {
      std::string query = target.substr(question + 1);
      while (!query.empty()) {
        const auto end = query.find('&');
        const std::string pair = query.substr(0, end);
        const auto equals = pair.find('=');
        request.query.emplace_back(pair.substr(0, equals),
                                   equals == std::string::npos ? "" : pair.substr(equals + 1));
        query = end == std::string::npos ? "" : query.substr(end + 1);
      }
    }
    request.headers = std::move(headers);
    request.body = body;
    request.remote_address = address;
    return http::wait_for(router.route(request));
  }

  // "request/bad_key": 1, "event/stored": 2, … since start.
  std::map<std::string, std::uint64_t> outcomes() const {
    std::map<std::string, std::uint64_t> counts;
    for (const auto& outcome : pipeline->outcomes_since_start()) {
      const std::string fate =
          outcome.drop_reason ? std::string(name_of(*outcome.drop_reason)) : "stored";
      counts[std::string(model::name_of(outcome.category)) + "/" + fate] += outcome.count;
    }
    return counts;
  }

  std::int64_t now_unix_us;
  model::Quotas own_quotas;  // of every project
  std::string address = "192.0.2.7";
  std::unique_ptr<storage::RecordStore> records;
  storage::MemoryStore* store;  // the same; nullptr where it is none
  std::unique_ptr<storage::ProjectStore> projects;
  std::unique_ptr<storage::ReleaseHealthStore> release_health;
  std::unique_ptr<pipeline::Pipeline> pipeline;
  receive::WayIn way_in;
  storage::Project project;
  http::Router router;
};

inline std::string header_of(const http::Response& response, std::string_view name) {
  return std::string(response.headers.find(name));
}

}  // namespace pagewake::testing
