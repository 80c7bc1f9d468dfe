#include "http/proxies.h"

#include <gtest/gtest.h>

namespace pagewake::http {
namespace {

TEST(Networks, HoldTheirAddressesInEveryForm) {
  const auto networks =
      Networks::parse("10.0.0.0/8, 192.0.2.7 ,::1,fd00::/8,203.0.113.128/25").value();
  for (const char* in : {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3", "192.0.2.7", "::1",
                         "fd12::3", "203.0.113.129"}) {
    EXPECT_TRUE(networks.contains(in)) << in;
  }
  for (const char* out : {"11.0.0.0", "192.0.2.8", "::2", "fe80::1", "203.0.113.127", "", "x",
                          "10.0.0.1:80", "10.0.0"}) {
    EXPECT_FALSE(networks.contains(out)) << out;
  }
  EXPECT_TRUE(Networks::parse("0.0.0.0/0").value().contains("8.8.8.8"));
  EXPECT_FALSE(Networks::parse("0.0.0.0/0").value().contains("2001::1"));
  EXPECT_TRUE(Networks::parse("").value().empty());
  EXPECT_TRUE(Networks::parse(" ").value().empty());
}

TEST(Networks, OddOnesAreRefusedByName) {
  for (const char* text : {"10.0.0.0/33", "10.0.0.0/-1", "::1/129", "10.0.0.0/", "10.0.0.0/8x",
                           "example.com", "10.0.0.0/8,,::1"}) {
    EXPECT_EQ(Networks::parse(text).error().code, "bad_network") << text;
  }
}

TEST(ClientOf, BelievesHeadersOfTrustedProxiesOnly) {
  const auto trusted = Networks::parse("127.0.0.1,10.0.0.0/8").value();
  const struct {
    const char* name;
    std::string peer;
    Headers headers;
    std::string address;
    bool secure;
  } cases[] = {
      {"a stranger writes it",
       "198.51.100.1",
       {{"X-Forwarded-For", "1.2.3.4"}, {"X-Forwarded-Proto", "https"}},
       "198.51.100.1",
       false},
      {"a proxy says nothing", "127.0.0.1", {}, "127.0.0.1", false},
      {"one proxy",
       "127.0.0.1",
       {{"x-forwarded-for", "198.51.100.1"}, {"x-forwarded-proto", "HTTPS"}},
       "198.51.100.1",
       true},
      {"made up before the client's own",
       "127.0.0.1",
       {{"X-Forwarded-For", "1.1.1.1, 10.9.9.9, 198.51.100.1"}},
       "198.51.100.1",
       false},
      {"two proxies",
       "127.0.0.1",
       {{"X-Forwarded-For", "6.6.6.6, 198.51.100.1, 10.0.0.2"}},
       "198.51.100.1",
       false},
      {"on two lines",
       "127.0.0.1",
       {{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "10.0.0.2"}},
       "198.51.100.1",
       false},
      {"all of them proxies",
       "127.0.0.1",
       {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}},
       "10.0.0.3",
       false},
      {"with ports",
       "127.0.0.1",
       {{"X-Forwarded-For", "198.51.100.1:4711"}},
       "198.51.100.1",
       false},
      {"IPv6 with a port",
       "127.0.0.1",
       {{"X-Forwarded-For", "[2001:db8::1]:80"}},
       "2001:db8::1",
       false},
      {"rubbish behind",
       "127.0.0.1",
       {{"X-Forwarded-For", "198.51.100.1, unknown"}},
       "127.0.0.1",
       false},
      {"rubbish before",
       "127.0.0.1",
       {{"X-Forwarded-For", "<script>, 10.0.0.2"}},
       "10.0.0.2",
       false},
      {"a longer chain of protocols",
       "127.0.0.1",
       {{"X-Forwarded-Proto", "https, http"}},
       "127.0.0.1",
       false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto client = client_of(c.peer, false, c.headers, trusted);
    EXPECT_EQ(client.address, c.address);
    EXPECT_EQ(client.secure, c.secure);
  }
  EXPECT_EQ(client_of("127.0.0.1", false, {{"X-Forwarded-For", "1.2.3.4"}}, {}).address,
            "127.0.0.1");
}

TEST(ClientOf, AConnectionInsideTlsIsSecureUnlessATrustedProxySaysOtherwise) {
  const auto trusted = Networks::parse("127.0.0.1").value();
  const Headers http = {{"X-Forwarded-Proto", "http"}};
  EXPECT_TRUE(client_of("198.51.100.1", true, {}, trusted).secure);
  EXPECT_TRUE(client_of("198.51.100.1", true, http, trusted).secure);
  EXPECT_TRUE(client_of("127.0.0.1", true, {}, trusted).secure);
  EXPECT_FALSE(client_of("127.0.0.1", true, http, trusted).secure);
}

}  // namespace
}  // namespace pagewake::http
