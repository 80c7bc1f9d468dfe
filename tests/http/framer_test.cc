#include "http/framer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace pagewake::http {
namespace {

using namespace std::string_literals;

Framer make_framer(std::size_t max_body = 1000, std::size_t max_head = 1000) {
  return Framer([max_body](const Head&) { return max_body; }, max_head);
}

struct Case {
  const char* name;
  std::string bytes;
  int status;  // 0: a complete request
  std::string body = "";
};

std::string post(const std::string& headers, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}

std::vector<Case> cases() {
  return {
      {"get", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
      {"get 1.0 without host", "GET / HTTP/1.0\r\n\r\n", 0},
      {"empty line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
      {"post with length", post("Content-Length: 3\r\n", "abc"), 0, "abc"},
      {"post without length", post(""), 0},
      {"length zero", post("Content-Length: 0\r\n"), 0},
      {"chunked", post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 0,
       "abcde"},
      {"chunked, upper-case hex and extension",
       post("transfer-encoding: CHUNKED\r\n", "A;x=y\r\n0123456789\r\n0\r\n\r\n"), 0, "0123456789"},
      {"chunked with trailers",
       post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nX: y\r\n\r\n"), 0, "a"},
      {"value with tab and 8-bit", "GET / HTTP/1.1\r\nHost: a\r\nX: a\tb\xc3\xa9\r\n\r\n", 0},

      {"two lengths, the same", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400},
      {"two lengths, different", post("Content-Length: 3\r\nContent-Length: 5\r\n", "abcde"), 400},
      {"length list", post("Content-Length: 3, 3\r\n", "abc"), 400},
      {"length of letters", post("Content-Length: abc\r\n"), 400},
      {"length negative", post("Content-Length: -1\r\n"), 400},
      {"length with plus", post("Content-Length: +3\r\n", "abc"), 400},
      {"length hexadecimal", post("Content-Length: 0x3\r\n", "abc"), 400},
      {"length empty", post("Content-Length: \r\n"), 400},
      {"length overflows", post("Content-Length: 99999999999999999999\r\n"), 400},
      {"length and chunked",
       post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked and length",
       post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400},
      {"encoding xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
      {"encoding gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
      {"encoding twice",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunk size with 0x", post("Transfer-Encoding: chunked\r\n", "0x2\r\nab\r\n0\r\n\r\n"), 400},
      {"chunk size negative", post("Transfer-Encoding: chunked\r\n", "-2\r\nab\r\n0\r\n\r\n"), 400},
      {"chunk size with space", post("Transfer-Encoding: chunked\r\n", " 2\r\nab\r\n0\r\n\r\n"),
       400},
      {"chunk size empty", post("Transfer-Encoding: chunked\r\n", "\r\nab\r\n0\r\n\r\n"), 400},
      {"chunk size overflows", post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff1\r\n"),
       400},
      {"chunk longer than its size",
       post("Transfer-Encoding: chunked\r\n", "2\r\nabc\r\n0\r\n\r\n"), 400},
      {"chunk size line endless",
       post("Transfer-Encoding: chunked\r\n", "2;" + std::string(300, 'x')), 400},
      {"chunk line feed only", post("Transfer-Encoding: chunked\r\n", "2\nab\n0\n\n"), 400},
      {"trailers endless",
       post("Transfer-Encoding: chunked\r\n", "0\r\nX: " + std::string(1000, 'x')), 431},

      {"line feeds only", "GET / HTTP/1.1\nHost: a\n\n", 400},
      {"space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
      {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400},
      {"empty name", "GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", 400},
      {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s, 400},
      {"carriage return in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"version 2", "GET / HTTP/2.0\r\n\r\n", 505},
      {"not HTTP", "\x16\x03\x01\x02\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute target", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"lower-case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"expect something", post("Expect: 200-ok\r\n"), 417},
      {"body over the limit", post("Content-Length: 1001\r\n"), 413},
      {"chunks over the limit",
       post("Transfer-Encoding: chunked\r\n", "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n"),
       413},
      {"head without end", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x'), 431},
      {"line without end", std::string(2000, 'x'), 431},
      {"empty lines without end",
       [] {
         std::string lines;
         for (int i = 0; i < 600; ++i) lines += "\r\n";
         return lines;
       }(),
       431},
  };
}

void check(const Case& c, std::size_t step) {
  Framer framer = make_framer();
  for (std::size_t at = 0; at < c.bytes.size(); at += step) {
    framer.feed(std::string_view(c.bytes).substr(at, step));
  }
  if (c.status == 0) {
    ASSERT_EQ(framer.state(), Framer::State::kComplete) << framer.error().message;
    EXPECT_EQ(framer.take_body(), c.body);
  } else {
    ASSERT_EQ(framer.state(), Framer::State::kFailed);
    EXPECT_EQ(framer.error().status, c.status);
    EXPECT_FALSE(framer.error().message.empty());
  }
}

TEST(Framer, GivesTheSameVerdictHoweverTheBytesArrive) {
  for (const auto& c : cases()) {
    SCOPED_TRACE(c.name);
    check(c, c.bytes.size());
    check(c, 1);
    check(c, 7);
  }
}

TEST(Framer, StopsAtTheEndOfARequest) {
  const std::string first = post("Content-Length: 3\r\n", "abc");
  const std::string second = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n";
  Framer framer = make_framer();
  EXPECT_EQ(framer.feed(first + second), first.size());
  EXPECT_EQ(framer.feed(second), 0u);
  framer.reset();
  EXPECT_FALSE(framer.started());
  EXPECT_EQ(framer.feed(second), second.size());
  EXPECT_EQ(framer.head().target, "/second");
}

TEST(Framer, KnowsWhetherTheConnectionStays) {
  const struct {
    std::string bytes;
    bool keep_alive;
  } table[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
  };
  for (const auto& c : table) {
    SCOPED_TRACE(c.bytes);
    Framer framer = make_framer();
    framer.feed(c.bytes);
    EXPECT_EQ(framer.head().keep_alive, c.keep_alive);
  }
}

TEST(Framer, KeepsHeadersInWireOrderAndUndecoded) {
  Framer framer = make_framer();
  framer.feed("GET /a%20b?c=%2F HTTP/1.1\r\nHost: a\r\nX-B:  one%20two  \r\nX-A: 2\r\n\r\n");
  ASSERT_EQ(framer.state(), Framer::State::kComplete);
  EXPECT_EQ(framer.head().target, "/a%20b?c=%2F");
  const Headers expected{{"Host", "a"}, {"X-B", "one%20two"}, {"X-A", "2"}};
  EXPECT_EQ(framer.head().headers, expected);
}

TEST(Framer, TakesAtMostTwoHundredHeaders) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 200; ++i) head += "x:\r\n";
  Framer framer = make_framer(1000, 16 << 10);
  framer.feed(head + "\r\n");
  EXPECT_EQ(framer.state(), Framer::State::kFailed);
  EXPECT_EQ(framer.error().status, 431);
}

TEST(Framer, ReadsWhatNodeSends) {
  std::ifstream file(PAGEWAKE_SOURCE_DIR "/tests/cases/clients/bodies/wire-node-chunked.http",
                     std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  Framer framer = make_framer(1 << 20, 16 << 10);
  EXPECT_EQ(framer.feed(bytes), bytes.size());
  ASSERT_EQ(framer.state(), Framer::State::kComplete) << framer.error().message;
  EXPECT_TRUE(framer.head().chunked);
  EXPECT_TRUE(framer.take_body().starts_with("{"));
}

}  // namespace
}  // namespace pagewake::http
