#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/channel.h"
#include "http/exchange.h"
#include "http/file.h"
#include "http/framer.h"
#include "http/stream_loop.h"

namespace pagewake::http {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBacklog = 4096;
constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::int64_t kNever = INT64_MAX;
constexpr std::int64_t kAcceptLineMs = 60'000;  // between two that say the same

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch())
      .count();
}

std::string system_error(int code) { return std::strerror(code); }

enum class Phase : std::uint8_t {
  kIdle,
  kHead,
  kBody,
  kHandling,
  kWriting,
  kLingering,
  kStreaming
};

// A request from its last byte to its answer.
struct Running {
  Request request;
  Clock::time_point begin;
  std::size_t request_bytes = 0;
  int minor_version = 1;
  bool may_keep_alive = false;
};

// Between two events nobody but the sweeper looks at a connection, and that
// only at the atomics; during an event exactly one worker owns it
// (EPOLLONESHOT).
struct Connection {
  Connection(int fd_, std::unique_ptr<TlsSession> tls, std::string address_, Framer framer_)
      : fd(fd_),
        channel(fd_, std::move(tls)),
        address(std::move(address_)),
        framer(std::move(framer_)) {}

  const int fd;
  Channel channel;
  const std::string address;
  std::atomic<Phase> phase{Phase::kIdle};
  std::atomic<bool> waits_for_room{false};  // as it was armed last
  std::atomic<std::int64_t> deadline_ms{kNever};
  std::atomic<bool> expired{false};

  Framer framer;
  std::string in;             // received, not yet framed (pipelined)
  std::string out;            // built, not yet sent
  std::size_t sent = 0;       // of `out`
  std::size_t accounted = 0;  // in the budget for bodies
  bool continue_sent = false;
  bool close_after_write = false;
  bool linger = false;                   // the client may still be sending
  Running running;                       // its request lives here while its answer is made
  std::shared_ptr<StreamSource> stream;  // of the answer being built
};

struct Address {
  std::string host, port;
};

std::optional<Address> split_listen(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  Address address{listen.substr(0, colon), listen.substr(colon + 1)};
  if (address.host.front() == '[') {
    if (address.host.size() < 3 || address.host.back() != ']') return std::nullopt;
    address.host = address.host.substr(1, address.host.size() - 2);
  } else if (address.host.find(':') != std::string::npos) {
    return std::nullopt;
  }
  if (address.port.empty() || address.port.size() > 5 ||
      address.port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(address.port) > 65535) {
    return std::nullopt;
  }
  return address;
}

std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text.data(),
              text.size());
  } else {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text.data(),
              text.size());
  }
  return text.data();
}

std::uint16_t port_of(const sockaddr_storage& address) {
  return ntohs(address.ss_family == AF_INET
                   ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                   : reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
}

// Told apart from those of another start by a random beginning.
class RequestIds {
 public:
  RequestIds() : next_((std::uint64_t{std::random_device()()} << 32) | std::random_device()()) {}
  std::string next() {
    // splitmix64: neighbours look nothing alike, so a part of one can be searched for.
    std::uint64_t z = next_.fetch_add(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    std::string id(16, '0');
    for (auto at = id.rbegin(); at != id.rend(); ++at, z >>= 4) *at = "0123456789abcdef"[z & 15];
    return id;
  }

 private:
  std::atomic<std::uint64_t> next_;
};

}  // namespace

struct Server::Impl {
  ServerOptions options;
  std::string host;
  std::uint16_t port = 0;
  Router router;
  File listener, accept_epoll, worker_epoll, wake_acceptor, wake_workers, wake_finisher;
  std::thread acceptor;
  std::vector<std::thread> workers;
  std::atomic<bool> stopping{false};
  bool started = false, stopped = false;
  std::atomic<std::size_t> buffered_bytes{0};
  RequestIds request_ids;
  std::unique_ptr<StreamLoop> streams;

  // Answers that came later (Response::later): handed from the thread that made
  // them possible to a worker.
  struct Ready {
    Connection* connection;
    Finish finish;
  };
  std::mutex ready_mutex;
  std::vector<Ready> ready;
  std::atomic<std::size_t> parked{0};  // connections whose answer comes later

  mutable std::mutex mutex;  // guards what follows; a connection is freed under it
  std::condition_variable emptied;
  std::unordered_map<int, std::unique_ptr<Connection>> connections;
  std::unordered_map<std::string, std::size_t> per_address;

  // --- accepting and deadlines: one thread ---

  void accept_loop() {
    const auto shortest =
        std::min({options.idle_deadline, options.head_deadline, options.body_deadline,
                  options.write_deadline, options.linger_deadline});
    int tick_ms = static_cast<int>(std::clamp<std::int64_t>(shortest.count() / 4, 10, 1000));
    std::int64_t next_sweep = now_ms() + tick_ms;
    bool listening = true;
    while (true) {
      std::array<epoll_event, 2> events;
      const int wait = static_cast<int>(std::max<std::int64_t>(0, next_sweep - now_ms()));
      const int n = epoll_wait(accept_epoll.get(), events.data(), events.size(), wait);
      for (int i = 0; i < n; ++i) {
        if (events[i].data.fd == wake_acceptor.get()) {
          std::uint64_t count;
          if (read(wake_acceptor.get(), &count, sizeof count) < 0) continue;
        } else if (listening && !accept_some()) {
          // Out of file descriptors: level-triggered epoll would spin. Look
          // again at the next sweep, when some may have been closed.
          epoll_ctl(accept_epoll.get(), EPOLL_CTL_DEL, listener.get(), nullptr);
          listening = false;
        }
      }
      if (finished.load()) return;
      if (stopping.load()) {
        if (listener.get() >= 0) listener.close();
        listening = true;  // nothing to add back
        tick_ms = 10;
      }
      if (now_ms() >= next_sweep) {
        sweep();
        next_sweep = now_ms() + tick_ms;
        if (!listening) {
          watch_listener();
          listening = true;
        }
      }
    }
  }

  void watch_listener() {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listener.get();
    epoll_ctl(accept_epoll.get(), EPOLL_CTL_ADD, listener.get(), &event);
  }

  std::int64_t next_accept_line_ms = 0;

  // False when the process can open no more.
  bool accept_some() {
    while (!stopping.load()) {
      sockaddr_storage address{};
      socklen_t length = sizeof address;
      const int fd = accept4(listener.get(), reinterpret_cast<sockaddr*>(&address), &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
          if (now_ms() >= next_accept_line_ms) {
            spdlog::warn("connections wait, the system gives no more: {}", system_error(errno));
            next_accept_line_ms = now_ms() + kAcceptLineMs;
          }
          return false;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
        continue;  // the client was gone already
      }
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      admit(fd, text_of(address));
    }
    return true;
  }

  void admit(int fd, std::string address) {
    std::unique_ptr<TlsSession> tls;
    if (options.tls && !(tls = options.tls->accept(fd))) {
      ::close(fd);
      return;
    }
    auto connection = std::make_unique<Connection>(
        fd, std::move(tls), address,
        Framer([this](const Head& head) { return body_rule(head).max_bytes; },
               options.max_head_bytes));
    connection->deadline_ms = now_ms() + options.head_deadline.count();
    connection->phase = Phase::kIdle;
    Connection* raw = connection.get();
    {
      const std::lock_guard lock(mutex);
      auto& of_address = per_address[address];
      if (connections.size() >= options.max_connections ||
          (options.max_connections_per_address != 0 &&
           of_address >= options.max_connections_per_address)) {
        if (of_address == 0) per_address.erase(address);
        ::close(fd);
        return;
      }
      ++of_address;
      connections.emplace(fd, std::move(connection));
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.ptr = raw;
    if (epoll_ctl(worker_epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) drop(*raw);
  }

  // Wakes the worker of each connection whose time is up by shutting down its
  // socket; the worker then decides what to do.
  void sweep() {
    const std::int64_t now = now_ms();
    const std::lock_guard lock(mutex);
    for (auto& [fd, connection] : connections) {
      // stop() may have looked just before a worker put this one to rest.
      if (stopping.load() && connection->phase.load() == Phase::kIdle) end_reading(*connection);
      if (connection->deadline_ms.load() > now) continue;
      connection->deadline_ms = kNever;
      connection->expired = true;
      // Reading only: the answer 408 can still be written.
      const Phase phase = connection->phase.load();
      if (phase == Phase::kHead || phase == Phase::kBody || phase == Phase::kIdle) {
        end_reading(*connection);
      } else {
        shutdown(fd, SHUT_RDWR);
      }
    }
  }

  // Whoever waits for room (a handshake may) is not woken by the end of reading.
  static void end_reading(const Connection& connection) {
    shutdown(connection.fd, connection.waits_for_room.load() ? SHUT_RDWR : SHUT_RD);
  }

  // --- workers ---

  void work() {
    std::vector<char> buffer(kReadBytes);
    while (true) {
      epoll_event event;
      const int n = epoll_wait(worker_epoll.get(), &event, 1, -1);
      if (n < 0 && errno != EINTR) return;
      if (n <= 0) continue;
      if (event.data.ptr == nullptr) return;  // wake_workers: stays readable for the others
      if (event.data.ptr == &ready) {
        finish_ready(buffer);
        continue;
      }
      serve(*static_cast<Connection*>(event.data.ptr), buffer);
    }
  }

  // `wants`: what the last step of the channel wanted.
  void arm(Connection& connection, Io wants, Phase phase, std::int64_t deadline_ms) {
    const int fd = connection.fd;
    epoll_event event{};
    event.events = (wants == Io::kWantsWrite ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT;
    event.data.ptr = &connection;
    connection.waits_for_room.store(wants == Io::kWantsWrite, std::memory_order_relaxed);
    connection.deadline_ms = deadline_ms;
    // Last: the next worker's load of the phase takes over all that this one
    // wrote. After epoll_ctl the connection may already be gone.
    connection.phase = phase;
    epoll_ctl(worker_epoll.get(), EPOLL_CTL_MOD, fd, &event);
  }

  void drop(Connection& connection) {
    account(connection, 0);
    connection.channel.say_end();
    const int fd = connection.fd;
    const std::lock_guard lock(mutex);
    const auto address = per_address.find(connection.address);
    if (address != per_address.end() && --address->second == 0) per_address.erase(address);
    connections.erase(fd);
    ::close(fd);
    if (connections.empty()) emptied.notify_all();
  }

  // False when the bodies being read would exceed the budget together; this
  // connection's share is then given back in the same step, so that of two that
  // come at once only one is refused.
  bool account(Connection& connection, std::size_t bytes) {
    const std::size_t before = connection.accounted;
    std::size_t total = buffered_bytes.load();
    bool fits = true;
    do {
      fits = bytes <= before || total - before + bytes <= options.max_buffered_bytes;
      connection.accounted = fits ? bytes : 0;
    } while (!buffered_bytes.compare_exchange_weak(total, total - before + connection.accounted));
    return fits;
  }

  void serve(Connection& connection, std::vector<char>& buffer) {
    // Nothing may close it under our hands: the deadline is set again by arm().
    const Phase phase = connection.phase.load();
    const std::int64_t deadline = connection.deadline_ms.exchange(kNever);
    if (phase == Phase::kLingering) {
      linger(connection, deadline, buffer);
      return;
    }
    if (phase == Phase::kWriting) {
      if (!flush(connection, deadline)) return;
      if (!after_write(connection, buffer)) return;
      read_on(connection, next_deadline(Phase::kIdle), Phase::kIdle, buffer);
      return;
    }
    read_on(connection, deadline, phase, buffer);
  }

  std::int64_t next_deadline(Phase phase) const {
    const auto length = phase == Phase::kIdle      ? options.idle_deadline
                        : phase == Phase::kHead    ? options.head_deadline
                        : phase == Phase::kBody    ? options.body_deadline
                        : phase == Phase::kWriting ? options.write_deadline
                                                   : options.linger_deadline;
    return now_ms() + length.count();
  }

  // Reads, frames and answers until there is nothing left to do now.
  void read_on(Connection& connection, std::int64_t deadline, Phase phase,
               std::vector<char>& buffer) {
    Framer& framer = connection.framer;
    while (true) {
      std::string_view bytes = connection.in;
      bool from_socket = false;
      if (bytes.empty()) {
        const auto [io, n] = connection.channel.receive(buffer.data(), buffer.size());
        if (io == Io::kWantsRead || io == Io::kWantsWrite) {
          if (phase == Phase::kIdle) return rest(connection, deadline, io);
          return arm(connection, io, phase, deadline);
        }
        if (io == Io::kPlainHttp) {
          connection.channel.become_plain();
          return refuse(connection,
                        error_response(400, "plain_http",
                                       "this port speaks HTTPS: ask for https:// instead of "
                                       "http://"),
                        buffer);
        }
        if (io != Io::kDone) {
          if (io == Io::kClosed && connection.expired.load() && framer.started()) {
            return refuse(connection, error_response(408, "timeout", "the request took too long"),
                          buffer);
          }
          return drop(connection);  // gone, or half a request and then gone
        }
        bytes = {buffer.data(), n};
        from_socket = true;
      }
      const std::size_t taken = framer.feed(bytes);
      if (from_socket) {
        connection.in.assign(bytes.substr(taken));
      } else {
        connection.in.erase(0, taken);
      }
      if (!account(connection, framer.body_bytes())) {
        auto response =
            error_response(503, "overloaded", "too many bodies are being received at once");
        response.set_header("Retry-After", "1");
        return refuse(connection, response, buffer);
      }
      switch (framer.state()) {
        case Framer::State::kFailed:
          return answer_failure(connection, buffer);
        case Framer::State::kComplete:
          if (!answer(connection, buffer)) return;
          phase = Phase::kIdle;
          deadline = next_deadline(Phase::kIdle);
          if (all_read(connection)) return rest(connection, deadline);
          break;
        case Framer::State::kHead:
          if (phase == Phase::kIdle && framer.started()) {
            connection.phase = phase = Phase::kHead;  // stop() lets it finish
            deadline = next_deadline(Phase::kHead);
          }
          break;
        case Framer::State::kBody:
          if (phase != Phase::kBody) {
            connection.phase = phase = Phase::kBody;
            const auto own = body_rule(framer.head()).deadline;
            deadline = own.count() > 0 ? now_ms() + own.count() : next_deadline(Phase::kBody);
          }
          if (framer.head().expects_continue && !connection.continue_sent) {
            connection.continue_sent = true;
            constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
            // A fresh connection's send buffer has room for 25 bytes; where not
            // even that is so, they go before the answer, and the client sends
            // its body after a while anyway.
            if (framer.body_bytes() == 0) {
              connection.out += kContinue;
              send_built(connection);
            }
          }
          break;
      }
    }
  }

  // Between two requests. What came meanwhile wakes a worker at once.
  void rest(Connection& connection, std::int64_t deadline, Io wants = Io::kWantsRead) {
    if (stopping.load()) return drop(connection);
    arm(connection, wants, Phase::kIdle, deadline);
  }

  // Nothing of the client waits where epoll does not see it.
  static bool all_read(const Connection& connection) {
    return connection.in.empty() && !connection.channel.holds_bytes();
  }

  const BodyRule& body_rule(const Head& head) const {
    // A percent-encoded path is given the default here; clients do not encode
    // these routes, and the default is the strictest.
    return router.body_rule(head.method,
                            std::string_view(head.target).substr(0, head.target.find('?')));
  }

  // Runs the complete request. False when the connection is no longer ours.
  bool answer(Connection& connection, std::vector<char>& buffer) {
    connection.phase = Phase::kHandling;
    take_request(connection, connection.framer.take_body(), connection.framer.head().keep_alive);
    Response response = handled(connection.running.request,
                                [this](Request& request) { return router.route(request); });
    if (response.later) {
      park(connection, response.later);
      return false;
    }
    return finish(connection, response, buffer);
  }

  // From here on the connection belongs to the worker that finishes it, maybe
  // before this returns.
  void park(Connection& connection, const std::function<void(std::function<void(Finish)>)>& later) {
    ++parked;
    later([this, &connection](Finish finish) {
      bool first = false;
      {
        const std::lock_guard lock(ready_mutex);
        first = ready.empty();
        ready.push_back({&connection, std::move(finish)});
      }
      if (first) wake(wake_finisher);
    });
  }

  // What a group commit made ready comes at once: a worker takes a share and
  // wakes the next one for the rest.
  void finish_ready(std::vector<char>& buffer) {
    constexpr std::size_t kShare = 16;
    std::vector<Ready> share;
    while (true) {
      bool more = false;
      share.clear();
      {
        const std::lock_guard lock(ready_mutex);
        const std::size_t n = std::min(kShare, ready.size());
        const auto end = ready.begin() + static_cast<std::ptrdiff_t>(n);
        share.assign(std::make_move_iterator(ready.begin()), std::make_move_iterator(end));
        ready.erase(ready.begin(), end);
        more = !ready.empty();
      }
      if (share.empty()) return;
      if (more) wake(wake_finisher);
      for (Ready& one : share) unpark(*one.connection, one.finish, buffer);
    }
  }

  void unpark(Connection& connection, Finish& finish_later, std::vector<char>& buffer) {
    const Response response =
        handled(connection.running.request, [&](Request&) { return finish_later(); });
    finish_later = nullptr;  // it may hold what the request was made of
    if (finish(connection, response, buffer)) {
      const std::int64_t deadline = next_deadline(Phase::kIdle);
      if (all_read(connection)) {
        rest(connection, deadline);
      } else {
        read_on(connection, deadline, Phase::kIdle, buffer);
      }
    }
    if (--parked == 0 && stopping.load()) {
      const std::lock_guard lock(mutex);
      emptied.notify_all();
    }
  }

  // Sends the answer. False when the connection is no longer ours.
  bool finish(Connection& connection, const Response& response, std::vector<char>& buffer) {
    connection.close_after_write = !append(connection, response);
    connection.framer.reset();
    account(connection, 0);
    connection.continue_sent = false;
    if (connection.stream) {
      hand_over(connection);
      return false;
    }
    if (!flush(connection, next_deadline(Phase::kWriting))) return false;
    return after_write(connection, buffer);
  }

  // From now on the stream loop owns it; it gives the socket back to be closed.
  void hand_over(Connection& connection) {
    const int fd = connection.fd;
    auto source = std::move(connection.stream);
    std::string head = std::move(connection.out);
    head.erase(0, connection.sent);
    connection.in = {};
    connection.phase = Phase::kStreaming;
    epoll_ctl(worker_epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
    streams->add(fd, connection.channel, std::move(head), std::move(source));
  }

  void stream_ended(int fd) {
    Connection* connection = nullptr;
    {
      const std::lock_guard lock(mutex);
      connection = connections.at(fd).get();
    }
    drop(*connection);
  }

  void take_request(Connection& connection, std::string body, bool may_keep_alive) {
    Head& head = connection.framer.head();
    auto client = client_of(connection.address, connection.channel.secure(), head.headers,
                            options.trusted_proxies);
    Running& running = connection.running;
    running.begin = Clock::now();
    running.request_bytes = body.size();
    running.minor_version = head.minor_version;
    running.may_keep_alive = may_keep_alive;
    running.request = request_of(head, std::move(body), std::move(client.address));
    running.request.id = request_ids.next();
    running.request.secure = client.secure;
  }

  // Appends the answer to the request that runs, which ends with it. True when
  // the connection goes on with another one.
  bool append(Connection& connection, const Response& response) {
    Running running = std::exchange(connection.running, {});
    Request& request = running.request;
    const bool head_only = request.method == "HEAD";
    if (!head_only) connection.stream = response.stream;
    // Only now: the handler may have run for a while.
    const bool keeps_alive = running.may_keep_alive && !connection.stream && !stopping.load();
    append_answer(response, answer_form(head_only, running.minor_version, keeps_alive, request.id),
                  connection.out);
    if (!options.on_exchange) return keeps_alive;
    Exchange exchange;
    exchange.request_id = std::move(request.id);
    exchange.method = std::move(request.method);
    exchange.path = std::move(request.path);
    exchange.route = std::move(request.route);
    exchange.remote_address = std::move(request.remote_address);
    exchange.status = response.status;
    exchange.request_bytes = running.request_bytes;
    exchange.response_bytes = response.body.size();
    exchange.duration_us =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - running.begin).count();
    options.on_exchange(exchange);
    return keeps_alive;
  }

  // A worker must not end with a handler that throws; Router::route() does not,
  // a rule's own answer may.
  template <typename F>
  static Response handled(Request& request, const F& handler) {
    try {
      return handler(request);
    } catch (const std::exception& e) {
      spdlog::error("the answer to {} {} failed: {}", request.method, request.route, e.what());
      return error_response(500, "internal", "the server failed on this request; its log says why");
    }
  }

  AnswerForm answer_form(bool head_only, int minor_version, bool keep_alive,
                         std::string_view request_id) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options.idle_deadline);
    return {head_only, minor_version, keep_alive,
            static_cast<int>(std::max<std::int64_t>(1, seconds.count())), request_id};
  }

  // The framer refused. Where the head is known, the route's own rule may
  // answer (it counts the refusal and knows its CORS headers).
  void answer_failure(Connection& connection, std::vector<char>& buffer) {
    const Framer& framer = connection.framer;
    const FramingError& error = framer.error();
    if (error.status == 413 && framer.head_complete()) {
      const BodyRule& rule = body_rule(framer.head());
      take_request(connection, {}, false);
      append(connection, handled(connection.running.request, [&](Request& request) {
               return rule.too_large ? rule.too_large(request) : too_large_response(rule.max_bytes);
             }));
      return finish_refusal(connection, buffer);
    }
    refuse(connection, error_response(error.status, error.code, error.message), buffer);
  }

  void refuse(Connection& connection, const Response& response, std::vector<char>& buffer) {
    if (options.on_exchange) {
      Exchange exchange;
      exchange.request_id = request_ids.next();
      exchange.method = connection.framer.head().method;
      exchange.remote_address = connection.address;
      exchange.status = response.status;
      exchange.response_bytes = response.body.size();
      options.on_exchange(exchange);
    }
    append_answer(response, answer_form(false, 1, false, {}), connection.out);
    finish_refusal(connection, buffer);
  }

  void finish_refusal(Connection& connection, std::vector<char>& buffer) {
    connection.close_after_write = true;
    connection.linger = true;
    connection.in.clear();
    connection.framer.reset();
    account(connection, 0);
    if (flush(connection, next_deadline(Phase::kWriting))) after_write(connection, buffer);
  }

  // Sends of what is built as much as there is room for: kDone with all of it.
  static Io send_built(Connection& connection) {
    while (connection.sent < connection.out.size()) {
      const auto [io, n] =
          connection.channel.send(std::string_view(connection.out).substr(connection.sent));
      if (io != Io::kDone) return io;
      connection.sent += n;
    }
    // Keep a small buffer for the next answer, give a large one back.
    if (connection.out.capacity() > kReadBytes) connection.out = {};
    connection.out.clear();
    connection.sent = 0;
    return Io::kDone;
  }

  // Sends what is built. False when the connection is no longer ours (waiting
  // for room, or closed).
  bool flush(Connection& connection, std::int64_t deadline) {
    const Io io = send_built(connection);
    if (io == Io::kDone) return true;
    if (io == Io::kWantsRead || io == Io::kWantsWrite) {
      arm(connection, io, Phase::kWriting, deadline);
    } else {
      drop(connection);
    }
    return false;
  }

  // True when the connection goes on to its next request.
  bool after_write(Connection& connection, std::vector<char>& buffer) {
    if (!connection.close_after_write) return true;
    if (connection.linger) {
      connection.channel.say_end();
      shutdown(connection.fd, SHUT_WR);
      linger(connection, next_deadline(Phase::kLingering), buffer);
    } else {
      drop(connection);
    }
    return false;
  }

  void linger(Connection& connection, std::int64_t deadline, std::vector<char>& buffer) {
    while (true) {
      const auto [io, n] = connection.channel.receive_raw(buffer.data(), buffer.size());
      if (io == Io::kDone && now_ms() < deadline && !connection.expired.load()) continue;
      if (io == Io::kWantsRead && !connection.expired.load()) {
        return arm(connection, io, Phase::kLingering, deadline);
      }
      return drop(connection);
    }
  }

  std::atomic<bool> finished{false};

  void wake(const File& file) {
    const std::uint64_t one = 1;
    if (write(file.get(), &one, sizeof one) < 0)
      spdlog::error("cannot wake a thread: {}", system_error(errno));
  }

  bool stop(std::chrono::milliseconds drain) {
    if (stopped) return true;
    stopped = true;
    stopping = true;
    bool drained = true;
    if (started) {
      wake(wake_acceptor);
      streams->end_all();
      std::unique_lock lock(mutex);
      for (auto& [fd, connection] : connections) {
        if (connection->phase.load() == Phase::kIdle) end_reading(*connection);
      }
      drained = emptied.wait_for(lock, drain, [&] { return connections.empty(); });
      for (auto& [fd, connection] : connections) shutdown(fd, SHUT_RDWR);
      // Whoever makes an answer later holds a connection until then.
      emptied.wait(lock, [&] { return parked.load() == 0; });
      lock.unlock();
      finished = true;
      wake(wake_acceptor);
      wake(wake_workers);
      acceptor.join();
      for (auto& worker : workers) worker.join();
      streams.reset();
      for (auto& [fd, connection] : connections) ::close(fd);
      connections.clear();
    }
    listener.close();
    return drained;
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { impl_->stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::bind(ServerOptions options) {
  const auto address = split_listen(options.listen);
  if (!address) {
    return Error{"bad_listen", "\"" + options.listen +
                                   "\" is not HOST:PORT, for example 127.0.0.1:8790 or [::1]:8790"};
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (const int code = getaddrinfo(address->host.c_str(), address->port.c_str(), &hints, &list);
      code != 0) {
    return Error{"listen_failed", "cannot listen on " + options.listen + ": " + gai_strerror(code)};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> guard(list, freeaddrinfo);
  auto impl = std::make_unique<Impl>();
  int failure = 0;
  for (const addrinfo* candidate = list; candidate != nullptr; candidate = candidate->ai_next) {
    File fd(socket(candidate->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (fd.get() >= 0) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd.get() >= 0 && ::bind(fd.get(), candidate->ai_addr, candidate->ai_addrlen) == 0 &&
        listen(fd.get(), kBacklog) == 0) {
      impl->listener = std::move(fd);
      break;
    }
    failure = errno;
  }
  if (impl->listener.get() < 0) {
    return Error{"listen_failed",
                 "cannot listen on " + options.listen + ": " + system_error(failure)};
  }
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  getsockname(impl->listener.get(), reinterpret_cast<sockaddr*>(&bound), &length);
  impl->port = port_of(bound);
  impl->host = address->host;
  impl->accept_epoll = File(epoll_create1(EPOLL_CLOEXEC));
  impl->worker_epoll = File(epoll_create1(EPOLL_CLOEXEC));
  impl->wake_acceptor = File(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  impl->wake_workers = File(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  impl->wake_finisher = File(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = impl->wake_acceptor.get();
  bool ok =
      epoll_ctl(impl->accept_epoll.get(), EPOLL_CTL_ADD, impl->wake_acceptor.get(), &event) == 0;
  event.data.ptr = nullptr;
  ok = ok &&
       epoll_ctl(impl->worker_epoll.get(), EPOLL_CTL_ADD, impl->wake_workers.get(), &event) == 0;
  event.events = EPOLLIN | EPOLLET;  // each write wakes one worker; nobody reads it
  event.data.ptr = &impl->ready;
  ok = ok &&
       epoll_ctl(impl->worker_epoll.get(), EPOLL_CTL_ADD, impl->wake_finisher.get(), &event) == 0;
  if (!ok) return Error{"listen_failed", "cannot set up the event loop: " + system_error(errno)};
  if (options.workers == 0)
    options.workers = std::max<std::size_t>(16, 4 * std::thread::hardware_concurrency());
  impl->options = std::move(options);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->port; }

std::string Server::url() const {
  const bool v6 = impl_->host.find(':') != std::string::npos;
  return (impl_->options.tls ? "https://" : "http://") +
         (v6 ? "[" + impl_->host + "]" : impl_->host) + ":" + std::to_string(impl_->port);
}

std::size_t Server::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connections.size();
}

void Server::start(Router router) {
  impl_->router = std::move(router);
  impl_->started = true;
  impl_->watch_listener();
  impl_->streams =
      std::make_unique<StreamLoop>(impl_->options.heartbeat, impl_->options.write_deadline,
                                   [impl = impl_.get()](int fd) { impl->stream_ended(fd); });
  impl_->acceptor = std::thread([impl = impl_.get()] { impl->accept_loop(); });
  for (std::size_t i = 0; i < impl_->options.workers; ++i) {
    impl_->workers.emplace_back([impl = impl_.get()] { impl->work(); });
  }
}

bool Server::stop(std::chrono::milliseconds drain) { return impl_->stop(drain); }

}  // namespace pagewake::http
