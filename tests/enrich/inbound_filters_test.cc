#include "enrich/inbound_filters.h"

#include <gtest/gtest.h>

namespace pagewake::enrich {
namespace {

constexpr char kChrome[] =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.1.2 "
    "Safari/537.36";
constexpr char kHeadless[] =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "HeadlessChrome/156.0.0.0 Safari/537.36";
constexpr char kSafari[] =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/15.10 Safari/605.1.15";
constexpr char kGooglebot[] =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

TEST(InboundFilters, EachLeavesOutWhatItNamesAndNothingElse) {
  const char* const kSite = "https://shop.example/cart";
  const struct {
    const char* filters;
    Visitor visitor;
    std::optional<DropReason> reason;
  } cases[] = {
      {"", {kGooglebot, "http://localhost:3000/", true}, {}},  // off by default
      {R"({"bots":true})", {kGooglebot, kSite}, DropReason::kFilteredBot},
      {R"({"bots":true})", {kChrome, kSite}, {}},
      {R"({"bots":true})", {kHeadless, kSite}, {}},
      {R"({"webdriver":true})", {kHeadless, kSite}, DropReason::kFilteredWebdriver},
      {R"({"webdriver":true})", {kChrome, kSite, true}, DropReason::kFilteredWebdriver},
      {R"({"webdriver":true})", {kChrome, kSite}, {}},
      {R"({"localhost":true})",
       {kChrome, "http://LOCALHOST:3000/a"},
       DropReason::kFilteredLocalhost},
      {R"({"localhost":true})", {kChrome, "http://127.0.0.9/"}, DropReason::kFilteredLocalhost},
      {R"({"localhost":true})", {kChrome, "http://[::1]:80/"}, DropReason::kFilteredLocalhost},
      {R"({"localhost":true})",
       {kChrome, "http://shop.localhost/"},
       DropReason::kFilteredLocalhost},
      {R"({"localhost":true})",
       {kChrome, "file:///home/ann/a.html"},
       DropReason::kFilteredLocalhost},
      {R"({"localhost":true})", {kChrome, "http://127.0.0.1.shop.example/"}, {}},
      {R"({"localhost":true})", {kChrome, "https://localhost.shop.example/"}, {}},
      {R"({"localhost":true})", {kChrome, "https://shop.example/?from=http://localhost/"}, {}},
      {R"({"localhost":true})", {kChrome, "https://localhost@shop.example/"}, {}},
      {R"({"oldest_versions":{"Chrome":100}})", {kChrome, kSite}, DropReason::kFilteredOldBrowser},
      {R"({"oldest_versions":{"Chrome":99}})", {kChrome, kSite}, {}},
      {R"({"oldest_versions":{"Safari":15.9}})", {kSafari, kSite}, {}},
      {R"({"oldest_versions":{"Safari":16}})", {kSafari, kSite}, DropReason::kFilteredOldBrowser},
      {R"({"oldest_versions":{"Safari":100}})", {kChrome, kSite}, {}},
      {R"({"oldest_versions":{"Chrome":100}})", {"", kSite}, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.filters) + " " + std::string(c.visitor.url) + " " +
                 std::string(c.visitor.user_agent));
    const auto filters = parse_inbound_filters(c.filters);
    ASSERT_TRUE(filters.ok()) << filters.error().message;
    EXPECT_EQ(filtered(*filters, c.visitor), c.reason);
  }
}

TEST(InboundFilters, AreReadAsTheyAreWritten) {
  InboundFilters filters;
  filters.known_noise = false;
  filters.localhost = true;
  filters.oldest_versions = {{"Chrome", 100}, {"Safari", 15.4}};
  EXPECT_EQ(to_json(filters),
            R"({"known_noise":false,"browser_extensions":true,"bots":false,"localhost":true,)"
            R"("webdriver":false,"oldest_versions":{"Chrome":100,"Safari":15.4}})");
  EXPECT_EQ(*parse_inbound_filters(to_json(filters)), filters);
}

TEST(InboundFilters, SaysWhatIsWrong) {
  const struct {
    const char *json, *says;
  } cases[] = {{"[]", "must be a JSON object"},
               {R"({"bots":1})", "bots: must be true or false"},
               {R"({"robots":true})", "robots: is not one of known_noise"},
               {R"({"oldest_versions":[]})", "must be an object"},
               {R"({"oldest_versions":{"Chrome":"new"}})", "\"Chrome\" needs a version"},
               {R"({"oldest_versions":{"Chrome":-1}})", "\"Chrome\" needs a version"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    const auto filters = parse_inbound_filters(c.json);
    ASSERT_FALSE(filters.ok());
    EXPECT_EQ(filters.error().code, "invalid_filters");
    EXPECT_NE(filters.error().message.find(c.says), std::string::npos) << filters.error().message;
  }
}

}  // namespace
}  // namespace pagewake::enrich
