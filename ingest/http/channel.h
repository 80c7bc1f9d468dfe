// Bytes to and from one client, plain or inside TLS: the one place of the server
// that knows the difference. One worker at a time; never blocks.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "http/tls.h"

namespace pagewake::http {

class Channel {
 public:
  // The socket is the caller's to close. Without `tls` the channel is plain.
  explicit Channel(int fd, std::unique_ptr<TlsSession> tls = nullptr)
      : fd_(fd), tls_(std::move(tls)) {}

  bool secure() const { return tls_ != nullptr; }

  Transfer receive(char* into, std::size_t size) {
    return tls_ ? tls_->receive(into, size) : receive_raw(into, size);
  }

  // What is sent again after kWantsRead or kWantsWrite must begin with the same bytes.
  Transfer send(std::string_view bytes) {
    if (tls_) return tls_->send(bytes);
    while (true) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n >= 0) return {Io::kDone, static_cast<std::size_t>(n)};
      if (errno == EINTR) continue;
      return {would_block() ? Io::kWantsWrite : Io::kFailed, 0};
    }
  }

  // The socket's own bytes, for who throws them away.
  Transfer receive_raw(char* into, std::size_t size) {
    while (true) {
      const ssize_t n = ::recv(fd_, into, size, 0);
      if (n > 0) return {Io::kDone, static_cast<std::size_t>(n)};
      if (n == 0) return {Io::kClosed, 0};
      if (errno == EINTR) continue;
      return {would_block() ? Io::kWantsRead : Io::kFailed, 0};
    }
  }

  // True when bytes of the client wait where epoll does not see them: receive
  // until kWantsRead before the next wait.
  bool holds_bytes() const { return tls_ && tls_->holds_bytes(); }

  // Tells the client that nothing more comes, as far as there is room to.
  void say_end() {
    if (tls_) tls_->say_end();
  }

  // After kPlainHttp: the rest of the connection is plain.
  void become_plain() { tls_.reset(); }

 private:
  static bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

  const int fd_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace pagewake::http
