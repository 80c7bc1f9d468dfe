// The containers of the page's module, here with the sanitizers on.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/small_list.h"
#include "base/small_text.h"

namespace pagewake {
namespace {

TEST(SmallText, HoldsAnyBytes) {
  const std::string_view bytes("a\0\xff", 3);
  SmallText text(bytes);
  EXPECT_EQ(text.size(), 3u);
  EXPECT_EQ(std::string_view(text), bytes);
  EXPECT_EQ(text.front(), 'a');
  EXPECT_EQ(text.back(), '\xff');
  EXPECT_TRUE(SmallText().empty());
  EXPECT_TRUE(SmallText("") == SmallText());
}

TEST(SmallText, CopiesAndMoves) {
  SmallText a("first");
  SmallText b(a);
  b[0] = 'F';
  EXPECT_TRUE(a == "first");
  EXPECT_TRUE(b == "First");
  SmallText c(std::move(a));
  EXPECT_TRUE(c == "first");
  b = std::move(c);
  EXPECT_TRUE(b == "first");
  const SmallText& itself = b;
  b = itself;
  EXPECT_TRUE(b == "first");
  b = std::string_view("a longer text than the one before it");
  EXPECT_TRUE(b == "a longer text than the one before it");
  b.clear();
  EXPECT_TRUE(b == "");
}

TEST(SmallText, GrowsCutsAndInserts) {
  SmallText text;
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    text.push_back(static_cast<char>('a' + i % 26));
    expected.push_back(static_cast<char>('a' + i % 26));
  }
  text += "tail";
  expected += "tail";
  EXPECT_TRUE(text == std::string_view(expected));
  text.insert(0, "front");
  text.insert(7, "");
  text.insert(text.size(), "end");
  EXPECT_TRUE(text == std::string_view("front" + expected + "end"));
  EXPECT_EQ(text.find("tail"), ("front" + expected).find("tail"));
  text.resize(5);
  EXPECT_TRUE(text == "front");
  text.resize(7);
  EXPECT_EQ(std::string_view(text), std::string_view("front\0\0", 7));
}

TEST(SmallText, TakesAPartOfItself) {
  SmallText text("abcdef");
  for (int i = 0; i < 5; ++i) text.append(std::string_view(text).substr(2, 3));
  EXPECT_TRUE(text == "abcdefcdecdecdecdecde");
  text = std::string_view(text).substr(3, 4);
  EXPECT_TRUE(text == "defc");
}

TEST(SmallList, KeepsOrderThroughGrowthAndErasing) {
  SmallList<SmallText> list;
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    list.push_back(SmallText(std::to_string(i)));
    expected.push_back(std::to_string(i));
  }
  list.erase(list.begin(), list.begin() + 10);
  list.erase(list.begin() + 5);
  list.erase(list.end() - 3, list.end());
  list.erase(list.begin(), list.begin());
  list.pop_back();
  expected.erase(expected.begin(), expected.begin() + 10);
  expected.erase(expected.begin() + 5);
  expected.resize(expected.size() - 4);
  ASSERT_EQ(list.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(list[i] == std::string_view(expected[i])) << i;
  }
  EXPECT_TRUE(list.front() == "10");
  EXPECT_TRUE(list.back() == std::string_view(expected.back()));
}

TEST(SmallList, CopiesItsElements) {
  SmallList<SmallList<int>> a{{1, 2}, {}, {3}};
  SmallList<SmallList<int>> b = a;
  EXPECT_TRUE(a == b);
  b[0][0] = 7;
  EXPECT_FALSE(a == b);
  EXPECT_EQ(a[0][0], 1);
  b = a;
  EXPECT_TRUE(a == b);
  SmallList<SmallList<int>> c = std::move(b);
  EXPECT_TRUE(c == a);
  c.clear();
  EXPECT_TRUE(c.empty());
}

TEST(SmallList, PushesItsOwnElement) {
  SmallList<SmallText> list{SmallText("x")};
  for (int i = 0; i < 10; ++i) list.push_back(list.front());
  EXPECT_EQ(list.size(), 11u);
  EXPECT_TRUE(list.back() == "x");
}

TEST(SmallList, ResizesAndAssigns) {
  SmallList<int> list;
  list.assign(3, 7);
  list.resize(5);
  EXPECT_TRUE(list == (SmallList<int>{7, 7, 7, 0, 0}));
  list.resize(1);
  EXPECT_TRUE(list == SmallList<int>{7});
}

TEST(SmallList, DestroysWhatItLetsGo) {
  const auto counted = std::make_shared<int>(0);
  {
    SmallList<std::unique_ptr<std::shared_ptr<int>>> list;
    for (int i = 0; i < 8; ++i) list.push_back(std::make_unique<std::shared_ptr<int>>(counted));
    EXPECT_EQ(counted.use_count(), 9);
    list.erase(list.begin() + 1, list.begin() + 4);
    EXPECT_EQ(counted.use_count(), 6);
    list.resize(2);
    EXPECT_EQ(counted.use_count(), 3);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

}  // namespace
}  // namespace pagewake
