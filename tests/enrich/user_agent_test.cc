#include <gtest/gtest.h>

#include <string>

#include "enrich/enrich.h"

namespace pagewake::enrich {
namespace {

TEST(UserAgent, NamesTheBrowsersPeopleUse) {
  const struct {
    const char* agent;
    const char* browser;
    const char* version;
    const char* os;
    const char* device;
  } cases[] = {
      {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 "
       "Safari/537.36",
       "Chrome", "156", "Linux", "desktop"},
      {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
       "HeadlessChrome/156.0.0.0 Safari/537.36",
       "Chrome", "156", "Linux", "desktop"},
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/155.0.0.0 Safari/537.36 Edg/155.0.0.0",
       "Edge", "155", "Windows", "desktop"},
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
       "Firefox", "140", "Windows", "desktop"},
      {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
       "Version/18.1 Safari/605.1.15",
       "Safari", "18.1", "macOS", "desktop"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
       "Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
       "Safari", "18.0", "iOS", "mobile"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
       "Gecko) CriOS/156.0.1 Mobile/15E148 Safari/604.1",
       "Chrome", "156", "iOS", "mobile"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
       "Gecko) Mobile/15E148",
       "iOS WebView", "", "iOS", "mobile"},
      {"Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
       "Version/17.4 Mobile/15E148 Safari/604.1",
       "Safari", "17.4", "iOS", "tablet"},
      {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/156.0.0.0 Mobile Safari/537.36",
       "Chrome", "156", "Android", "mobile"},
      {"Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) "
       "SamsungBrowser/27.0 Chrome/125.0.0.0 Safari/537.36",
       "Samsung Internet", "27", "Android", "tablet"},
      {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/156.0.0.0 Safari/537.36 OPR/110.0.0.0",
       "Opera", "110", "ChromeOS", "desktop"},
      {"Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox", "140",
       "Android", "mobile"},
      {"Mozilla/5.0 (Linux; Android 14; SM-S918B; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Version/4.0 Chrome/150.0.0.0 Mobile Safari/537.36",
       "Chrome", "150", "Android", "mobile"},
      {"Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
       "SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
       "Samsung Internet", "27", "Android", "mobile"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
       "Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/470.0;FBDV/iPhone14,5]",
       "iOS WebView", "", "iOS", "mobile"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
       "Gecko) Version/18.0 EdgiOS/155.0 Mobile/15E148 Safari/604.1",
       "Edge", "155", "iOS", "mobile"},
      {"Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/120.0.0.0 Mobile Safari/537.36",
       "Chrome", "120", "Android", "mobile"},
      {"", "", "", "", ""},
      {"something else", "", "", "", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.agent);
    const UserAgent found = parse_user_agent(c.agent);
    EXPECT_EQ(found.browser, c.browser);
    EXPECT_EQ(found.browser_version, c.version);
    EXPECT_EQ(found.os, c.os);
    EXPECT_EQ(found.device_type, c.device);
    EXPECT_FALSE(found.bot);
  }
}

TEST(UserAgent, KnowsRobots) {
  EXPECT_TRUE(parse_user_agent("Mozilla/5.0 (compatible; Googlebot/2.1)").bot);
  EXPECT_TRUE(parse_user_agent("Mozilla/5.0 AppleWebKit/537.36 Chrome/120 Chrome-Lighthouse").bot);
  EXPECT_TRUE(parse_user_agent("curl/7.88.1").bot);
}

TEST(UserAgent, ReadsOnlyTheBeginningOfAHugeHeader) {
  const UserAgent found = parse_user_agent(std::string(1 << 20, 'x') + " Firefox/140.0");
  EXPECT_EQ(found.browser, "");
}

}  // namespace
}  // namespace pagewake::enrich
