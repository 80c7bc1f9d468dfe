#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include "storage/memory/memory_store.h"
#include "storage/project_rules.h"

namespace pagewake::storage {
namespace {

std::int64_t now_unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class Store final : public ProjectStore {
 public:
  Result<Project> create_project(const std::string& name,
                                 const std::vector<std::string>& allowed_origins) override {
    if (Status checked = check_name(name); !checked) return checked.error();
    auto origins = canonical_origins(allowed_origins);
    if (!origins) return origins.error();
    const std::lock_guard lock(mutex_);
    Project project;
    project.id = next_project_id_++;
    project.name = name;
    project.public_key = random_public_key();
    project.allowed_origins = std::move(*origins);
    project.created_at_unix_us = now_unix_us();
    projects_[project.id] = project;
    return project;
  }

  Result<std::vector<Project>> projects() override {
    const std::lock_guard lock(mutex_);
    std::vector<Project> out;
    for (const auto& [id, project] : projects_) out.push_back(project);
    return out;
  }

  Result<std::optional<Project>> project(model::ProjectId id) override {
    const std::lock_guard lock(mutex_);
    const auto at = projects_.find(id);
    return at == projects_.end() ? std::optional<Project>() : at->second;
  }

  Result<std::optional<Project>> project_by_key(const std::string& public_key) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, project] : projects_) {
      if (project.public_key == public_key) return std::optional(project);
    }
    return std::optional<Project>();
  }

  Result<std::optional<Project>> update_project(
      model::ProjectId id, const std::optional<std::string>& name,
      const std::optional<std::vector<std::string>>& allowed_origins) override {
    if (name) {
      if (Status checked = check_name(*name); !checked) return checked.error();
    }
    auto origins = canonical_origins(allowed_origins.value_or(std::vector<std::string>()));
    if (!origins) return origins.error();
    const std::lock_guard lock(mutex_);
    const auto at = projects_.find(id);
    if (at == projects_.end()) return std::optional<Project>();
    if (name) at->second.name = *name;
    if (allowed_origins) at->second.allowed_origins = std::move(*origins);
    return std::optional(at->second);
  }

  Result<std::string> create_token(const std::string& name, Scope scope,
                                   model::ProjectId project) override {
    if (Status checked = check_name(name); !checked) return checked.error();
    std::string secret = random_token();
    const std::lock_guard lock(mutex_);
    put_token(secret, name, scope, project);
    return secret;
  }

  Status ensure_token(const std::string& secret, const std::string& name, Scope scope) override {
    if (secret.empty()) return Error{"invalid_token", "a token's secret must not be empty"};
    if (Status checked = check_name(name); !checked) return checked.error();
    const std::lock_guard lock(mutex_);
    put_token(secret, name, scope, 0);
    return Done{};
  }

  Result<std::optional<Token>> token_by_secret(const std::string& secret) override {
    const std::lock_guard lock(mutex_);
    const auto at = tokens_.find(sha256(secret));
    return at == tokens_.end() ? std::optional<Token>() : at->second;
  }

  Result<std::optional<Token>> token(std::int64_t id) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [hash, token] : tokens_) {
      if (token.id == id) return std::optional(token);
    }
    return std::optional<Token>();
  }

  Result<std::vector<Token>> tokens() override {
    const std::lock_guard lock(mutex_);
    std::vector<Token> out;
    for (const auto& [hash, token] : tokens_) out.push_back(token);
    std::sort(out.begin(), out.end(), [](const Token& a, const Token& b) { return a.id < b.id; });
    return out;
  }

  Result<bool> revoke_token(std::int64_t id) override {
    const std::lock_guard lock(mutex_);
    return std::erase_if(tokens_, [id](const auto& entry) { return entry.second.id == id; }) > 0;
  }

  Result<bool> any_token() override {
    const std::lock_guard lock(mutex_);
    return !tokens_.empty();
  }

 private:
  void put_token(const std::string& secret, const std::string& name, Scope scope,
                 model::ProjectId project) {
    Token& token = tokens_[sha256(secret)];
    if (token.id == 0) {
      token.id = next_token_id_++;
      token.created_at_unix_us = now_unix_us();
    }
    token.name = name;
    token.scope = scope;
    token.project = project;
  }

  std::mutex mutex_;
  std::map<model::ProjectId, Project> projects_;
  std::map<std::string, Token> tokens_;  // by the secret's hash
  model::ProjectId next_project_id_ = 1;
  std::int64_t next_token_id_ = 1;
};

}  // namespace

std::unique_ptr<ProjectStore> make_memory_project_store() { return std::make_unique<Store>(); }

}  // namespace pagewake::storage
