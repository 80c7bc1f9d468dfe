// TLS of the server's connections, by OpenSSL: certificates that can be read
// again while it runs, and one session a connection, without blocking
// (docs/decisions/0023). TLS 1.2 and 1.3, ALPN http/1.1, session tickets.
//
// OpenSSL writes to sockets without MSG_NOSIGNAL: the process must ignore
// SIGPIPE, as main() does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct ssl_st;
struct ssl_ctx_st;
struct stat;

namespace pagewake::http {

// How a step without blocking ended.
enum class Io : std::uint8_t {
  kDone,
  kWantsRead,   // again when the socket has bytes
  kWantsWrite,  // again when the socket has room
  kClosed,      // the client has said all
  kFailed,      // the connection is of no more use
  kPlainHttp,   // an http:// request came where a handshake was expected
};

struct Transfer {
  Io io = Io::kFailed;
  std::size_t bytes = 0;  // of kDone
};

struct TlsFiles {
  std::string certificate;  // PEM: the server's certificate, then those that lead to its root
  std::string key;          // PEM, without a passphrase; may be the same file
};

// What people want to know of the certificate in use.
struct CertificateFacts {
  std::string names;  // "rum.example.com, www.example.com"; without such names its subject
  std::int64_t not_before_unix_s = 0, not_after_unix_s = 0;
};

// One connection's session. The handshake is a part of the first receive().
class TlsSession {
 public:
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Both may want either direction.
  Transfer receive(char* into, std::size_t size);
  // Begins with the same bytes as the call before, where that one wanted something.
  Transfer send(std::string_view bytes);
  bool holds_bytes() const;
  // close_notify, once, after a handshake; not waited for.
  void say_end();

 private:
  friend class TlsContext;
  explicit TlsSession(ssl_st* ssl) : ssl_(ssl) {}
  Transfer transfer(int result, std::size_t bytes);

  ssl_st* const ssl_;
  bool failed_ = false, said_end_ = false;
};

// Certificate and key. From any thread.
class TlsContext {
 public:
  // Errors, each naming the file: "bad_certificate" (missing, not readable, not
  // PEM, not for each other, too weak for OpenSSL's security level).
  static Result<std::unique_ptr<TlsContext>> load(TlsFiles files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Reads the files again for the connections that come from now on. After an
  // error everything stays as it was.
  Status reload();
  // The same where a file is another than the one in use; false where none is.
  Result<bool> reload_if_changed();

  CertificateFacts certificate() const;

  // A session on a non-blocking socket. nullptr: out of memory.
  std::unique_ptr<TlsSession> accept(int fd) const;

 private:
  // Tells a file that was replaced from the one that was read.
  struct Stamp {
    std::int64_t modified_ns = 0, size = 0;
    std::uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Loaded {
    std::shared_ptr<ssl_ctx_st> context;
    CertificateFacts certificate;
    Stamp certificate_stamp, key_stamp;
  };

  explicit TlsContext(TlsFiles files) : files_(std::move(files)) {}
  static Stamp stamp_of(const struct stat& status);
  static Result<Loaded> read(const TlsFiles& files);

  const TlsFiles files_;
  mutable std::mutex mutex_;
  Loaded loaded_;
};

}  // namespace pagewake::http
