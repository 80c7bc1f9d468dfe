#include "wire/signal_block.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/limits.h"

namespace pagewake {
namespace {

constexpr double kText = std::numeric_limits<double>::quiet_NaN();

// Each signal read, as "kind@t field field".
std::vector<std::string> read(const std::vector<double>& numbers, std::string_view texts,
                              std::size_t count) {
  std::string block(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 8);
  block += texts;
  // On the heap and of its exact size, so that a sanitizer sees each byte beyond.
  const std::vector<char> exact(block.begin(), block.end());
  std::vector<std::string> out;
  read_signal_block({exact.data(), exact.size()}, count,
                    {&out, [](void* context, const Signal& signal) {
                       std::string text(signal.kind);
                       text += "@" + std::to_string(std::lround(signal.t_ms));
                       for (const SignalField& field : signal.fields) {
                         text += field.is_number()
                                     ? " " + std::to_string(std::lround(field.number()))
                                     : " '" + std::string(field.text()) + "'";
                       }
                       static_cast<std::vector<std::string>*>(context)->push_back(text);
                     }});
  return out;
}

TEST(SignalBlock, NumbersAndTextsInTheirOrder) {
  const std::vector<double> numbers = {4, kText, 12, kText, 7, 2, kText, 13};
  EXPECT_EQ(read(numbers, std::string_view("page\0/a\0end\0", 12), 8),
            (std::vector<std::string>{"page@12 '/a' 7", "end@13"}));
}

TEST(SignalBlock, StopsWhereItMakesNoSense) {
  struct Case {
    const char* name;
    std::vector<double> numbers;
    std::string texts;
    std::size_t count;
    std::vector<std::string> expected;
  };
  const std::string end("end\0", 4);
  const Case cases[] = {
      {"nothing", {}, "", 0, {}},
      {"more numbers promised than there are", {2, kText, 1}, "", 99, {}},
      {"a signal cut short", {2, kText, 1, 5, kText}, end, 5, {"end@1"}},
      {"a text that does not end", {2, kText, 1, 2, kText, 2}, end + "en", 6, {"end@1"}},
      {"a text too many", {2, kText, 1, 3, kText, 2, kText}, end + end, 7, {"end@1"}},
      {"a negative number of fields is none", {-1, 2, kText, 1}, end, 4, {"@0", "end@1"}},
      {"no number of fields is none", {kText, 2, kText, 1}, end, 4, {"@0", "end@1"}},
  };
  for (const Case& c : cases) EXPECT_EQ(read(c.numbers, c.texts, c.count), c.expected) << c.name;
}

TEST(SignalBlock, LeavesOutFieldsBeyondTheLimit) {
  std::vector<double> numbers(1 + limits::kFieldsPerSignal + 10, 1);
  numbers[0] = static_cast<double>(numbers.size() - 1);
  std::size_t fields = 0;
  const std::string_view block(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 8);
  read_signal_block(block, numbers.size(), {&fields, [](void* context, const Signal& signal) {
                                              *static_cast<std::size_t*>(context) =
                                                  signal.fields.size();
                                            }});
  EXPECT_EQ(fields, limits::kFieldsPerSignal - 2);
}

}  // namespace
}  // namespace pagewake
