#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "http/raw_client.h"

namespace pagewake::http {
namespace {

using namespace std::string_literals;

using std::chrono::milliseconds;
using testing::RawClient;
using testing::RawResponse;

// A gate that a handler waits at, so that a test decides when it answers.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_until_reached() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

Router echo_router(Gate* gate = nullptr) {
  Router router;
  const auto echo = [](const Request& request) {
    Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.path +
                    " q=" + std::string(request.query_value("q")) + " " + request.body;
    return response;
  };
  router.add("GET", "/echo", echo);
  router.add("POST", "/echo", echo);
  router.add("GET", "/echo/{rest...}", echo);
  router.add("POST", "/small", echo, {.max_bytes = 10});
  router.add("POST", "/counted", echo, {.max_bytes = 10, .too_large = [](const Request& request) {
                                          Response response = too_large_response(10);
                                          response.set_header(
                                              "X-Route-Saw",
                                              request.path + std::to_string(request.body.size()));
                                          return response;
                                        }});
  router.add("GET", "/nothing", [](const Request&) {
    Response response;
    response.status = 204;
    return response;
  });
  router.add("GET", "/header", [](const Request& request) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::string(request.header("X-Test")) + "|" + request.remote_address;
    return response;
  });
  router.add("GET", "/large", [](const Request&) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::string(20 << 20, 'x');
    return response;
  });
  router.add("GET", "/throws", [](const Request&) -> Response { throw 1; });
  if (gate) {
    router.add("GET", "/wait", [gate](const Request&) {
      gate->wait();
      return Response{};
    });
  }
  return router;
}

std::unique_ptr<Server> start(ServerOptions options = {}, Gate* gate = nullptr) {
  options.listen = "127.0.0.1:0";
  auto server = Server::bind(options);
  EXPECT_TRUE(server.ok()) << server.error().message;
  server.value()->start(echo_router(gate));
  return std::move(server).value();
}

std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

TEST(Server, AnswersOverOneConnection) {
  const auto server = start();
  RawClient client(server->port());
  const struct {
    std::string request;
    int status;
    std::string body;
  } cases[] = {
      {get("/echo?q=a%20b+c"), 200, "GET /echo q=a b c "},
      {get("/echo/a%2fb"), 200, "GET /echo/a/b q= "},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", 200,
       "POST /echo q= body"},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
       "chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
       200, "POST /echo q= body"},
      // cpp-httplib alone refuses forms over 8 KiB and inflates bodies itself.
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: "
       "application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\n" +
           std::string(9000, 'f'),
       200, "POST /echo q= " + std::string(9000, 'f')},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
       200, "POST /echo q= abc"},
      {get("/header", "X-Test: a%41%0d%0ab\r\nREMOTE_ADDR: 6.6.6.6\r\n"), 200,
       "a%41%0d%0ab|127.0.0.1"},
      {get("/echo", "Range: bytes=0-1\r\nAccept-Encoding: gzip, br\r\n"), 200, "GET /echo q= "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.request.substr(0, 60));
    ASSERT_TRUE(client.send(c.request));
    const RawResponse response = client.receive();
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.body, c.body);
    EXPECT_EQ(response.head.find("Content-Encoding"), std::string::npos);
  }
}

TEST(Server, HeadHasTheLengthAndNoBody) {
  const auto server = start();
  RawClient client(server->port());
  client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n" + get("/nothing"));
  const auto head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.head.find("Content-Length: 14\r\n"), std::string::npos) << head.head;
  const auto nothing = client.receive();
  EXPECT_EQ(nothing.status, 204);
  EXPECT_EQ(nothing.head.find("Content-Length"), std::string::npos);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const auto server = start();
  RawClient client(server->port());
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get("/echo?q=" + std::to_string(i));
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(client.receive().body, "GET /echo q=" + std::to_string(i) + " ");
}

TEST(Server, ClosesWhenAskedTo) {
  const auto server = start();
  RawClient client(server->port());
  client.send(get("/echo", "Connection: close\r\n"));
  EXPECT_NE(client.receive().head.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(client.closed());
  RawClient old(server->port());
  old.send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().status, 200);
  EXPECT_TRUE(old.closed());
}

TEST(Server, MalformedRequestsGetTheirStatusAndTheServerStaysUp) {
  const auto server = start();
  std::string many = "GET /echo HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 5000; ++i) many += "x: y\r\n";
  const struct {
    const char* name;
    std::string request;
    int status;
  } cases[] = {
      {"two lengths",
       "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
       400},
      {"length of letters", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n", 400},
      {"length and chunked",
       "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"bad chunk", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       400},
      {"5,000 headers", many + "\r\n", 431},
      {"endless header", "GET /echo HTTP/1.1\r\nX: " + std::string(20000, 'x'), 431},
      {"long target", get("/echo?" + std::string(9000, 'x')), 414},
      {"TLS", "\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03\n"s, 400},
      {"not found", get("/none"), 404},
      {"wrong method", "POST /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"exception", get("/throws"), 500},
      {"body over the route's limit",
       "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901", 413},
      {"body over the default", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n",
       413},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    RawClient client(server->port());
    client.send(c.request);
    const RawResponse response = client.receive();
    EXPECT_EQ(response.status, c.status);
    EXPECT_FALSE(nlohmann::json::parse(response.body)["error"]["code"].get<std::string>().empty());
    RawClient next(server->port());
    next.send(get("/echo"));
    EXPECT_EQ(next.receive().status, 200);
  }
}

TEST(Server, AClientThatStillSendsSeesThe413) {
  const auto server = start();
  RawClient client(server->port());
  ASSERT_TRUE(client.send("POST /counted HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n"));
  // Far more than the socket buffers hold: a server that just closed would
  // reset the connection under this.
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 8; ++i) client.send(block);
  const RawResponse response = client.receive();
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(nlohmann::json::parse(response.body)["error"]["limit_bytes"], 10);
  EXPECT_NE(response.head.find("X-Route-Saw: /counted0\r\n"), std::string::npos) << response.head;
  client.finish_sending();
  EXPECT_TRUE(client.closed());
}

TEST(Server, ChunkedBodiesOverTheCapAreRefused) {
  const auto server = start();
  RawClient client(server->port());
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) client.send("5\r\nabcde\r\n");
  EXPECT_EQ(client.receive().status, 413);
}

TEST(Server, SaysContinueOnlyWhereTheBodyIsWanted) {
  const auto server = start();
  RawClient client(server->port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("body");
  EXPECT_EQ(client.receive().body, "POST /echo q= body");
  client.send(
      "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
}

TEST(Server, SlowClientsAreClosedAtTheDeadline) {
  ServerOptions options;
  options.idle_deadline = options.head_deadline = options.body_deadline = milliseconds(150);
  const auto server = start(options);
  const struct {
    const char* name;
    std::string beginning;
    int status;  // 0: closed without a word
  } cases[] = {
      {"says nothing", "", 0},
      {"half a head", "GET /echo HTTP/1.1\r\nHo", 408},
      {"half a body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", 408},
      {"half a chunk",
       "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 408},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    RawClient client(server->port());
    client.send(c.beginning);
    EXPECT_EQ(client.receive().status, c.status);
    client.finish_sending();
    EXPECT_TRUE(client.closed());
  }
}

TEST(Server, ADripOfBytesDoesNotMoveTheDeadline) {
  ServerOptions options;
  options.head_deadline = milliseconds(300);
  const auto server = start(options);
  RawClient client(server->port());
  client.send("GET /echo HTTP/1.1\r\n");
  const auto begin = std::chrono::steady_clock::now();
  // Each poll waits for the answer at most 20 ms, so this is a drip until it comes.
  while (client.silent_for(20)) client.send("X");
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Server, IdleConnectionsHoldNoWorker) {
  ServerOptions options;
  options.workers = 2;
  const auto server = start(options);
  std::vector<std::unique_ptr<RawClient>> waiting;
  for (int i = 0; i < 300; ++i) {
    waiting.push_back(std::make_unique<RawClient>(server->port()));
    waiting.back()->send(i % 2 ? "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"
                               : "");
  }
  RawClient client(server->port());
  client.send(get("/echo"));
  EXPECT_EQ(client.receive().status, 200);
  // And the ones that waited are still served.
  waiting[1]->send("defghij");
  EXPECT_EQ(waiting[1]->receive().body, "POST /echo q= abcdefghij");
}

TEST(Server, AReaderThatIsSlowGetsTheWholeAnswer) {
  const auto server = start();
  RawClient client(server->port());
  client.send(get("/large"));
  RawClient other(server->port());
  other.send(get("/echo"));
  EXPECT_EQ(other.receive().status, 200);
  EXPECT_EQ(client.receive().body.size(), std::size_t{20} << 20);
}

TEST(Server, LimitsConnections) {
  ServerOptions options;
  options.max_connections = 3;
  const auto server = start(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server->port()));
    clients.back()->send(get("/echo"));
    ASSERT_EQ(clients.back()->receive().status, 200);
  }
  RawClient refused(server->port());
  refused.send(get("/echo"));
  EXPECT_EQ(refused.receive().status, 0);
  clients[0]->send(get("/echo", "Connection: close\r\n"));
  clients[0]->receive();
  ASSERT_TRUE(clients[0]->closed());
  RawClient next(server->port());
  next.send(get("/echo"));
  EXPECT_EQ(next.receive().status, 200);
}

TEST(Server, LimitsConnectionsOfOneAddress) {
  ServerOptions options;
  options.max_connections_per_address = 1;
  const auto server = start(options);
  RawClient first(server->port());
  first.send(get("/echo"));
  ASSERT_EQ(first.receive().status, 200);
  RawClient second(server->port());
  second.send(get("/echo"));
  EXPECT_EQ(second.receive().status, 0);
}

TEST(Server, BodiesTogetherStayWithinTheBudget) {
  ServerOptions options;
  options.max_buffered_bytes = 100'000;
  const auto server = start(options);
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n";
  RawClient first(server->port());
  first.send(head + std::string(80'000, 'x'));
  RawClient second(server->port());
  second.send(head + std::string(80'000, 'x'));
  // Whichever the server read later is refused; the other completes.
  RawClient* refused = nullptr;
  while (!refused) {
    if (!second.silent_for(10)) refused = &second;
    if (!first.silent_for(10)) refused = &first;
  }
  EXPECT_EQ(refused->receive().status, 503);
  RawClient& kept = refused == &second ? first : second;
  kept.send(std::string(10'000, 'x'));
  EXPECT_EQ(kept.receive().status, 200);
}

TEST(Server, ReportsEveryExchange) {
  std::mutex mutex;
  std::vector<Exchange> seen;
  ServerOptions options;
  options.on_exchange = [&](const Exchange& exchange) {
    const std::lock_guard lock(mutex);
    seen.push_back(exchange);
  };
  const auto server = start(options);
  for (const std::string& request :
       {get("/echo?q=1"), get("/none"), std::string("nonsense\r\n\r\n")}) {
    RawClient client(server->port());
    client.send(request);
    client.receive();
  }
  const std::lock_guard lock(mutex);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].route, "/echo");
  EXPECT_EQ(seen[0].status, 200);
  EXPECT_EQ(seen[0].remote_address, "127.0.0.1");
  EXPECT_EQ(seen[1].route, "");
  EXPECT_EQ(seen[1].status, 404);
  EXPECT_EQ(seen[2].status, 400);
}

TEST(Server, StopLetsARunningRequestFinish) {
  Gate gate;
  auto server = start({}, &gate);
  RawClient busy(server->port());
  busy.send(get("/wait"));
  gate.wait_until_reached();
  RawClient idle(server->port());
  idle.send(get("/echo"));
  ASSERT_EQ(idle.receive().status, 200);

  std::atomic<bool> drained{false};
  std::thread stopper([&] { drained = server->stop(std::chrono::seconds(10)); });
  EXPECT_TRUE(idle.closed());  // at once: it waits for nothing
  EXPECT_FALSE(drained);
  gate.open();
  const RawResponse response = busy.receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.head.find("Connection: close"), std::string::npos);
  stopper.join();
  EXPECT_TRUE(drained);
  EXPECT_FALSE(RawClient(server->port()).connected());
}

TEST(Server, StopCutsWhatDoesNotFinish) {
  auto server = start();
  RawClient slow(server->port());
  // What the server has not read of yet is an idle connection to it: its "go on"
  // says that it began.
  slow.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_EQ(slow.receive().status, 100);
  slow.send("abc");
  EXPECT_FALSE(server->stop(milliseconds(50)));
  EXPECT_EQ(slow.receive().status, 0);
}

// Answers that come later, given by a thread of the test in the order it likes.
class Later {
 public:
  Router router() {
    Router router;
    router.add("POST", "/later", [this](const Request& request) {
      Response response;
      response.later = [this, &request](std::function<void(Finish)> done) {
        const std::lock_guard lock(mutex_);
        waiting_.emplace_back(&request, std::move(done));
        changed_.notify_all();
      };
      return response;
    });
    router.add("GET", "/now", [](const Request&) { return Response{.body = "{}"}; });
    return router;
  }
  void wait_until_waiting(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() >= count; });
  }
  // The newest first.
  void answer_all() {
    const std::lock_guard lock(mutex_);
    for (auto one = waiting_.rbegin(); one != waiting_.rend(); ++one) {
      one->second([request = one->first] {
        Response response;
        response.body = request->body;
        return response;
      });
    }
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<const Request*, std::function<void(Finish)>>> waiting_;
};

TEST(Server, AnswersThatComeLaterHoldNoWorkerAndReachTheirOwnRequest) {
  constexpr std::size_t kClients = 40;
  Later later;
  auto server = std::move(Server::bind({.listen = "127.0.0.1:0", .workers = 2})).value();
  server->start(later.router());
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<RawClient>(server->port()));
    const std::string body = "client " + std::to_string(100 + i);
    // A second request is behind it already.
    clients.back()->send("POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n" + body +
                         "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  later.wait_until_waiting(kClients);
  RawClient other(server->port());
  other.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(other.receive().status, 200);
  later.answer_all();
  for (std::size_t i = 0; i < kClients; ++i) {
    EXPECT_EQ(clients[i]->receive().body, "client " + std::to_string(100 + i));
    EXPECT_EQ(clients[i]->receive().body, "{}");
  }
}

TEST(Server, StopWaitsForAnAnswerThatComesLaterAlsoWhenItsClientIsCut) {
  Later later;
  auto server = std::move(Server::bind({.listen = "127.0.0.1:0", .workers = 2})).value();
  server->start(later.router());
  RawClient client(server->port());
  client.send("POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
  later.wait_until_waiting(1);
  std::atomic<bool> answered{false};
  std::thread stopper([&] {
    EXPECT_FALSE(server->stop(milliseconds(10)));
    EXPECT_TRUE(answered.load());
  });
  // Cut: the stop no longer waits for the connection, but for who has it.
  EXPECT_EQ(client.receive().status, 0);
  answered = true;
  later.answer_all();
  stopper.join();
}

TEST(Server, BindRefusesWhatIsNoAddress) {
  const auto taken = start();
  const struct {
    std::string listen, code;
  } cases[] = {
      {"", "bad_listen"},
      {"8790", "bad_listen"},
      {":8790", "bad_listen"},
      {"127.0.0.1:", "bad_listen"},
      {"127.0.0.1:99999", "bad_listen"},
      {"127.0.0.1:-1", "bad_listen"},
      {"::1:80", "bad_listen"},
      {"192.0.2.1:0", "listen_failed"},
      {"127.0.0.1:" + std::to_string(taken->port()), "listen_failed"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.listen);
    ServerOptions options;
    options.listen = c.listen;
    const auto server = Server::bind(options);
    ASSERT_FALSE(server.ok());
    EXPECT_EQ(server.error().code, c.code);
  }
}

}  // namespace
}  // namespace pagewake::http
