#include "hostile/mutate.h"

#include <algorithm>
#include <utility>

namespace pagewake::testing {

namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

const std::vector<std::string>& odd_values() {
  static const std::vector<std::string> values = {
      "NaN",
      "-Infinity",
      "1e999",
      "-1e-999",
      "18446744073709551616",
      "-9223372036854775809",
      "9007199254740993.5",
      "1" + std::string(400, '0'),
      "0x10",
      "01",
      "-",
      "null",
      "true",
      "{}",
      "[]",
      "\"\"",
      "\"\\ud800\"",
      "\"\\udc00\\ud800\"",
      "\"\\u0000\"",
      "\"\xff\xfe\"",
      "\"\xc0\xaf\"",
      "\"\xed\xa0\x80\"",
      "\"\xf4\x90\x80\x80\"",
      "\"\xe2\x80\xae\"",
      "\"<script>alert(1)</script>\"",
      "\"javascript:alert(1)\"",
      "\"%s%n%x\"",
      "\"'; DROP TABLE events;--\"",
      "\"../../../../etc/passwd\"",
      "\"__proto__\"",
      "\"" + std::string(65'536, 'a') + "\"",
      "\"" + repeated("\xf0\x9f\x92\xa9", 3'000) + "\"",
      repeated("[", 70) + repeated("]", 70),
      repeated("{\"a\":", 70) + "1" + repeated("}", 70),
      repeated("[", 3'000),
      repeated("{\"a\":", 3'000),
      repeated("0,", 5'000),
  };
  return values;
}

const std::vector<std::string>& odd_bytes() {
  static const std::vector<std::string> bytes = {std::string(1, '\0'),
                                                 std::string(64, '\0'),
                                                 std::string(10, '\xff'),
                                                 std::string(200, '\xff'),
                                                 std::string(3, '\x80'),
                                                 "\xff\xff\xff\xff\x0f",
                                                 "\x0a\xff\xff\xff\xff\x07",
                                                 repeated("\x0a\x02", 90),
                                                 "\r\n",
                                                 "\n\n\n",
                                                 "\n{\n",
                                                 "\n{}\n",
                                                 "\xef\xbb\xbf",
                                                 "PW",
                                                 "\"",
                                                 "\\",
                                                 std::string(70'000, ' '),
                                                 repeated("\n", 2'000),
                                                 "{\"type\":\"event\"}\n{}\n"};
  return bytes;
}

// A JSON number or text, or any short part where there is none.
std::pair<std::size_t, std::size_t> some_value(const std::string& body, Seeded& random) {
  const std::size_t from = random.below(body.size());
  const auto at = body.find_first_of("\"0123456789-", from);
  if (at == std::string::npos) return {from, random.below(8)};
  if (body[at] == '"') {
    const auto end = body.find('"', at + 1);
    return {at, end == std::string::npos ? body.size() - at : end + 1 - at};
  }
  const auto end = body.find_first_not_of("0123456789.eE+-", at);
  return {at, (end == std::string::npos ? body.size() : end) - at};
}

void mutate_once(std::string& body, const std::vector<std::string>& bodies, Seeded& random) {
  const std::size_t at = random.below(body.size() + 1);
  const std::size_t length = random.below(std::min<std::size_t>(body.size() - at, 400) + 1);
  switch (random.below(10)) {
    case 0:
      for (std::size_t i = 0, n = 1 + random.below(8); i < n && !body.empty(); ++i) {
        char& c = body[random.below(body.size())];
        c = static_cast<char>(c ^ (1 << random.below(8)));
      }
      return;
    case 1:
      body.resize(at);
      return;
    case 2:
      body.erase(at, length);
      return;
    case 3: {
      const std::string part = body.substr(at, length);
      body.insert(at, repeated(part, 1 + random.below(20)));
      return;
    }
    case 4: {
      const std::string& other = bodies[random.below(bodies.size())];
      const std::size_t from = random.below(other.size());
      body.replace(at, length, other.substr(from, random.below(2'000)));
      return;
    }
    case 5:
      body.insert(at, odd_bytes()[random.below(odd_bytes().size())]);
      return;
    case 6: {
      const std::string part = body.substr(at, length);
      body.erase(at, length);
      body.insert(random.below(body.size() + 1), part);
      return;
    }
    default: {
      const auto [begin, size] = some_value(body, random);
      body.replace(begin, size, odd_values()[random.below(odd_values().size())]);
      return;
    }
  }
}

}  // namespace

std::uint64_t Seeded::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string mutated(const std::vector<std::string>& bodies, Seeded& random) {
  std::string body = bodies[random.below(bodies.size())];
  for (std::size_t i = 0, n = 1 + random.below(4); i < n; ++i) mutate_once(body, bodies, random);
  return body;
}

}  // namespace pagewake::testing
