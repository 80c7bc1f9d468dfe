// A socket that says exactly what a test tells it to, for requests no HTTP
// client would send.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace pagewake::testing {

struct RawResponse {
  int status = 0;  // 0: the connection ended without an answer
  std::string head, body;
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    // A server that hangs fails the test instead of hanging it.
    timeval limit{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  virtual ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  // False when the server closed meanwhile.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = write_some(bytes.data(), bytes.size());
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  void finish_sending() { shutdown(fd_, SHUT_WR); }

  // The next answer of the connection; `head_only` for HEAD.
  RawResponse receive(bool head_only = false) {
    RawResponse response;
    std::size_t end;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return response;
    }
    response.head = in_.substr(0, end + 2);
    in_.erase(0, end + 4);
    response.status = std::atoi(response.head.c_str() + 9);
    std::size_t length = 0;
    if (const auto at = response.head.find("Content-Length: "); at != std::string::npos) {
      length = static_cast<std::size_t>(std::atoll(response.head.c_str() + at + 16));
    }
    if (head_only) length = 0;
    while (in_.size() < length) {
      if (!more()) break;
    }
    response.body = in_.substr(0, length);
    in_.erase(0, length);
    return response;
  }

  // What came up to and with `text`; everything where it does not come.
  std::string receive_until(std::string_view text) {
    std::size_t at;
    while ((at = in_.find(text)) == std::string::npos && more()) {
    }
    const std::string taken = in_.substr(0, at == std::string::npos ? at : at + text.size());
    in_.erase(0, taken.size());
    return taken;
  }

  // True when the server closed and nothing more came.
  bool closed() { return in_.empty() && !more() && in_.empty() && !timed_out_; }

  // True when nothing arrives within `milliseconds`.
  bool silent_for(int milliseconds) {
    pollfd poll_fd{fd_, POLLIN, 0};
    return in_.empty() && ::poll(&poll_fd, 1, milliseconds) == 0;
  }

 protected:
  virtual ssize_t write_some(const char* data, std::size_t size) {
    return ::send(fd_, data, size, MSG_NOSIGNAL);
  }
  virtual ssize_t read_some(char* data, std::size_t size) { return ::recv(fd_, data, size, 0); }

  int fd_;

 private:
  bool more() {
    char buffer[65536];
    const ssize_t n = read_some(buffer, sizeof buffer);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) timed_out_ = true;
    if (n <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  bool connected_ = false, timed_out_ = false;
  std::string in_;
};

}  // namespace pagewake::testing
