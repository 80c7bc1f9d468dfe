#include "query/resource_name.h"

#include <gtest/gtest.h>

namespace pagewake::query {
namespace {

TEST(ResourceName, FoldsWhatDiffersFromVisitToVisit) {
  const struct {
    const char *url, *name;
  } cases[] = {
      {"https://shop.example/media/product-12.svg?v=3#x",
       "https://shop.example/media/product-:id.svg"},
      {"https://shop.example/product/7/12.jpg", "https://shop.example/product/:id/:id.jpg"},
      {"https://shop.example/assets/app.3f9a2c1b.js", "https://shop.example/assets/app.:hash.js"},
      {"https://shop.example/assets/index-BxT3k9QzA.js",
       "https://shop.example/assets/index-:hash.js"},
      {"https://cdn.example/jquery-3.6.0.min.js", "https://cdn.example/jquery-3.6.0.min.js"},
      {"https://cdn.example/h264.js", "https://cdn.example/h264.js"},
      {"https://cdn.example/deadbeef.js", "https://cdn.example/deadbeef.js"},  // a word: no digit
      {"https://shop.example/img/hero@2x.png", "https://shop.example/img/hero@2x.png"},
      {"https://shop.example", "https://shop.example/"},
      {"https://shop.example/", "https://shop.example/"},
      {"data:image/png;base64", "data:image/png;base64"},
      {"", ""},
      {"inline", "inline"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.url);
    EXPECT_EQ(resource_name(c.url), c.name);
  }
}

TEST(ResourceName, HostsAndSites) {
  EXPECT_EQ(host_of("https://CDN.example:8080/a"), "cdn.example:8080");
  EXPECT_EQ(host_of("/a"), "");
  const struct {
    const char *host, *other;
    bool same;
  } cases[] = {
      {"shop.example", "shop.example", true},
      {"static.shop.example", "www.shop.example", true},
      {"shop.example:8080", "shop.example", true},
      {"shop.example", "shop.test", false},
      {"127.0.0.1:1", "127.0.0.1:2", true},
      {"127.0.0.1", "128.0.0.1", false},
      {"[::1]:80", "[::1]", true},
      {"localhost", "localhost:5000", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.host) + " " + c.other);
    EXPECT_EQ(same_site(c.host, c.other), c.same);
  }
}

}  // namespace
}  // namespace pagewake::query
