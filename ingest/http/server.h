// The HTTP server: an event loop of ours (docs/decisions/0003, 0020). N workers
// share one epoll; a connection that waits holds a buffer and no thread, so
// idle, slow and hostile clients do not take workers away. Handlers may block
// (a report does, a password's check) and hold their worker meanwhile; an answer
// that goes on is handed to the stream loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "http/http.h"
#include "http/proxies.h"
#include "http/tls.h"

namespace pagewake::http {

// One answered request, for metrics and the access log.
struct Exchange {
  std::string request_id;
  std::string method, path, route;  // route "": none matched, or refused before routing
  std::string remote_address;
  int status = 0;
  std::int64_t duration_us = 0;  // from the complete request to the answer's last byte built
  std::size_t request_bytes = 0, response_bytes = 0;  // bodies
};

struct ServerOptions {
  std::string listen = "127.0.0.1:8790";        // HOST:PORT or [IPV6]:PORT; port 0 takes a free one
  std::size_t workers = 0;                      // 0: max(16, 4 * cores)
  std::size_t max_connections = 10'000;         // more are closed at once
  std::size_t max_connections_per_address = 0;  // 0: no limit of its own
  std::size_t max_buffered_bytes = std::size_t{256} << 20;  // of bodies being read; beyond it 503
  std::size_t max_head_bytes = limits::kHeaderBytes;
  // Whose X-Forwarded-For and X-Forwarded-Proto are believed; limits on
  // connections are by the connection's own address all the same.
  Networks trusted_proxies;
  std::shared_ptr<const TlsContext> tls;  // nullptr: plain HTTP
  // Absolute: a client that sends a byte now and then gains nothing.
  std::chrono::milliseconds idle_deadline{60'000};
  std::chrono::milliseconds head_deadline{limits::kRequestSeconds * 1000};
  std::chrono::milliseconds body_deadline{limits::kRequestSeconds * 1000};
  std::chrono::milliseconds write_deadline{30'000};
  // Of answers that go on (stream.h).
  std::chrono::milliseconds heartbeat{15'000};
  // After a refusal the rest of the body is read and thrown away for this
  // long: closing at once would reset the connection and lose the answer.
  std::chrono::milliseconds linger_deadline{2'000};
  std::function<void(const Exchange&)> on_exchange;  // on a worker's thread; may be empty
};

class Server {
 public:
  // Takes the port. Errors: "bad_listen" (not HOST:PORT), "listen_failed" (in
  // use, not allowed, no such address).
  static Result<std::unique_ptr<Server>> bind(ServerOptions options);
  ~Server();  // stop(0)

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8790"; https:// with TLS

  // Begins to accept. Once.
  void start(Router router);
  // Accepts no more, lets running requests finish, closes what is idle and ends
  // the streams.
  // True when every connection was done within `drain`; the rest is cut. The
  // handlers that still run are waited for. A second call does nothing.
  bool stop(std::chrono::milliseconds drain);

  std::size_t connections() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagewake::http
