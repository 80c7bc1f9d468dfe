// Sends bodies over keep-alive connections and tells what came back, as one
// line of JSON. One thread. Closed loop: each connection sends its next request
// when it has the answer. Open loop (--rate): requests fall due by the clock,
// and their time counts from then, also while all connections are busy, so that
// a stall is not left out of the percentiles (coordinated omission).
//
//   ingest_load --port P --path /api/1/beacon/?key=K [--body beacon|json|otlp]
//     [--connections 64] [--seconds 5] [--rate 0] [--errors-every 8] [--seed 1]
//     [--idle N]   so many more connections, each after one answered request
//     [--half N]   so many more with half a request sent
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bodies.h"

namespace {

using namespace pagewake::bench;
using Clock = std::chrono::steady_clock;

// A body's times are the browser's: an old one would be a wrong clock's.
constexpr std::int64_t kFreshMs = 1'500;

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "ingest_load: %s\n", message.c_str());
  std::exit(1);
}

struct Settings {
  std::uint16_t port = 0;
  std::string path = "/";
  Kind kind = Kind::kBeacon;
  std::size_t connections = 64, idle = 0, half = 0, errors_every = 8;
  double seconds = 5, rate = 0;
  std::uint64_t seed = 1;
};

Settings parse(int argc, char** argv) {
  Settings settings;
  const auto number = [](std::string_view name, std::string_view text, auto& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size())
      fail(std::string(name) + " needs a number");
  };
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) fail(std::string(name) + " needs a value");
    const std::string_view value = argv[i + 1];
    if (name == "--port")
      number(name, value, settings.port);
    else if (name == "--path")
      settings.path = value;
    else if (name == "--connections")
      number(name, value, settings.connections);
    else if (name == "--idle")
      number(name, value, settings.idle);
    else if (name == "--half")
      number(name, value, settings.half);
    else if (name == "--errors-every")
      number(name, value, settings.errors_every);
    else if (name == "--seconds")
      number(name, value, settings.seconds);
    else if (name == "--rate")
      number(name, value, settings.rate);
    else if (name == "--seed")
      number(name, value, settings.seed);
    else if (name == "--body" && value == "beacon")
      settings.kind = Kind::kBeacon;
    else if (name == "--body" && value == "json")
      settings.kind = Kind::kJson;
    else if (name == "--body" && value == "otlp")
      settings.kind = Kind::kOtlp;
    else
      fail("unknown option " + std::string(name) + " " + std::string(value));
  }
  if (settings.port == 0) fail("--port is missing");
  return settings;
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    fail(std::string("cannot connect: ") + std::strerror(errno));
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) fail(std::string("cannot send: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Bytes of the first answer in `in` when it is complete, else 0.
std::size_t answer_bytes(std::string_view in) {
  const auto end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  const auto head = in.substr(0, end + 2);
  constexpr std::string_view kLength = "Content-Length: ";
  if (const auto at = head.find(kLength); at != std::string_view::npos) {
    std::size_t length = 0;
    std::from_chars(head.data() + at + kLength.size(), head.data() + head.size(), length);
    return in.size() >= end + 4 + length ? end + 4 + length : 0;
  }
  if (head.find("Transfer-Encoding: chunked") == std::string_view::npos) return end + 4;
  const auto last = in.find("0\r\n\r\n", end + 4);
  return last == std::string_view::npos ? 0 : last + 5;
}

class Load {
 public:
  explicit Load(const Settings& settings) : settings_(settings), random_(settings.seed) {
    for (std::size_t i = 0; i < kVisits; ++i) bodies_.push_back(make_body(i));
    // What Chrome 130 sends with a beacon to another origin.
    head_ = "POST " + settings.path +
            " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(settings.port) +
            "\r\nConnection: keep-alive\r\n";
    head_ +=
        settings.kind == Kind::kOtlp
            ? "User-Agent: OTel-OTLP-Exporter-Python/1.29.0\r\nAccept-Encoding: gzip, deflate\r\n"
              "Accept: */*\r\nContent-Type: application/x-protobuf\r\n"
            : "sec-ch-ua: \"Chromium\";v=\"130\", \"Not?A_Brand\";v=\"99\"\r\nsec-ch-ua-mobile: "
              "?1\r\n"
              "sec-ch-ua-platform: \"Android\"\r\nUser-Agent: Mozilla/5.0 (Linux; Android 10; K) "
              "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36\r\n"
              "Content-Type: text/plain;charset=UTF-8\r\nAccept: */*\r\n"
              "Origin: https://shop.example\r\nSec-Fetch-Site: cross-site\r\n"
              "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty\r\n"
              "Referer: https://shop.example/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
              "Accept-Language: en-GB,en;q=0.9\r\n";
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    for (std::size_t i = 0; i < settings.idle; ++i) beside_.push_back(idle_connection());
    for (std::size_t i = 0; i < settings.half; ++i) {
      beside_.push_back(connect_to(settings.port));
      send_all(beside_.back(), head_ + "Content-Length: 2000\r\n\r\nhalf");
    }
    connections_.resize(settings.connections);
    for (Connection& connection : connections_) {
      connection.fd = connect_to(settings.port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = &connection;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    }
  }

  void run() {
    const auto start = Clock::now();
    const auto end = start + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(settings_.seconds));
    const bool open_loop = settings_.rate > 0;
    const std::chrono::duration<double> gap(open_loop ? 1 / settings_.rate : 0);
    std::size_t made = 0;  // open loop: how many fell due so far
    const auto due_at = [&](std::size_t n) {
      return start + std::chrono::duration_cast<Clock::duration>(gap * static_cast<double>(n));
    };
    std::deque<Connection*> free;  // in turn, so that none is idle for as long as it may be
    for (Connection& connection : connections_) free.push_back(&connection);
    if (!open_loop) {
      for (Connection* connection : free) send_request(*connection, Clock::now());
      free.clear();
    }
    std::size_t busy = open_loop ? 0 : connections_.size();
    std::deque<Clock::time_point> waiting;
    std::vector<epoll_event> events(256);
    while (true) {
      auto now = Clock::now();
      const bool over = now >= end;
      if (over && busy == 0 && waiting.empty()) break;
      if (over && now >= end + std::chrono::seconds(10))
        fail("answers are missing 10 s after the end");
      if (open_loop) {
        for (; !over && due_at(made) <= now; ++made) waiting.push_back(due_at(made));
        for (; !waiting.empty() && !free.empty(); waiting.pop_front(), free.pop_front(), ++busy)
          send_request(*free.front(), waiting.front());
      }
      timespec wait{0, 100'000'000};
      if (open_loop && !over && !free.empty()) {
        const auto ns =
            std::chrono::duration_cast<std::chrono::nanoseconds>(due_at(made) - now).count();
        wait.tv_nsec = std::clamp<std::int64_t>(ns, 0, wait.tv_nsec);
      }
      const int n =
          epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
      now = Clock::now();
      for (int i = 0; i < n; ++i) {
        Connection& connection =
            *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (!take_answer(connection, now)) continue;
        if (open_loop) {
          free.push_back(&connection);
          --busy;
        } else if (now < end) {
          send_request(connection, now);
        } else {
          --busy;
        }
      }
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
  }

  void print() {
    std::sort(latencies_us_.begin(), latencies_us_.end());
    const auto at = [&](double share) {
      if (latencies_us_.empty()) return 0.0;
      const auto i =
          static_cast<std::size_t>(share * static_cast<double>(latencies_us_.size() - 1));
      return static_cast<double>(latencies_us_[i]) / 1000;
    };
    std::size_t still_open = 0;
    for (const int fd : beside_) {
      char byte;
      const ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
      still_open += n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }
    std::printf(
        "{\"requests\":%zu,\"refused\":%zu,\"seconds\":%.4f,\"per_s\":%.1f,\"body_bytes\":%.1f,"
        "\"spans\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"beside\":%zu,"
        "\"still_open\":%zu}\n",
        latencies_us_.size(), refused_, seconds_,
        static_cast<double>(latencies_us_.size()) / seconds_,
        static_cast<double>(sent_bytes_) / static_cast<double>(std::max<std::size_t>(1, sent_)),
        settings_.kind == Kind::kOtlp ? latencies_us_.size() * kSpansPerExport : std::size_t{0},
        at(0.5), at(0.99), at(1), beside_.size(), still_open);
  }

 private:
  struct Connection {
    int fd = -1;
    Clock::time_point due;
    std::string in;
  };

  std::unique_ptr<Body> make_body(std::size_t i) const {
    return std::make_unique<Body>(settings_.kind, i, settings_.errors_every, unix_ms());
  }

  static std::int64_t unix_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

  int idle_connection() {
    const int fd = connect_to(settings_.port);
    send_all(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    std::string in;
    while (answer_bytes(in) == 0) {
      char buffer[1024];
      const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) fail("an idle connection got no answer");
      in.append(buffer, static_cast<std::size_t>(n));
    }
    return fd;
  }

  void send_request(Connection& connection, Clock::time_point due) {
    auto& body = bodies_[sent_ % bodies_.size()];
    if (const auto now = unix_ms(); now - body->made_at_unix_ms() > kFreshMs)
      body = make_body(sent_ % bodies_.size());
    const std::string_view bytes = body->next(random_);
    ++sent_;
    sent_bytes_ += bytes.size();
    out_ = head_;
    out_ += "Content-Length: ";
    out_ += std::to_string(bytes.size());
    out_ += "\r\n\r\n";
    out_ += bytes;
    connection.due = due;
    send_all(connection.fd, out_);
  }

  // True when it was the whole of it.
  bool take_answer(Connection& connection, Clock::time_point now) {
    char buffer[4096];
    const ssize_t n = recv(connection.fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (n <= 0) fail("the server closed a connection");
    connection.in.append(buffer, static_cast<std::size_t>(n));
    if (answer_bytes(connection.in) == 0) return false;
    if (connection.in.compare(0, 10, "HTTP/1.1 2") != 0 && refused_++ == 0)
      std::fprintf(stderr, "ingest_load: %s\n", connection.in.c_str());
    connection.in.clear();
    latencies_us_.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(now - connection.due).count());
    return true;
  }

  const Settings& settings_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Body>> bodies_;
  std::string head_, out_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::vector<int> beside_;
  std::size_t sent_ = 0, sent_bytes_ = 0, refused_ = 0;
  std::vector<std::int64_t> latencies_us_;
  double seconds_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = parse(argc, argv);
  Load load(settings);
  load.run();
  load.print();
  return 0;
}
