#include "hostile/whole_server.h"

#include <cstdlib>
#include <utility>

#include "api/api.h"
#include "app/default_steps.h"
#include "http/exchange.h"
#include "http/framer.h"
#include "receive/receive.h"
#include "storage/artifact_store.h"
#include "symbolicate/symbolicator.h"

namespace pagewake::testing {

struct WholeServer::Impl {
  // 2026-11-21, when the clients' requests were captured.
  std::int64_t now_unix_us = std::int64_t{1'795'228'800} * 1'000'000;
  std::unique_ptr<storage::MemoryStore> records = storage::make_memory_store();
  std::unique_ptr<storage::ProjectStore> projects = storage::make_memory_project_store();
  std::unique_ptr<storage::AccountStore> accounts = storage::make_memory_account_store();
  std::unique_ptr<storage::ObjectiveStore> objectives = storage::make_memory_objective_store();
  std::unique_ptr<storage::AlertStore> alerts = storage::make_memory_alert_store();
  std::unique_ptr<storage::ArtifactStore> artifacts = storage::make_memory_artifact_store();
  symbolicate::Symbolicator symbolicator{*artifacts};
  std::unique_ptr<pipeline::Pipeline> pipeline;
  http::Router router;
  std::string key, token;
};

WholeServer::WholeServer() : impl_(std::make_unique<Impl>()) {
  Impl& impl = *impl_;
  const auto now = [&impl] { return impl.now_unix_us; };
  pipeline::Options options;
  options.now_unix_us = now;
  impl.pipeline =
      std::make_unique<pipeline::Pipeline>(*impl.records, app::default_steps(), options);
  impl.key = impl.projects->create_project("shop", {}).value().public_key;
  impl.token = impl.projects->create_token("test", storage::Scope::kAdmin).value();
  receive::add_routes(impl.router, {*impl.pipeline, *impl.projects, now, {0, 1, 0, 1}});
  api::add_routes(
      impl.router,
      {.records = *impl.records,
       .projects = *impl.projects,
       .accounts = *impl.accounts,
       .objectives = *impl.objectives,
       .issues = *impl.records,
       .alerts = *impl.alerts,
       .now_unix_us = now,
       .public_url = "http://127.0.0.1:8790",
       .send_test_alert = [](model::ProjectId, std::int64_t) -> Result<storage::AlertDelivery> {
         return Error{"not_found", "this server sends nothing"};
       },
       .send_weekly_report = [](model::ProjectId, std::int64_t) -> Result<storage::AlertDelivery> {
         return Error{"not_found", "this server sends nothing"};
       },
       .settings_changed = {},
       .artifacts = impl.artifacts.get(),
       .symbolicator = &impl.symbolicator});
}

WholeServer::~WholeServer() = default;

std::vector<Answer> WholeServer::serve(std::string bytes) {
  Impl& impl = *impl_;
  for (auto at = bytes.find(kKey); at != std::string::npos; at = bytes.find(kKey, at + 1)) {
    bytes.replace(at, kKey.size(), impl.key);
  }
  std::vector<Answer> answers;
  const auto rule_of = [&](const http::Head& head) -> const http::BodyRule& {
    return impl.router.body_rule(head.method,
                                 std::string_view(head.target).substr(0, head.target.find('?')));
  };
  http::Framer framer([&](const http::Head& head) { return rule_of(head).max_bytes; });
  std::string_view rest = bytes;
  while (!rest.empty()) {
    rest.remove_prefix(framer.feed(rest));
    std::string out;
    bool keeps_alive = false;
    if (framer.state() == http::Framer::State::kFailed) {
      const auto& error = framer.error();
      http::Response refused = http::error_response(error.status, error.code, error.message);
      if (error.status == 413 && framer.head_complete() && rule_of(framer.head()).too_large) {
        const auto& too_large = rule_of(framer.head()).too_large;
        refused = too_large(http::request_of(framer.head(), {}, "192.0.2.7"));
      }
      http::append_answer(refused, {}, out);
    } else if (framer.state() == http::Framer::State::kComplete) {
      keeps_alive = framer.head().keep_alive;
      auto request = http::request_of(framer.head(), framer.take_body(), "192.0.2.7");
      const http::Response response = http::wait_for(impl.router.route(request));
      http::append_answer(response,
                          {.head_only = request.method == "HEAD", .keep_alive = keeps_alive}, out);
      framer.reset();
    } else {
      break;
    }
    Answer answer;
    const auto end = out.find("\r\n\r\n");
    if (!out.starts_with("HTTP/1.1 ") || end == std::string::npos) std::abort();
    answer.status = std::atoi(out.c_str() + 9);
    answer.head = out.substr(0, end + 2);
    answer.body = out.substr(end + 4);
    answers.push_back(std::move(answer));
    if (!keeps_alive) break;
  }
  return answers;
}

Answer WholeServer::get(const std::string& target) {
  auto answers = serve("GET " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                       impl_->token + "\r\n\r\n");
  return answers.empty() ? Answer{} : answers.front();
}

std::map<std::string, std::uint64_t> WholeServer::outcomes() const {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& outcome : impl_->pipeline->outcomes_since_start()) {
    const std::string fate =
        outcome.drop_reason ? std::string(name_of(*outcome.drop_reason)) : "stored";
    counts[std::string(model::name_of(outcome.category)) + "/" + fate] += outcome.count;
  }
  return counts;
}

}  // namespace pagewake::testing
