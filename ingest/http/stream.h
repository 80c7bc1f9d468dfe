// An answer that goes on after its handler returned (server-sent events). A
// handler puts a source into Response::stream; the server sends the head and
// then asks the source for bytes, on one thread for all streams: a stream holds
// a socket and no worker.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace pagewake::http {

// take() and heartbeat() are called on the server's stream thread, never two at
// once, and must not block for long: all other streams wait. An exception ends
// the stream.
class StreamSource {
 public:
  virtual ~StreamSource() = default;

  // What is to be sent now; "" for nothing. Asked at the beginning, after each
  // wake(), and whenever the client has taken all of the last answer: what
  // gathers meanwhile is the source's to bound.
  virtual std::string take() = 0;

  // Asked every ServerOptions::heartbeat: what keeps the connection from being
  // taken for dead. Nothing ends the stream.
  virtual std::optional<std::string> heartbeat() = 0;

  // There is something to take. From any thread; does nothing before the server
  // has the source or after the stream ended.
  void wake() {
    const std::lock_guard lock(mutex_);
    if (wake_) wake_();
  }

 private:
  friend class StreamLoop;
  void on_wake(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }

  std::mutex mutex_;
  std::function<void()> wake_;
};

}  // namespace pagewake::http
