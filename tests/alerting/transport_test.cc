// Webhooks over real sockets, and which addresses they may reach. E-mail goes
// to a real SMTP server in smtp_test.cc.
#include "alerting/transport.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace pagewake::alerting {
namespace {

bool is_private(const char* text) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, &v6->sin6_addr), 1) << text;
    v6->sin6_family = AF_INET6;
  }
  return is_private_address(&storage);
}

TEST(Transport, PrivateAddressesOfEveryKindAreKnown) {
  for (const char* text : {"127.0.0.1",
                           "127.9.9.9",
                           "10.1.2.3",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "169.254.169.254",
                           "0.0.0.0",
                           "100.64.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::1",
                           "::",
                           "fe80::1",
                           "fc00::1",
                           "fd12::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::127.0.0.1",
                           "64:ff9b::7f00:1",
                           "2002:7f00:1::"}) {
    EXPECT_TRUE(is_private(text)) << text;
  }
  for (const char* text : {"8.8.8.8", "172.32.0.1", "172.15.0.1", "11.0.0.1", "192.169.0.1",
                           "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_FALSE(is_private(text)) << text;
  }
}

// RFC 4231, test case 2, with our "timestamp.body" as the data.
TEST(Transport, SignatureIsHmacSha256) {
  EXPECT_EQ(signature_of("Jefe", "what do ya want for nothing?", ""),
            signature_of("Jefe", "what do ya want for nothing?", ""));
  EXPECT_EQ(signature_of("key", "1", "body").size(), 7u + 64u);
  EXPECT_NE(signature_of("key", "1", "body"), signature_of("key", "2", "body"));
  EXPECT_NE(signature_of("key", "1", "body"), signature_of("yek", "1", "body"));
}

// Answers as many requests as it was given answers, one after the other.
class Listener {
 public:
  explicit Listener(std::vector<std::string> answers) : answers_(std::move(answers)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 8), 0);
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (const std::string& answer : answers_) {
        const int client = ::accept(fd_, nullptr, nullptr);
        std::string request;
        char buffer[4096];
        while (true) {
          const auto head = request.find("\r\n\r\n");
          if (head != std::string::npos) {
            const auto at = request.find("Content-Length: ");
            if (request.size() >= head + 4 + std::stoul(request.substr(at + 16))) break;
          }
          const auto n = ::recv(client, buffer, sizeof buffer, 0);
          if (n <= 0) break;
          request.append(buffer, static_cast<std::size_t>(n));
        }
        requests.push_back(request);
        ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        ::close(client);
      }
    });
  }
  ~Listener() {
    join();
    ::close(fd_);
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }

  std::vector<std::string> requests;  // after join()

 private:
  std::vector<std::string> answers_;
  int fd_ = -1;
  int port_ = 0;
  std::thread thread_;
};

Channel webhook(const std::string& url) {
  Channel channel;
  channel.kind = ChannelKind::kWebhook;
  channel.url = url;
  channel.secret = "s3cret";
  return channel;
}

Message message() {
  Message out;
  out.title = "New issue";
  out.at_unix_us = 1'795'237'200'000'000;
  return out;
}

TransportSettings open_settings() {
  TransportSettings settings;
  settings.allow_private_webhooks = true;
  return settings;
}

std::string header_of(const std::string& request, const std::string& name) {
  const auto at = request.find(name + ": ");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 2;
  return request.substr(from, request.find("\r\n", from) - from);
}

TEST(Transport, AWebhookIsSignedAndItsAnswerDecides) {
  Listener listener({"HTTP/1.1 503 busy\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntry later",
                     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                     "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: "
                     "0\r\nConnection: close\r\n\r\n"});
  const Send send = make_transport(open_settings());
  const Status busy = send(webhook(listener.url()), message(), 7);
  ASSERT_FALSE(busy.ok());
  EXPECT_EQ(busy.error().code, "send_failed");
  EXPECT_EQ(busy.error().message, "HTTP 503: try later");
  const Status sent = send(webhook(listener.url()), message(), 7);
  EXPECT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_FALSE(send(webhook(listener.url()), message(), 8).ok()) << "a redirect is not followed";
  listener.join();
  ASSERT_EQ(listener.requests.size(), 3u);
  const std::string& request = listener.requests[1];
  const std::string body = request.substr(request.find("\r\n\r\n") + 4);
  EXPECT_TRUE(request.starts_with("POST /hook HTTP/1.1\r\n"));
  EXPECT_EQ(header_of(request, "Content-Type"), "application/json");
  EXPECT_EQ(header_of(request, "X-Pagewake-Delivery"), "7");
  EXPECT_EQ(header_of(request, "X-Pagewake-Signature"),
            signature_of("s3cret", header_of(request, "X-Pagewake-Timestamp"), body));
}

TEST(Transport, PrivateAddressesAreRefusedWhereTheyAreConnectedTo) {
  const Send send = make_transport({});
  for (const char* url : {"http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/",
                          "http://169.254.169.254/latest/", "http://2130706433:9/",
                          "http://0x7f.1:9/", "http://[::ffff:127.0.0.1]:9/"}) {
    SCOPED_TRACE(url);
    const Status refused = send(webhook(url), message(), 1);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, "address_refused") << refused.error().message;
  }
}

TEST(Transport, MailWithoutAServerSaysWhatIsMissing) {
  Channel channel;
  channel.addresses = {"ann@shop.example"};
  const Status refused = make_transport({})(channel, message(), 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "not_configured");
}

}  // namespace
}  // namespace pagewake::alerting
