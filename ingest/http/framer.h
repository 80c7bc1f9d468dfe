// Finds where one HTTP/1.x request ends in a stream of bytes, and refuses what
// two parsers could read differently (request smuggling). Pure: no socket, no
// clock; the reactor feeds it, exchange.h makes a request of what it let through.
//
// Stricter than RFC 9112 where the RFC only allows leniency: CRLF line ends, no
// folded lines, no space before a colon, one Content-Length of digits only,
// never Content-Length with Transfer-Encoding, Transfer-Encoding only
// "chunked", chunk sizes of plain hex digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "http/http.h"

namespace pagewake::http {

struct Head {
  std::string method, target;  // as sent
  int minor_version = 1;       // HTTP/1.x
  Headers headers;             // values trimmed, nothing decoded
  bool keep_alive = true;
  bool expects_continue = false;
  std::size_t content_length = 0;  // 0 also when chunked
  bool chunked = false;
};

struct FramingError {
  int status = 400;  // 400, 413, 414, 417, 431, 501, 505
  std::string code, message;
};

class Framer {
 public:
  enum class State : std::uint8_t { kHead, kBody, kComplete, kFailed };

  // `max_body_bytes` is asked once, when the head is complete.
  using BodyLimit = std::function<std::size_t(const Head&)>;
  explicit Framer(BodyLimit max_body_bytes, std::size_t max_head_bytes = limits::kHeaderBytes);

  // Takes bytes up to the end of one request; gives how many it took. Takes
  // none once the state is kComplete or kFailed.
  std::size_t feed(std::string_view bytes);

  State state() const { return state_; }
  bool started() const { return state_ != State::kHead || !line_.empty() || head_bytes_ > 0; }
  // Valid from kBody on, and in kFailed where head_complete().
  const Head& head() const { return head_; }
  Head& head() { return head_; }
  bool head_complete() const { return head_complete_; }
  const FramingError& error() const { return error_; }
  std::string take_body() { return std::move(body_); }
  // Bytes held for the body so far, for the reactor's memory budget.
  std::size_t body_bytes() const { return body_.size(); }
  std::size_t body_limit_bytes() const { return body_limit_; }

  // Ready for the next request on the connection.
  void reset();

 private:
  enum class Step : std::uint8_t {
    kRequestLine,
    kHeader,
    kFixed,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailer
  };

  void fail(int status, std::string code, std::string message);
  void take_line(std::string_view line);
  void take_request_line(std::string_view line);
  void take_header(std::string_view line);
  void end_head();
  void take_chunk_size(std::string_view line);

  BodyLimit body_limit_of_;
  std::size_t max_head_bytes_;
  State state_ = State::kHead;
  Step step_ = Step::kRequestLine;
  std::string line_;            // a line that is not complete yet
  std::size_t head_bytes_ = 0;  // of the head, later of the trailers
  std::size_t body_limit_ = 0, left_ = 0;
  Head head_;
  bool head_complete_ = false;
  std::string body_;
  FramingError error_;
};

}  // namespace pagewake::http
