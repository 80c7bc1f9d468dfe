#include "http/exchange.h"

#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace pagewake::http {

namespace {

// What cpp-httplib reads the request from and writes the answer to.
class MemoryStream : public httplib::Stream {
 public:
  MemoryStream(std::string_view in, std::string& out) : in_(in), out_(out) {}
  bool is_readable() const override { return !in_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* ptr, std::size_t size) override {
    const std::size_t n = std::min(size, in_.size());
    std::memcpy(ptr, in_.data(), n);
    in_.remove_prefix(n);
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* ptr, std::size_t size) override {
    out_.append(ptr, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return 0; }

 private:
  std::string_view in_;
  std::string& out_;
};

}  // namespace

struct RequestRunner::Impl : httplib::Server {
  using Handle = std::function<Response(const httplib::Request&)>;

  explicit Impl(int keep_alive_seconds) {
    set_keep_alive_timeout(keep_alive_seconds);
    set_keep_alive_max_count(1'000'000);
    // Before cpp-httplib would read a body (uncapped where chunked or
    // compressed) or try its regular expressions.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& answer) {
      Response response = (*handle)(request);
      answer.status = response.status;
      for (auto& [name, value] : response.headers) answer.set_header(name, value);
      streams = response.stream != nullptr;
      if (streams) answer.set_header("Content-Type", response.content_type);
      if (!response.body.empty()) {
        answer.body = std::move(response.body);
        answer.set_header("Content-Type", response.content_type);
      }
      return HandlerResponse::Handled;
    });
  }

  // `head` holds the request line and at most Connection: everything else
  // would only give cpp-httplib something to act on (inflating, ranges,
  // compressing an answer that is compressed already, percent-decoding header
  // values). The real headers come from the framer.
  void process(const std::string& head, const Handle& with, const bool* keeps_alive,
               std::string& out) {
    handle = &with;
    const std::size_t begin = out.size();
    MemoryStream stream(head, out);
    bool closed = false;
    streams = false;
    process_request(stream, false, closed, nullptr);
    handle = nullptr;
    // RFC 9110, 8.6: no Content-Length in a 204. What goes on ends with the connection.
    if (streams || out.compare(begin, 13, "HTTP/1.1 204 ") == 0)
      erase_line(out, begin, "Content-Length: 0\r\n");
    if (!*keeps_alive) erase_line(out, begin, "Keep-Alive: ");
  }

  // The first header line that starts so.
  static void erase_line(std::string& out, std::size_t begin, std::string_view start) {
    const auto at = out.find("\r\n" + std::string(start), begin);
    if (at == std::string::npos || at > out.find("\r\n\r\n", begin)) return;
    out.erase(at, out.find("\r\n", at + 2) - at);
  }

  const Handle* handle = nullptr;
  bool streams = false;  // of the answer being written
};

RequestRunner::RequestRunner(int keep_alive_seconds)
    : impl_(std::make_unique<Impl>(keep_alive_seconds)) {}
RequestRunner::~RequestRunner() = default;

bool RequestRunner::run(const Head& head, std::string body, const std::string& remote_address,
                        const std::function<Response(Request&)>& handler,
                        const std::function<bool()>& keep_alive, std::string& out) {
  const std::string line = head.method + ' ' + head.target + " HTTP/1.1\r\n\r\n";
  bool keeps_alive = false;
  impl_->process(
      line,
      [&](const httplib::Request& parsed) {
        Request request;
        request.method = parsed.method;
        request.path = parsed.path;
        request.query.reserve(parsed.params.size());
        for (const auto& [name, value] : parsed.params) request.query.emplace_back(name, value);
        request.headers = head.headers;
        request.body = std::move(body);
        request.remote_address = remote_address;
        Response response = handler(request);
        keeps_alive = keep_alive();
        if (!keeps_alive) {
          response.set_header("Connection", "close");
        } else if (head.minor_version == 0) {
          response.set_header("Connection", "keep-alive");
        }
        return response;
      },
      &keeps_alive, out);
  return keeps_alive;
}

void RequestRunner::refuse(Response response, std::string& out) {
  const bool keeps_alive = false;
  response.set_header("Connection", "close");
  impl_->process(
      "GET / HTTP/1.1\r\n\r\n", [&](const httplib::Request&) { return std::move(response); },
      &keeps_alive, out);
}

}  // namespace pagewake::http
