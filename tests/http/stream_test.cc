// Answers that go on: what reaches a listener, who is let go, and that nobody
// waits for them.
#include "http/stream.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>

#include "http/raw_client.h"
#include "http/server.h"

namespace pagewake::http {
namespace {

using std::chrono::milliseconds;
using testing::RawClient;

// Says what the test gives it, and tells when the server has let it go.
class Told : public StreamSource {
 public:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> texts;
    std::string endless;  // given whenever there is nothing else
    bool heart_beats = true, throws = false;
    int made = 0, gone = 0;
    Told* last = nullptr;

    void say(const std::string& text) {
      std::unique_lock lock(mutex);
      texts.push_back(text);
      Told* source = last;
      lock.unlock();
      source->wake();
    }
    bool wait_until_gone(int count) {
      std::unique_lock lock(mutex);
      return changed.wait_for(lock, std::chrono::seconds(20), [&] { return gone >= count; });
    }
  };

  explicit Told(Shared& shared) : shared_(shared) {
    const std::lock_guard lock(shared_.mutex);
    ++shared_.made;
    shared_.last = this;
  }
  ~Told() override {
    const std::lock_guard lock(shared_.mutex);
    ++shared_.gone;
    shared_.changed.notify_all();
  }
  std::string take() override {
    const std::lock_guard lock(shared_.mutex);
    if (shared_.throws) throw std::runtime_error("broken");
    if (shared_.texts.empty()) return shared_.endless;
    std::string text = std::move(shared_.texts.front());
    shared_.texts.pop_front();
    return text;
  }
  std::optional<std::string> heartbeat() override {
    const std::lock_guard lock(shared_.mutex);
    return shared_.heart_beats ? std::optional<std::string>("beat;") : std::nullopt;
  }

 private:
  Shared& shared_;
};

std::unique_ptr<Server> start(Told::Shared& shared, ServerOptions options = {}) {
  options.listen = "127.0.0.1:0";
  auto server = Server::bind(options);
  EXPECT_TRUE(server.ok()) << server.error().message;
  Router router;
  router.add("GET", "/stream", [&shared](const Request&) {
    Response response;
    response.content_type = "text/event-stream";
    response.stream = std::make_shared<Told>(shared);
    return response;
  });
  router.add("GET", "/plain", [](const Request&) {
    Response response;
    response.body = "{}";
    return response;
  });
  server.value()->start(std::move(router));
  return std::move(server).value();
}

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

TEST(Stream, SendsWhatTheSourceSaysAsItComes) {
  Told::Shared shared;
  shared.texts = {"first;"};
  const auto server = start(shared);
  RawClient client(server->port());
  client.send(get("/stream"));
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.head.find("Content-Type: text/event-stream\r\n"), std::string::npos)
      << answer.head;
  EXPECT_NE(answer.head.find("Connection: close\r\n"), std::string::npos) << answer.head;
  EXPECT_EQ(answer.head.find("Content-Length"), std::string::npos) << answer.head;
  EXPECT_EQ(client.receive_until(";"), "first;");
  shared.say("second;");
  EXPECT_EQ(client.receive_until(";"), "second;");
}

TEST(Stream, HoldsNoWorker) {
  Told::Shared shared;
  ServerOptions options;
  options.workers = 1;
  const auto server = start(shared, options);
  RawClient first(server->port()), second(server->port()), other(server->port());
  for (RawClient* client : {&first, &second}) {
    client->send(get("/stream"));
    ASSERT_EQ(client->receive().status, 200);
  }
  other.send(get("/plain"));
  EXPECT_EQ(other.receive().body, "{}");
}

TEST(Stream, BeatsWhileThereIsNothingToSay) {
  Told::Shared shared;
  ServerOptions options;
  options.heartbeat = milliseconds(20);
  const auto server = start(shared, options);
  RawClient client(server->port());
  client.send(get("/stream"));
  ASSERT_EQ(client.receive().status, 200);
  EXPECT_EQ(client.receive_until("beat;beat;"), "beat;beat;");
}

TEST(Stream, EndsWhereTheSourceHasNoMoreHeartOrFails) {
  for (const bool throws : {false, true}) {
    SCOPED_TRACE(throws);
    Told::Shared shared;
    shared.heart_beats = false;
    shared.throws = throws;
    ServerOptions options;
    options.heartbeat = milliseconds(20);
    const auto server = start(shared, options);
    RawClient client(server->port());
    client.send(get("/stream"));
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_TRUE(client.closed());
    EXPECT_TRUE(shared.wait_until_gone(1));
  }
}

TEST(Stream, LetsGoOfAClientThatLeft) {
  Told::Shared shared;
  const auto server = start(shared);
  {
    RawClient client(server->port());
    client.send(get("/stream"));
    ASSERT_EQ(client.receive().status, 200);
  }
  EXPECT_TRUE(shared.wait_until_gone(1));
}

TEST(Stream, LetsGoOfAClientThatTakesNothing) {
  Told::Shared shared;
  shared.endless = std::string(1 << 20, 'x');
  ServerOptions options;
  options.write_deadline = milliseconds(50);
  const auto server = start(shared, options);
  RawClient client(server->port());
  client.send(get("/stream"));
  EXPECT_TRUE(shared.wait_until_gone(1));
}

TEST(Stream, ToHeadGivesTheHeadOnly) {
  Told::Shared shared;
  shared.texts = {"first;"};
  const auto server = start(shared);
  RawClient client(server->port());
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get("/plain"));
  EXPECT_EQ(client.receive(true).status, 200);
  EXPECT_EQ(client.receive().body, "{}");
  EXPECT_TRUE(shared.wait_until_gone(1));
}

TEST(Stream, EndsAtShutdownWithWhatWasSaid) {
  Told::Shared shared;
  const auto server = start(shared);
  RawClient client(server->port());
  client.send(get("/stream"));
  ASSERT_EQ(client.receive().status, 200);
  shared.say("last;");
  EXPECT_TRUE(server->stop(std::chrono::seconds(10)));
  EXPECT_EQ(client.receive_until("last;"), "last;");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(shared.gone, shared.made);
}

}  // namespace
}  // namespace pagewake::http
