// HTTPS by the server itself: what works over plain HTTP works inside TLS, and
// what breaks a handshake holds nobody up.
#include "http/tls.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "http/certificate.h"
#include "http/file.h"
#include "http/server.h"
#include "http/stream.h"
#include "http/tls_client.h"

namespace pagewake::http {
namespace {

using std::chrono::milliseconds;
using testing::MadeCertificate;
using testing::RawClient;
using testing::RawResponse;
using testing::TlsClient;
using testing::write_file;

// No two parts of it are alike, so that one that is lost or sent twice shows.
std::string long_text(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i)
    text += std::to_string(i) + std::string(1000, static_cast<char>('a' + i % 26));
  return text;
}

// Says "hello;" and then nothing; lives until it is let go.
class Greeter : public StreamSource {
 public:
  explicit Greeter(std::atomic<int>& living) : living_(living) { ++living_; }
  ~Greeter() override { --living_; }
  std::string take() override { return std::exchange(text_, {}); }
  std::optional<std::string> heartbeat() override { return "beat;"; }

 private:
  std::atomic<int>& living_;
  std::string text_ = "hello;";
};

class Tls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::signal(SIGPIPE, SIG_IGN);  // as main() does
    made_ = new MadeCertificate(testing::make_certificate("one.example"));
  }
  static void TearDownTestSuite() { delete made_; }

  Tls() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pagewake-tls-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    write_file(certificate_path(), made_->certificate);
    write_file(key_path(), made_->key);
  }
  ~Tls() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string certificate_path() const { return path("certificate.pem"); }
  std::string key_path() const { return path("key.pem"); }

  void start(ServerOptions options = {}) {
    auto loaded = TlsContext::load({certificate_path(), key_path()});
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    context_ = std::move(loaded).value();
    options.listen = "127.0.0.1:0";
    options.tls = context_;
    auto server = Server::bind(options);
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(server).value();
    Router router;
    const auto echo = [](const Request& request) {
      Response response;
      response.content_type = "text/plain";
      response.body = request.method + (request.secure ? " secure " : " plain ") + request.body;
      return response;
    };
    router.add("GET", "/echo", echo);
    router.add("POST", "/echo", echo, {.max_bytes = std::size_t{32} << 20});
    router.add("POST", "/small", echo, {.max_bytes = 10});
    router.add("GET", "/large", [](const Request&) {
      Response response;
      response.content_type = "text/plain";
      response.body = long_text(20 << 20);
      return response;
    });
    router.add("GET", "/wait", [this](const Request&) {
      reached_.set_value();
      go_on_.get_future().wait();
      return Response{};
    });
    router.add("GET", "/stream", [this](const Request&) {
      Response response;
      response.content_type = "text/event-stream";
      response.stream = std::make_shared<Greeter>(listeners_);
      return response;
    });
    server_->start(std::move(router));
  }

  void wait_for_connections(std::size_t count) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (server_->connections() != count) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << server_->connections();
      std::this_thread::yield();
    }
  }

  static MadeCertificate* made_;
  std::filesystem::path folder_;
  std::shared_ptr<TlsContext> context_;
  std::unique_ptr<Server> server_;
  std::promise<void> reached_, go_on_;
  std::atomic<int> listeners_{0};
};

MadeCertificate* Tls::made_ = nullptr;

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string post(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

TEST_F(Tls, AnswersManyRequestsOverOneConnection) {
  start();
  EXPECT_EQ(server_->url(), "https://127.0.0.1:" + std::to_string(server_->port()));
  TlsClient client(server_->port());
  ASSERT_TRUE(client.shaken()) << client.problem();
  EXPECT_EQ(client.version(), "TLSv1.3");
  EXPECT_EQ(client.protocol(), "http/1.1");
  EXPECT_EQ(client.host(), "one.example");
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client.send(post("/echo", std::to_string(i))));
    EXPECT_EQ(client.receive().body, "POST secure " + std::to_string(i));
  }
  client.send("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(client.ended_cleanly());
  wait_for_connections(0);
}

TEST_F(Tls, OfOldAndForeignVersionsNoneIsSpoken) {
  start();
  const struct {
    const char* name;
    testing::TlsWishes wishes;
    const char* version;  // "" refused
  } cases[] = {
      {"1.3 only", {.min_version = TLS1_3_VERSION}, "TLSv1.3"},
      {"1.2", {.max_version = TLS1_2_VERSION}, "TLSv1.2"},
      {"1.1", {.min_version = TLS1_VERSION, .max_version = TLS1_1_VERSION}, ""},
      {"1.0", {.min_version = TLS1_VERSION, .max_version = TLS1_VERSION}, ""},
      {"a client without ALPN", {.protocols = ""}, "TLSv1.3"},
      {"a client of HTTP/2 and 1.1",
       {.protocols = std::string("\x02h2\x08http/1.1", 12)},
       "TLSv1.3"},
      {"a client of HTTP/2 only", {.protocols = std::string("\x02h2", 3)}, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TlsClient client(server_->port(), c.wishes);
    if (*c.version == '\0') {
      EXPECT_FALSE(client.shaken());
      EXPECT_NE(client.problem().find("alert"), std::string::npos) << client.problem();
      continue;
    }
    ASSERT_TRUE(client.shaken()) << client.problem();
    EXPECT_EQ(client.version(), c.version);
    client.send(get("/echo"));
    EXPECT_EQ(client.receive().body, "GET secure ");
  }
}

TEST_F(Tls, OfTls12OnlyForwardSecretAuthenticatedCiphersWithoutRenegotiation) {
  start();
  TlsClient client(server_->port(), {.max_version = TLS1_2_VERSION});
  ASSERT_TRUE(client.shaken()) << client.problem();
  EXPECT_TRUE(client.cipher().starts_with("ECDHE-ECDSA-")) << client.cipher();
  EXPECT_FALSE(client.renegotiate());
  wait_for_connections(0);
}

TEST_F(Tls, ASessionIsResumedByItsTicket) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SCOPED_TRACE(version);
    TlsClient first(server_->port(), {.max_version = version});
    first.send(get("/echo"));
    EXPECT_EQ(first.receive().status, 200);  // the ticket came before it
    EXPECT_FALSE(first.resumed());
    ASSERT_NE(first.session(), nullptr);
    TlsClient again(server_->port(), {.max_version = version, .session = first.session()});
    again.send(get("/echo"));
    EXPECT_EQ(again.receive().status, 200);
    EXPECT_TRUE(again.resumed());
  }
}

TEST_F(Tls, PipelinedRequestsAreAnsweredHoweverTheyLieInRecords) {
  start();
  TlsClient client(server_->port());
  std::string many;
  for (int i = 0; i < 300; ++i) many += post("/echo", std::to_string(i));
  // In few records, in one for each 7 bytes, and one request a record: what has
  // come is inside OpenSSL before the first one is answered.
  for (const std::size_t piece : {many.size(), std::size_t{7}, many.size() / 300}) {
    SCOPED_TRACE(piece);
    for (std::size_t at = 0; at < many.size(); at += piece)
      ASSERT_TRUE(client.send(std::string_view(many).substr(at, piece)));
    for (int i = 0; i < 300; ++i)
      ASSERT_EQ(client.receive().body, "POST secure " + std::to_string(i));
  }
}

TEST_F(Tls, LargeBodiesGoBothWays) {
  start();
  TlsClient client(server_->port());
  const std::string body = long_text(5 << 20);
  ASSERT_TRUE(client.send(post("/echo", body)));
  EXPECT_EQ(client.receive().body, "POST secure " + body);
  client.send(get("/large"));
  // Nothing is taken until the server can send no more.
  EXPECT_FALSE(client.silent_for(20'000));
  EXPECT_TRUE(client.receive().body == long_text(20 << 20));
  client.send(get("/echo"));
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(Tls, SaysContinue) {
  start();
  TlsClient client(server_->port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("body");
  EXPECT_EQ(client.receive().body, "POST secure body");
}

TEST_F(Tls, AClientThatStillSendsSeesThe413) {
  start();
  TlsClient client(server_->port());
  ASSERT_TRUE(client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n"));
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 8; ++i) client.send(block);
  EXPECT_EQ(client.receive().status, 413);
  client.finish_sending();
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(client.ended_cleanly());
}

TEST_F(Tls, SlowClientsAreClosedAtTheDeadlineAndHoldNoWorker) {
  ServerOptions options;
  options.workers = 1;
  options.idle_deadline = options.head_deadline = options.body_deadline = milliseconds(400);
  start(options);
  const std::string hello = testing::client_hello();
  // A handshake that goes no further, at its beginning and in its middle.
  std::vector<std::unique_ptr<RawClient>> half;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, hello.size() / 2, hello.size()}) {
    half.push_back(std::make_unique<RawClient>(server_->port()));
    half.back()->send(hello.substr(0, size));
  }
  TlsClient waits(server_->port()), asks_half(server_->port());
  ASSERT_TRUE(asks_half.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"));
  TlsClient client(server_->port());
  client.send(get("/echo"));
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(asks_half.receive().status, 408);
  EXPECT_TRUE(waits.closed());
  EXPECT_TRUE(waits.ended_cleanly());
  for (const auto& connection : half) {
    connection->receive_until("no handshake says this");
    EXPECT_TRUE(connection->closed());
  }
  asks_half.finish_sending();
  wait_for_connections(0);
}

TEST_F(Tls, ADripOfAHandshakeDoesNotMoveTheDeadline) {
  ServerOptions options;
  options.head_deadline = milliseconds(300);
  start(options);
  RawClient client(server_->port());
  const std::string hello = testing::client_hello();
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t at = 0; client.silent_for(20); ++at) client.send(hello.substr(at % 100, 1));
  EXPECT_TRUE(client.closed());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(Tls, WhatIsNoHandshakeEndsTheConnectionAndNothingElse) {
  start();
  const std::string hello = testing::client_hello();
  std::string broken = hello;
  for (std::size_t i = 20; i < broken.size(); i += 3) broken[i] = static_cast<char>(~broken[i]);
  const std::string cases[] = {
      std::string(100, '\0'), std::string(100, '\xff'),  "\x16\x03\x01\xff\xff" + hello, broken,
      hello + hello,          "SSH-2.0-OpenSSH_9.2\r\n", std::string(1 << 20, 'A'),
  };
  for (const auto& bytes : cases) {
    SCOPED_TRACE(bytes.substr(0, 20));
    RawClient client(server_->port());
    client.send(bytes);
    client.finish_sending();
    client.receive_until("no alert says this");
  }
  // Who goes in the middle of it.
  for (std::size_t size = 0; size <= hello.size(); size += 16) {
    RawClient client(server_->port());
    client.send(hello.substr(0, size));
  }
  wait_for_connections(0);
  TlsClient client(server_->port());
  client.send(get("/echo"));
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(Tls, WhoSpeaksPlainHttpIsToldSo) {
  start();
  for (const std::string& request :
       {get("/echo"), post("/echo", std::string(100'000, 'x')), get("/echo") + get("/echo")}) {
    RawClient client(server_->port());
    client.send(request);
    const RawResponse response = client.receive();
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("plain_http"), std::string::npos) << response.body;
    EXPECT_NE(response.body.find("https://"), std::string::npos);
    client.finish_sending();
    EXPECT_TRUE(client.closed());
  }
}

TEST_F(Tls, StopLetsARunningRequestFinishAndSaysTheEnd) {
  start();
  TlsClient idle(server_->port());
  idle.send(get("/echo"));
  ASSERT_EQ(idle.receive().status, 200);
  RawClient half(server_->port());
  half.send(testing::client_hello().substr(0, 50));
  TlsClient busy(server_->port());
  busy.send(get("/wait"));
  reached_.get_future().wait();
  std::atomic<bool> drained{false};
  std::thread stopper([&] { drained = server_->stop(std::chrono::seconds(10)); });
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(idle.ended_cleanly());
  EXPECT_TRUE(half.closed());
  EXPECT_FALSE(drained);
  go_on_.set_value();
  EXPECT_EQ(busy.receive().status, 200);
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(busy.ended_cleanly());
  stopper.join();
  EXPECT_TRUE(drained);
}

TEST_F(Tls, StreamsGoOnUntilOneSideLeaves) {
  ServerOptions options;
  options.heartbeat = milliseconds(20);
  start(options);
  {
    TlsClient leaves(server_->port());
    leaves.send(get("/stream"));
    EXPECT_TRUE(leaves.receive_until("hello;").ends_with("hello;"));
    EXPECT_TRUE(leaves.receive_until("beat;beat;").ends_with("beat;beat;"));
    EXPECT_TRUE(leaves.send("said by nobody who is heard"));
    EXPECT_TRUE(leaves.receive_until("beat;").ends_with("beat;"));
  }
  wait_for_connections(0);
  EXPECT_EQ(listeners_, 0);
  TlsClient stays(server_->port());
  stays.send(get("/stream"));
  EXPECT_TRUE(stays.receive_until("beat;").ends_with("beat;"));
  std::thread stopper([&] { EXPECT_TRUE(server_->stop(std::chrono::seconds(10))); });
  stays.receive_until("nothing says this");
  EXPECT_TRUE(stays.closed());
  EXPECT_TRUE(stays.ended_cleanly());
  stopper.join();
  EXPECT_EQ(listeners_, 0);
}

TEST_F(Tls, ARenewedCertificateIsTakenOverAndABrokenOneIsNot) {
  start();
  const auto host_now = [&] { return TlsClient(server_->port()).host(); };
  TlsClient old(server_->port());
  EXPECT_EQ(old.host(), "one.example");
  EXPECT_FALSE(context_->reload_if_changed().value());

  // The certificate is there before its key.
  const auto renewed = testing::make_certificate("two.example", -60, 90L * 24 * 3600);
  write_file(certificate_path(), renewed.certificate);
  const auto torn = context_->reload_if_changed();
  ASSERT_FALSE(torn.ok());
  EXPECT_EQ(torn.error().code, "bad_certificate");
  EXPECT_NE(torn.error().message.find("does not belong"), std::string::npos)
      << torn.error().message;
  EXPECT_EQ(host_now(), "one.example");
  EXPECT_EQ(context_->certificate().names, "one.example");

  write_file(key_path(), renewed.key);
  EXPECT_TRUE(context_->reload_if_changed().value());
  EXPECT_FALSE(context_->reload_if_changed().value());
  EXPECT_EQ(host_now(), "two.example");
  EXPECT_EQ(context_->certificate().names, "two.example");

  std::filesystem::remove(key_path());
  EXPECT_FALSE(context_->reload_if_changed().ok());
  EXPECT_FALSE(context_->reload().ok());
  EXPECT_EQ(host_now(), "two.example");
  // Who was there before goes on.
  old.send(get("/echo"));
  EXPECT_EQ(old.receive().status, 200);
}

TEST_F(Tls, FilesThatCannotBeUsedSayWhichAndWhy) {
  const auto other = testing::make_certificate("other.example");
  write_file(path("other.key"), other.key);
  write_file(path("locked.key"), testing::with_passphrase(made_->key));
  write_file(path("empty"), "");
  write_file(path("text"), "-----BEGIN NOTHING-----\n");
  write_file(path("damaged"), made_->certificate.substr(0, made_->certificate.size() / 2));
  write_file(path("chain"), made_->certificate + other.certificate);
  write_file(path("damaged chain"), made_->certificate + other.certificate.substr(0, 100) + "\n");
  write_file(path("both"), made_->key + made_->certificate);
  const struct {
    const char* name;
    std::string certificate, key;
    std::vector<std::string> says;  // none: it is taken
  } cases[] = {
      {"as it should be", certificate_path(), key_path(), {}},
      {"a chain", path("chain"), key_path(), {}},
      {"both in one file", path("both"), path("both"), {}},
      {"no certificate", path("none"), key_path(), {"certificate", "none\"", "No such file"}},
      {"no key", certificate_path(), path("none"), {"key", "none\"", "No such file"}},
      {"a folder", folder_.string(), key_path(), {"certificate", "not a file"}},
      {"empty", path("empty"), key_path(), {"empty\"", "no certificate in PEM"}},
      {"no PEM", path("text"), key_path(), {"text\"", "no certificate in PEM"}},
      {"damaged", path("damaged"), key_path(), {"damaged\"", "no certificate in PEM"}},
      {"a damaged chain", path("damaged chain"), key_path(), {"damaged chain\"", "is damaged"}},
      {"a certificate as key", certificate_path(), certificate_path(), {"no private key in PEM"}},
      {"a key as certificate", key_path(), key_path(), {"no certificate in PEM"}},
      {"another's key", certificate_path(), path("other.key"), {"other.key\"", "does not belong"}},
      {"a passphrase", certificate_path(), path("locked.key"), {"locked.key\"", "passphrase"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto loaded = TlsContext::load({c.certificate, c.key});
    if (c.says.empty()) {
      EXPECT_TRUE(loaded.ok()) << loaded.error().message;
      continue;
    }
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, "bad_certificate");
    for (const auto& text : c.says) {
      EXPECT_NE(loaded.error().message.find(text), std::string::npos) << loaded.error().message;
    }
  }
  EXPECT_EQ(ERR_peek_error(), 0u);  // nothing is left for the thread's next call
}

// A socket whose buffer is smaller than the server's part of the handshake, and
// a client that reads when the test says so.
TEST_F(Tls, ASessionSaysWhichWayItWaitsAndGoesOnWhereItWas) {
  std::string chain = made_->certificate;
  for (int i = 0; i < 100; ++i) chain += testing::make_certificate("above.example").certificate;
  write_file(certificate_path(), chain);
  const auto context = TlsContext::load({certificate_path(), key_path()});
  ASSERT_TRUE(context.ok()) << context.error().message;
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  const File server_end(ends[0]), client_end(ends[1]);
  const int small = 4096;
  setsockopt(server_end.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  const auto session = context.value()->accept(server_end.get());
  ASSERT_NE(session, nullptr);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> client_context(
      SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> client(SSL_new(client_context.get()), SSL_free);
  SSL_set_fd(client.get(), client_end.get());

  // The handshake is a part of receiving; it waits for the client, then for room.
  char buffer[20'000];
  EXPECT_EQ(session->receive(buffer, sizeof buffer).io, Io::kWantsRead);
  EXPECT_FALSE(session->holds_bytes());
  ASSERT_NE(SSL_connect(client.get()), 1);
  EXPECT_EQ(session->receive(buffer, sizeof buffer).io, Io::kWantsWrite);
  session->say_end();  // too early: says nothing
  int steps = 0;
  while (SSL_connect(client.get()) != 1) {
    ASSERT_LT(++steps, 1000);
    session->receive(buffer, sizeof buffer);
  }
  EXPECT_GT(steps, 2);
  ASSERT_EQ(SSL_write(client.get(), "hello", 5), 5);
  Transfer got;
  while ((got = session->receive(buffer, sizeof buffer)).io == Io::kWantsWrite)
    SSL_read(client.get(), buffer, sizeof buffer);
  ASSERT_EQ(got.io, Io::kDone);
  EXPECT_EQ(std::string(buffer, got.bytes), "hello");

  // Sending stops where the client takes nothing, and goes on from another
  // place in memory, with more behind it.
  const std::string text = long_text(300'000);
  std::size_t sent = 0;
  std::string received;
  bool waited = false;
  while (received.size() < text.size()) {
    const auto more = std::make_unique<std::string>(
        text.substr(sent, std::max<std::size_t>(20'000, received.size())));
    const auto [io, n] = session->send(*more);
    ASSERT_TRUE(io == Io::kDone || io == Io::kWantsWrite);
    sent += n;
    if (io == Io::kDone && !more->empty()) continue;
    waited = waited || io == Io::kWantsWrite;
    const int taken = SSL_read(client.get(), buffer, sizeof buffer);
    if (taken > 0) received.append(buffer, static_cast<std::size_t>(taken));
  }
  EXPECT_TRUE(waited);
  EXPECT_TRUE(received == text);
  session->say_end();
  EXPECT_EQ(SSL_read(client.get(), buffer, sizeof buffer), 0);
  EXPECT_EQ(SSL_get_shutdown(client.get()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
  SSL_shutdown(client.get());
  EXPECT_EQ(session->receive(buffer, sizeof buffer).io, Io::kClosed);
}

TEST_F(Tls, TellsUntilWhenACertificateIsValid) {
  const auto made = testing::make_certificate("short.example", -7200, -3600);
  write_file(certificate_path(), made.certificate);
  write_file(key_path(), made.key);
  const auto loaded = TlsContext::load({certificate_path(), key_path()});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const auto facts = loaded.value()->certificate();
  EXPECT_EQ(facts.names, "short.example");
  EXPECT_EQ(facts.not_after_unix_s - facts.not_before_unix_s, 3600);
  EXPECT_NEAR(static_cast<double>(facts.not_after_unix_s),
              static_cast<double>(time(nullptr) - 3600), 30);
}

}  // namespace
}  // namespace pagewake::http
