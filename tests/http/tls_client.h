// RawClient inside TLS. Takes any certificate: tests look at it themselves.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "http/raw_client.h"

namespace pagewake::testing {

struct TlsWishes {
  int min_version = TLS1_2_VERSION, max_version = TLS1_3_VERSION;
  std::string protocols = std::string("\x08http/1.1", 9);  // ALPN; "" none
  SSL_SESSION* session = nullptr;                          // to resume
};

class TlsClient : public RawClient {
 public:
  explicit TlsClient(std::uint16_t port, const TlsWishes& wishes = {})
      : RawClient(port), context_(new_context(wishes)), ssl_(SSL_new(context_.get()), SSL_free) {
    SSL_set_fd(ssl_.get(), fd_);
    SSL_set_app_data(ssl_.get(), this);
    if (wishes.session) SSL_set_session(ssl_.get(), wishes.session);
    ERR_clear_error();
    shaken_ = SSL_connect(ssl_.get()) == 1;
    if (!shaken_) problem_ = reason();
  }
  ~TlsClient() override {
    if (session_) SSL_SESSION_free(session_);
  }

  bool shaken() const { return shaken_; }  // the handshake succeeded
  const std::string& problem() const { return problem_; }
  std::string version() const { return SSL_get_version(ssl_.get()); }
  std::string cipher() const { return SSL_get_cipher_name(ssl_.get()); }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &length);
    return {reinterpret_cast<const char*>(name), length};
  }
  // Of the server's certificate.
  std::string host() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_.get());
    char name[256] = "";
    if (certificate)
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                sizeof name);
    X509_free(certificate);
    return name;
  }
  // The last ticket that came, to be handed to another client; nullptr: none did.
  SSL_SESSION* session() const { return session_; }
  // The server's last word was close_notify.
  bool ended_cleanly() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  bool renegotiate() {
    ERR_clear_error();
    return SSL_renegotiate(ssl_.get()) == 1 && SSL_do_handshake(ssl_.get()) == 1 &&
           send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n") && receive().status == 200;
  }

 protected:
  ssize_t write_some(const char* data, std::size_t size) override {
    ERR_clear_error();
    return SSL_write(ssl_.get(), data, static_cast<int>(size));
  }
  ssize_t read_some(char* data, std::size_t size) override {
    ERR_clear_error();
    return SSL_read(ssl_.get(), data, static_cast<int>(size));
  }

 private:
  using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

  static Context new_context(const TlsWishes& wishes) {
    Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0);  // TLS 1.1 is not offered above it
    SSL_CTX_set_min_proto_version(context.get(), wishes.min_version);
    SSL_CTX_set_max_proto_version(context.get(), wishes.max_version);
    if (!wishes.protocols.empty()) {
      SSL_CTX_set_alpn_protos(context.get(),
                              reinterpret_cast<const unsigned char*>(wishes.protocols.data()),
                              static_cast<unsigned int>(wishes.protocols.size()));
    }
    SSL_CTX_set_session_cache_mode(context.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context.get(), [](SSL* ssl, SSL_SESSION* session) {
      auto* client = static_cast<TlsClient*>(SSL_get_app_data(ssl));
      if (client->session_) SSL_SESSION_free(client->session_);
      client->session_ = session;
      return 1;
    });
    return context;
  }

  static std::string reason() {
    const char* text = ERR_reason_error_string(ERR_peek_last_error());
    return text ? text : "";
  }

  Context context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  SSL_SESSION* session_ = nullptr;
  bool shaken_ = false;
  std::string problem_;
};

// The first bytes of a handshake.
inline std::string client_hello() {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  SSL_connect(ssl.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace pagewake::testing
