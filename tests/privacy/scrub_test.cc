#include "privacy/scrub.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/utf8.h"
#include "privacy/harmless.h"
#include "privacy/rules_hash.h"

namespace pagewake {
namespace {

constexpr char kFiltered[] = "[Filtered]";

struct Case {
  std::string name, kind, in, out;
  std::vector<std::string> allow;
  std::string run(std::string_view text) const {
    return kind == "url" ? scrub_url(text, allow) : scrub_text(text);
  }
};

// The same file is read by the shim's test: its coarse rules must agree on the
// cases marked "coarse".
std::vector<Case> shared_cases() {
  std::ifstream file(PAGEWAKE_SOURCE_DIR "/tests/cases/scrub/cases.json");
  const auto json = nlohmann::json::parse(file);
  std::vector<Case> cases;
  for (const auto& item : json) {
    cases.push_back({item.at("name"), item.at("kind"), item.at("in"), item.at("out"),
                     item.value("allow", std::vector<std::string>{})});
  }
  return cases;
}

TEST(Scrub, SharedCases) {
  const auto cases = shared_cases();
  ASSERT_GT(cases.size(), 100u);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_TRUE(c.kind == "url" || c.kind == "text");
    EXPECT_EQ(c.run(c.in), c.out);
    EXPECT_EQ(c.run(c.out), c.out) << "not idempotent";
    const auto kind = c.kind == "url" ? TextKind::kUrl : TextKind::kText;
    if (is_surely_harmless(c.in, kind)) {
      EXPECT_EQ(c.out, c.in) << "was called harmless";
    }
  }
}

TEST(Scrub, SecretNames) {
  const struct {
    const char* name;
    bool secret;
  } cases[] = {
      {"password", true},
      {"Password", true},
      {"user_passwd", true},
      {"pwd", true},
      {"PASSWORT", true},
      {"client-secret", true},
      {"accessToken", true},
      {"refresh_token", true},
      {"api_key", true},
      {"x-api-key", true},
      {"apiKey", true},
      {"key", true},
      {"private.key", true},
      {"Authorization", true},
      {"proxy-authorization", true},
      {"Set-Cookie", true},
      {"session", true},
      {"session_id", true},
      {"PHPSESSID", true},
      {"csrfmiddlewaretoken", true},
      {"X-XSRF-TOKEN", true},
      {"credit_card", true},
      {"card-number", true},
      {"cvv", true},
      {"jwt", true},
      {"", false},
      {"user", false},
      {"monkey", false},
      {"keyboard", false},
      {"primary_key", false},
      {"author", false},
      {"compass", false},
      {"footprint", false},
      {"sessions_count", false},
      {"side", false},
      {"page", false},
      {"http.url", false},
  };
  for (const auto& c : cases) EXPECT_EQ(is_secret_name(c.name), c.secret) << c.name;
}

TEST(Scrub, RulesHashChangesWithEveryRule) {
  using Table = std::vector<std::string_view>;
  const Table stems{"passwor", "token"}, names{"pin", "auth"};
  const std::uint32_t before = hash_of_rules("1", {stems, names});
  EXPECT_EQ(hash_of_rules("1", {stems, names}), before);
  const struct {
    const char *change, *version;
    Table stems, names;
  } cases[] = {
      {"another version", "2", stems, names},
      {"one name more", "1", {"passwor", "token", "jwt"}, names},
      {"one name less", "1", {"passwor"}, names},
      {"another name", "1", {"passwor", "tokem"}, names},
      {"another order", "1", {"token", "passwor"}, names},
      {"two names are one", "1", {"passwortoken"}, names},
      {"a name in another table", "1", {"passwor"}, {"token", "pin", "auth"}},
      {"tables exchanged", "1", names, stems},
      {"an empty table", "1", stems, {}},
  };
  for (const auto& c : cases) {
    EXPECT_NE(hash_of_rules(c.version, {c.stems, c.names}), before) << c.change;
  }
}

TEST(Scrub, RulesHashIsPinnedToTheRules) {
  // A change of the rules changes the number that beacons carry. Then write the
  // new one here: the point is that nobody changes the rules unawares.
  EXPECT_EQ(scrub_rules_hash(), 1855731918u);
}

using Random = std::mt19937;

std::string pick(Random& random, std::string_view alphabet, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += alphabet[random() % alphabet.size()];
  return out;
}

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

std::string with_check_digit(std::string digits) {
  for (char check = '0'; check <= '9'; ++check) {
    int sum = check - '0';
    for (std::size_t i = 0; i < digits.size(); ++i) {
      int value = digits[digits.size() - 1 - i] - '0';
      if (i % 2 == 0) value = value > 4 ? value * 2 - 9 : value * 2;
      sum += value;
    }
    if (sum % 10 == 0) return digits + check;
  }
  return digits;
}

std::string grouped(const std::string& digits, char separator) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % 4 == 0) out += separator;
    out += digits[i];
  }
  return out;
}

// Secrets in the surroundings they come in: JSON, logs, headers, queries.
TEST(Scrub, TheSecretIsGoneWhereverItStands) {
  Random random(20261121);
  const std::string_view before[] = {"",          " ",      "failed: ", "(", "[",
                                     "{\"v\":\"", "v='",    "<",        "|", "x, ",
                                     "\xc3\xa9 ", "line\n", "a=b&c=",   "/"};
  const std::string_view after[] = {"",  " ", ".", ", next", ")",    "]", "\"}", "'",
                                    ">", "|", "!", "\nline", "&d=1", "?", ": no"};
  for (int round = 0; round < 4000; ++round) {
    std::string secret, text;
    switch (round % 7) {
      case 0:
        secret = pick(random, kLower, 3 + random() % 9) + "." + pick(random, kLower, 4) + "@" +
                 pick(random, kLower, 4 + random() % 5) + ".com";
        text = secret;
        break;
      case 1:
        secret = with_check_digit("4" + pick(random, "0123456789", 14));
        text = secret;
        break;
      case 2:
        secret =
            grouped(with_check_digit("5" + pick(random, "0123456789", 14)), " -"[random() % 2]);
        text = secret;
        break;
      case 3:
        secret = "eyJ" + pick(random, kBase64, 20) + "." + pick(random, kBase64, 30) + "." +
                 pick(random, kBase64, 43);
        text = secret;
        break;
      case 4:
        secret = pick(random, "0123456789abcdef", 32 + random() % 40);
        text = secret;
        break;
      case 5:
        secret = pick(random, kBase64, 8 + random() % 30);
        text = (random() % 2 ? "Bearer " : "authorization: Bearer ") + secret;
        break;
      default:
        secret = pick(random, kLower, 6 + random() % 6);
        text = std::string(random() % 2 ? "password=" : "\"api_key\": \"") + secret;
        if (text[0] == '"') text += '"';
        break;
    }
    const std::string_view head = before[random() % std::size(before)];
    const std::string_view tail = after[random() % std::size(after)];
    const std::string in = std::string(head) + text + std::string(tail);
    const std::string out = scrub_text(in);
    SCOPED_TRACE(in);
    EXPECT_EQ(out.find(secret), std::string::npos) << out;
    EXPECT_NE(out.find(kFiltered), std::string::npos) << out;
  }
}

TEST(Scrub, RandomBase64IsRecognisedNearlyAlways) {
  // A statistical rule: state how good it is, with a fixed seed.
  Random random(7);
  int missed = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string secret = pick(random, kBase64, 40);
    if (scrub_text(secret) != kFiltered) ++missed;
  }
  EXPECT_LT(missed, 50);
}

// What a server reads all day is seen at a glance; what only might be a secret is not.
TEST(Scrub, HarmlessAtAGlance) {
  const struct {
    TextKind kind;
    const char* text;
    bool harmless;
  } cases[] = {
      {TextKind::kText, "", true},
      {TextKind::kText, "A product of the shop", true},
      {TextKind::kText, "main>div#hero>img.big", true},
      {TextKind::kText, "/product/:id", true},
      {TextKind::kText, "GET https://shop.example/api/cart", true},
      {TextKind::kText, "SELECT shop_product", true},
      {TextKind::kText, "S\xc3\xa4tze mit Umlauten", true},
      {TextKind::kUrl, "https://shop.example/static/app.3f2a9c1b.js", true},
      {TextKind::kUrl, "/static/base.css", true},
      {TextKind::kUrl, "https://shop.example/product/7#reviews", false},
      {TextKind::kUrl, "https://shop.example/product/7?page=2", false},
      {TextKind::kUrl, "https://ann:pw@shop.example/", false},
      {TextKind::kUrl, "https://shop.example/4111111111111111", false},
      {TextKind::kUrl, "blob:https://shop.example/a", false},
      {TextKind::kUrl, "tokenhttps://shop.example/a", false},
      {TextKind::kText, "see https://shop.example/a#b", false},
      {TextKind::kText, "ann%40example.org", false},
      {TextKind::kText, "4111 1111 1111 1111", false},
      {TextKind::kText, "Bearer x", false},
      {TextKind::kText, "BASIC aGVsbG8=", false},
      {TextKind::kText, "token: x", false},
      {TextKind::kText, "9f86d081884c7d659a2feaa0c55ad015", false},
      {TextKind::kText, "eyJhbGciOiJIUzI1NiJ9", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(is_surely_harmless(c.text, c.kind), c.harmless);
  }
}

// Random mixtures of what the rules look at: scrubbing twice changes nothing,
// valid UTF-8 stays valid, and what is called harmless stays as it is.
TEST(Scrub, IdempotentOnMixtures) {
  const std::string_view pieces[] = {" ",
                                     " ",
                                     "\n",
                                     "\t",
                                     "\"",
                                     "'",
                                     "`",
                                     "\\",
                                     "\\\"",
                                     "(",
                                     ")",
                                     "[",
                                     "]",
                                     "{",
                                     "}",
                                     "<",
                                     ">",
                                     ",",
                                     ";",
                                     ".",
                                     ":",
                                     "::",
                                     "=",
                                     "==",
                                     "=>",
                                     "&",
                                     "?",
                                     "#",
                                     "/",
                                     "//",
                                     "://",
                                     "@",
                                     "%40",
                                     "-",
                                     "_",
                                     "+",
                                     "~",
                                     "|",
                                     "\xc3\xa9",
                                     "https://",
                                     "https://u:p@",
                                     "a",
                                     "ab.cd",
                                     "example.com",
                                     "bob@example.com",
                                     "eyJ",
                                     "eyJhbGciOiJIUzI1NiJ9",
                                     ".eyJzdWIiOiIxIn0.",
                                     "Bearer ",
                                     "basic ",
                                     "BEARER",
                                     "token",
                                     "token=",
                                     "password",
                                     "pwd",
                                     "secret: ",
                                     "key",
                                     "sid",
                                     "pin=",
                                     "cookie: ",
                                     "authorization: ",
                                     "4111111111111111",
                                     "4111 1111 1111 1111",
                                     "4111-",
                                     "1111",
                                     "17",
                                     "0.",
                                     "9f86d081884c7d659a2feaa0c55ad015",
                                     "9f86d081884c7d65",
                                     "aB3",
                                     "xY9zQ1",
                                     "[Filtered]",
                                     "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYz9",
                                     "AbCdEfGhIj",
                                     ".js",
                                     "-",
                                     "data:",
                                     "blob:",
                                     "digest ",
                                     "jsessionid",
                                     "/a/b?",
                                     "/:",
                                     "%",
                                     "react@18.2.0",
                                     "0000000000"};
  Random random(42);
  int harmless = 0;
  for (int round = 0; round < 15000; ++round) {
    std::string in;
    const std::size_t count = 1 + random() % 14;
    for (std::size_t i = 0; i < count; ++i) in += pieces[random() % std::size(pieces)];
    const std::string text = scrub_text(in);
    ASSERT_EQ(scrub_text(text), text) << "text from: " << in;
    const std::vector<std::string> allow = {"token", "a", "key"};
    const std::string url = scrub_url(in, allow);
    ASSERT_EQ(scrub_url(url, allow), url) << "URL from: " << in;
    ASSERT_TRUE(is_valid_utf8(text) && is_valid_utf8(url)) << in;
    // What a page scrubbed as a URL, the server may see inside a text.
    const std::string bare = scrub_url(in);
    ASSERT_EQ(scrub_url(bare), bare) << "URL from: " << in;
    if (is_surely_harmless(in, TextKind::kText)) {
      ++harmless;
      ASSERT_EQ(text, in);
    }
    if (is_surely_harmless(in, TextKind::kUrl)) {
      ASSERT_EQ(bare, in);
      ASSERT_EQ(url, in);
    }
  }
  EXPECT_GT(harmless, 500);
}

TEST(Scrub, BytesThatAreNotUtf8DoNoHarm) {
  Random random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string in;
    for (int i = 0; i < 60; ++i) in += static_cast<char>(random() % 256);
    const std::string once = scrub_text(in);
    ASSERT_EQ(scrub_text(once), once);
    (void)scrub_url(in);
  }
}

// Each would take minutes under a quadratic rule; ctest's limit ends that.
TEST(Scrub, OneMegabyteOfEachHostilePattern) {
  const std::string_view patterns[] = {
      "a",
      "@",
      "a@",
      "a@b",
      "a@b.",
      "a.",
      "%40",
      "a%40",
      "1",
      "4",
      "4111 ",
      "1111-",
      "4 ",
      "eyJ",
      "eyJa.",
      "eyJ.eyJ.",
      ".",
      "-",
      "aB3",
      "abc/",
      "/",
      "//",
      "://",
      "a://",
      "a://b@",
      "http://a?b",
      "?",
      "#",
      "[",
      "{",
      "\\",
      "\"",
      "\\\"",
      "=",
      ":",
      "token",
      "token=",
      "token=\"",
      "token:{",
      "token=\\",
      "token      ",
      "Bearer ",
      "basic ",
      "bearer",
      " ",
      "\n",
      "[Filtered]",
      "Bearer [Filtered]",
      "token=[Filtered]",
      "0123456789abcdef",
      "key\\",
      "session]",
      "(((",
      "/a?(",
      "/a??",
      "aaaa=",
  };
  for (auto pattern : patterns) {
    SCOPED_TRACE(pattern);
    std::string in;
    while (in.size() < (1 << 20)) in += pattern;
    EXPECT_LE(scrub_text(in).size(), in.size() * 11);
    in.resize(1 << 17);
    EXPECT_LE(scrub_url(in).size(), limits::kUrlBytes);
    EXPECT_EQ(scrub_text("password=" + in).substr(0, 9), "password=");
  }
}

}  // namespace
}  // namespace pagewake
