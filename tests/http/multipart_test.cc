#include "http/multipart.h"

#include <gtest/gtest.h>

namespace pagewake::http {
namespace {

constexpr char kType[] = "multipart/form-data; boundary=xyz";

std::string part(const std::string& disposition, const std::string& body) {
  return "--xyz\r\nContent-Disposition: form-data; " + disposition +
         "\r\nContent-Type: text/plain\r\n\r\n" + body + "\r\n";
}

TEST(Multipart, GivesPartsInOrder) {
  const std::string binary("\0\r\n--xy\r\n", 10);
  const std::string body = "preamble\r\n" + part("name=\"release\"", "1.0") +
                           part("name=\"map\"; filename=\"a \\\"b\\\";.map\"", binary) +
                           part("filename=x; name=empty", "") + "--xyz--\r\nepilogue";
  const auto parts = parse_multipart(kType, body, 10);
  ASSERT_TRUE(parts.ok()) << parts.error().message;
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ((*parts)[0].name, "release");
  EXPECT_EQ((*parts)[0].body, "1.0");
  EXPECT_EQ((*parts)[1].name, "map");
  EXPECT_EQ((*parts)[1].filename, "a \"b\";.map");
  EXPECT_EQ((*parts)[1].body, binary);
  EXPECT_EQ((*parts)[2].name, "empty");
  EXPECT_EQ((*parts)[2].filename, "x");
  EXPECT_EQ((*parts)[2].body, "");
}

TEST(Multipart, ReadsHeadersInAnyCaseAndQuotedBoundaries) {
  const auto parts = parse_multipart("Multipart/Form-Data; charset=utf-8; Boundary=\"x y\"",
                                     "--x y\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n"
                                     "--x y--",
                                     10);
  ASSERT_TRUE(parts.ok()) << parts.error().message;
  EXPECT_EQ(parts->at(0).body, "1");
}

TEST(Multipart, RefusesWhatIsNone) {
  const struct {
    const char* name;
    std::string type, body;
  } cases[] = {
      {"another type", "application/json", part("name=a", "1") + "--xyz--"},
      {"no boundary", "multipart/form-data", part("name=a", "1") + "--xyz--"},
      {"empty", kType, ""},
      {"another boundary", kType, "--abc--"},
      {"no end", kType, part("name=a", "1")},
      {"cut within the headers", kType, "--xyz\r\nContent-Disp"},
      {"cut behind the boundary", kType, "--xyz"},
      {"no name", kType, part("filename=a", "1") + "--xyz--"},
      {"too many", kType,
       part("name=a", "1") + part("name=a", "1") + part("name=a", "1") + "--xyz--"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto parts = parse_multipart(c.type, c.body, 2);
    ASSERT_FALSE(parts.ok());
    EXPECT_EQ(parts.error().code, "malformed");
  }
  EXPECT_TRUE(parse_multipart(kType, "--xyz--", 2)->empty());
}

}  // namespace
}  // namespace pagewake::http
