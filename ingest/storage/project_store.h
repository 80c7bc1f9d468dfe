// Projects, keys and access tokens: small tables that change by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/records.h"

namespace pagewake::storage {

struct Project {
  model::ProjectId id = 0;
  std::string name;
  std::string public_key;                    // 32 hex digits, random
  std::vector<std::string> allowed_origins;  // empty: every origin
  std::int64_t created_at_unix_us = 0;
};

enum class Scope : std::uint8_t {
  kRead = 1,
  kWrite = 2,
  kAdmin = 3
};  // each includes the lower ones
std::string_view name_of(Scope scope);
std::optional<Scope> scope_from(std::string_view name);

struct Token {
  std::int64_t id = 0;
  std::string name;
  Scope scope = Scope::kRead;
  model::ProjectId project = 0;  // 0: every project, and the server's own routes
  std::int64_t created_at_unix_us = 0;
};

// Safe to call from many threads. Tokens and session secrets are stored only
// as SHA-256 hashes (they are 256-bit random, so a slow hash adds nothing).
class ProjectStore {
 public:
  virtual ~ProjectStore() = default;

  // Errors: "invalid_name" (1..100 characters), "invalid_origin" (scheme://host[:port]).
  virtual Result<Project> create_project(const std::string& name,
                                         const std::vector<std::string>& allowed_origins) = 0;
  virtual Result<std::vector<Project>> projects() = 0;
  virtual Result<std::optional<Project>> project(model::ProjectId) = 0;
  virtual Result<std::optional<Project>> project_by_key(const std::string& public_key) = 0;
  virtual Result<std::optional<Project>> update_project(
      model::ProjectId, const std::optional<std::string>& name,
      const std::optional<std::vector<std::string>>& allowed_origins) = 0;

  // Gives the secret once ("pwt_" + 43 characters base64url); only its hash stays.
  // Of one project, or of all (0).
  virtual Result<std::string> create_token(const std::string& name, Scope scope,
                                           model::ProjectId project = 0) = 0;
  // Registers a given secret (PAGEWAKE_ADMIN_TOKEN); idempotent.
  virtual Status ensure_token(const std::string& secret, const std::string& name, Scope scope) = 0;
  virtual Result<std::optional<Token>> token_by_secret(const std::string& secret) = 0;
  virtual Result<std::optional<Token>> token(std::int64_t id) = 0;
  virtual Result<std::vector<Token>> tokens() = 0;  // by id
  // Holds from the next request on. False where there is no such token.
  virtual Result<bool> revoke_token(std::int64_t id) = 0;
  virtual Result<bool> any_token() = 0;
};

}  // namespace pagewake::storage
