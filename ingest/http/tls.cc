#include "http/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "http/file.h"

namespace pagewake::http {

namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;  // a chain has a few kilobytes

// Forward secrecy and authenticated encryption only; TLS 1.3 has no others.
constexpr const char* kTls12Ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

template <auto free_it>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    free_it(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

Error bad(std::string message) { return {"bad_certificate", std::move(message)}; }

// Why OpenSSL's last call failed; forgets it.
std::string why() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text ? text : "unknown error";
}

struct Text {
  std::string bytes;
  struct stat status {};
};

Result<Text> text_of(const std::string& what, const std::string& path) {
  const auto cannot = [&](const std::string& reason) {
    return bad("cannot read the " + what + " \"" + path + "\": " + reason);
  };
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  Text text;
  if (file.get() < 0 || ::fstat(file.get(), &text.status) != 0) return cannot(std::strerror(errno));
  if (!S_ISREG(text.status.st_mode)) return cannot("not a file");
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n == 0) return text;
    if (n < 0) return cannot(std::strerror(errno));
    text.bytes.append(buffer.data(), static_cast<std::size_t>(n));
    if (text.bytes.size() > kMaxFileBytes) return cannot("larger than 1 MiB");
  }
}

Bio bio_of(const std::string& bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

bool at_end_of_pem() {
  const auto error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// Nobody is there to type one, and OpenSSL would ask the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<Key> key_of(const std::string& path, const std::string& bytes) {
  const Bio bio = bio_of(bytes);
  bool asked = false;
  ERR_clear_error();
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &asked));
  if (key) return key;
  const std::string reason = why();
  if (asked)
    return bad("the key \"" + path +
               "\" has a passphrase; write it without one, readable by the server only");
  return bad("the key \"" + path + "\" holds no private key in PEM (" + reason + ")");
}

std::int64_t unix_s(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(timegm(&parts)) : 0;
}

std::string text_of(const X509_NAME* name) {
  const Bio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// The names that browsers look at; the subject where there are none.
std::string names_of(X509* certificate) {
  std::string names;
  const std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>> list(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(list.get(), i), &type));
    if (type != GEN_DNS) continue;
    names += names.empty() ? "" : ", ";
    names.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                 static_cast<std::size_t>(ASN1_STRING_length(value)));
  }
  return names.empty() ? text_of(X509_get_subject_name(certificate)) : names;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* offered, unsigned int offered_length, void*) {
  static constexpr std::array<unsigned char, 9> kOurs = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kOurs.data(), kOurs.size(), offered,
                            offered_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301: no_application_protocol
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<SSL_CTX> new_context() {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return nullptr;
  // An end without close_notify is an end: HTTP says itself where a message
  // ends, and a refusal can still be sent. Browsers close like that.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
  // A connection that waits gives its 34 KB of buffers back.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);  // one system call a record instead of two
  // Tickets carry the sessions; nothing of them is kept here.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  const bool ok = SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
                  SSL_CTX_set_cipher_list(context.get(), kTls12Ciphers) == 1;
  return ok ? context : nullptr;
}

}  // namespace

// --- sessions ---

TlsSession::~TlsSession() { SSL_free(ssl_); }

Transfer TlsSession::transfer(int result, std::size_t bytes) {
  if (result == 1) return {Io::kDone, bytes};
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return {Io::kWantsRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Io::kWantsWrite, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Io::kClosed, 0};
    default:
      break;
  }
  failed_ = true;
  const auto error = ERR_peek_error();
  const bool plain =
      ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
  // Strangers can make as many of these as they like. No error: the client left.
  if (error != 0 && SSL_in_init(ssl_) != 0) {
    const char* reason = ERR_reason_error_string(error);
    spdlog::debug("a TLS handshake failed: {}", reason ? reason : "unknown error");
  }
  return {plain ? Io::kPlainHttp : Io::kFailed, 0};
}

Transfer TlsSession::receive(char* into, std::size_t size) {
  if (failed_) return {Io::kFailed, 0};
  std::size_t bytes = 0;
  ERR_clear_error();  // SSL_get_error() looks at what is there
  const int result = SSL_read_ex(ssl_, into, size, &bytes);
  return transfer(result, bytes);
}

Transfer TlsSession::send(std::string_view text) {
  if (failed_) return {Io::kFailed, 0};
  if (text.empty()) return {Io::kDone, 0};
  std::size_t bytes = 0;
  ERR_clear_error();
  const int result = SSL_write_ex(ssl_, text.data(), text.size(), &bytes);
  return transfer(result, bytes);
}

bool TlsSession::holds_bytes() const { return !failed_ && SSL_has_pending(ssl_) == 1; }

void TlsSession::say_end() {
  if (failed_ || said_end_ || SSL_in_init(ssl_) != 0) return;
  said_end_ = true;
  ERR_clear_error();
  SSL_shutdown(ssl_);
}

// --- certificates ---

TlsContext::~TlsContext() = default;

TlsContext::Stamp TlsContext::stamp_of(const struct stat& status) {
  return {status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec,
          static_cast<std::int64_t>(status.st_size), static_cast<std::uint64_t>(status.st_ino)};
}

Result<TlsContext::Loaded> TlsContext::read(const TlsFiles& files) {
  const auto chain = text_of("certificate", files.certificate);
  if (!chain.ok()) return chain.error();
  const auto key_text = text_of("key", files.key);
  if (!key_text.ok()) return key_text.error();
  Loaded loaded;
  loaded.certificate_stamp = stamp_of(chain->status);
  loaded.key_stamp = stamp_of(key_text->status);

  const Bio bio = bio_of(chain->bytes);
  bool asked = false;
  ERR_clear_error();
  const Certificate own(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_passphrase, &asked));
  if (!own) return bad("\"" + files.certificate + "\" holds no certificate in PEM (" + why() + ")");
  const auto key = key_of(files.key, key_text->bytes);
  if (!key.ok()) return key.error();
  if (X509_check_private_key(own.get(), key->get()) != 1) {
    ERR_clear_error();
    return bad("the key \"" + files.key + "\" does not belong to the first certificate of \"" +
               files.certificate + "\"");
  }

  loaded.context = new_context();
  if (!loaded.context) return bad("OpenSSL cannot be set up: " + why());
  SSL_CTX* context = loaded.context.get();
  if (SSL_CTX_use_certificate(context, own.get()) != 1)
    return bad("the certificate \"" + files.certificate + "\" cannot be used: " + why());
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1)
    return bad("the key \"" + files.key + "\" cannot be used: " + why());
  while (X509* above = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, &asked)) {
    if (SSL_CTX_add0_chain_cert(context, above) == 1) continue;
    X509_free(above);
    return bad("a certificate of the chain in \"" + files.certificate +
               "\" cannot be used: " + why());
  }
  if (!at_end_of_pem())
    return bad("a certificate of the chain in \"" + files.certificate + "\" is damaged: " + why());
  ERR_clear_error();
  loaded.certificate = {names_of(own.get()), unix_s(X509_get0_notBefore(own.get())),
                        unix_s(X509_get0_notAfter(own.get()))};
  return loaded;
}

Result<std::unique_ptr<TlsContext>> TlsContext::load(TlsFiles files) {
  std::unique_ptr<TlsContext> context(new TlsContext(std::move(files)));
  if (auto status = context->reload(); !status.ok()) return status.error();
  return context;
}

Status TlsContext::reload() {
  auto loaded = read(files_);
  if (!loaded.ok()) return loaded.error();
  const std::lock_guard lock(mutex_);
  loaded_ = std::move(loaded).value();
  return Done{};
}

Result<bool> TlsContext::reload_if_changed() {
  struct stat certificate {
  }, key{};
  // What cannot be looked at counts as changed: reading it then says why.
  if (::stat(files_.certificate.c_str(), &certificate) == 0 &&
      ::stat(files_.key.c_str(), &key) == 0) {
    const std::lock_guard lock(mutex_);
    if (stamp_of(certificate) == loaded_.certificate_stamp && stamp_of(key) == loaded_.key_stamp)
      return false;
  }
  if (auto status = reload(); !status.ok()) return status.error();
  return true;
}

CertificateFacts TlsContext::certificate() const {
  const std::lock_guard lock(mutex_);
  return loaded_.certificate;
}

std::unique_ptr<TlsSession> TlsContext::accept(int fd) const {
  std::shared_ptr<SSL_CTX> context;
  {
    const std::lock_guard lock(mutex_);
    context = loaded_.context;
  }
  SSL* ssl = SSL_new(context.get());  // keeps the context as long as it needs it
  if (!ssl) return nullptr;
  std::unique_ptr<TlsSession> session(new TlsSession(ssl));
  if (SSL_set_fd(ssl, fd) != 1) return nullptr;
  SSL_set_accept_state(ssl);
  return session;
}

}  // namespace pagewake::http
