// The whole request path without a socket: bytes into the framer, the router
// with the way in and the way out, the default steps, memory stores.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"
#include "pipeline/pipeline.h"
#include "storage/memory/memory_store.h"

namespace pagewake::testing {

struct Answer {
  int status = 0;
  std::string head, body;
};

class WholeServer {
 public:
  // Stands for the project's public key in requests: same length, known before.
  static constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";

  WholeServer();
  ~WholeServer();

  // Answers every request in `bytes`, as the reactor would on one connection:
  // until one asks to close or is refused. A request that is not complete has
  // no answer.
  std::vector<Answer> serve(std::string bytes);
  // GET with an admin token.
  Answer get(const std::string& target);

  // "request/malformed": 1, "event/stored": 2, … since start.
  std::map<std::string, std::uint64_t> outcomes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagewake::testing
