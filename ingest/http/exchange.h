// The only face of cpp-httplib's server half: one framed request in, the bytes
// of its answer out. Used by the reactor only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "http/framer.h"
#include "http/http.h"

namespace pagewake::http {

// One per worker: not safe for two threads at once.
class RequestRunner {
 public:
  explicit RequestRunner(int keep_alive_seconds);
  ~RequestRunner();

  // Lets cpp-httplib parse the request line and decode path and query, gives
  // the request to `handler`, and appends the whole answer to `out`.
  // `keep_alive` is asked after the handler, which may have run for a while,
  // and decided; its answer is given back.
  bool run(const Head& head, std::string body, const std::string& remote_address,
           const std::function<Response(Request&)>& handler,
           const std::function<bool()>& keep_alive, std::string& out);

  // Appends an answer to something that could not be parsed; closes.
  void refuse(Response response, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagewake::http
