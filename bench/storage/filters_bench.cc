// Our side of filters.mjs: answers questions about a store that volume_bench
// made, one a line, so that another engine can take turns with it.
//
//   filters_bench FILE
//
// A question is `group=country`, `from=` and `to=` (Unix microseconds) and the
// filter's dimensions by name, separated by tabs. The answer is one line of
// JSON: [key, views, p75 of LCP, INP, CLS, FCP and TTFB or null] a group.
#include <cstdio>
#include <iostream>
#include <string>

#include "measure.h"

namespace pagewake::storage {
namespace {

constexpr std::pair<const char*, GroupBy> kGroups[] = {
    {"page", GroupBy::kPage},       {"hour", GroupBy::kHour},
    {"day", GroupBy::kDay},         {"country", GroupBy::kCountry},
    {"device", GroupBy::kDevice},   {"browser", GroupBy::kBrowser},
    {"os", GroupBy::kOs},           {"connection", GroupBy::kConnection},
    {"release", GroupBy::kRelease}, {"environment", GroupBy::kEnvironment},
};

constexpr std::pair<const char*, std::optional<std::string> Filter::*> kDimensions[] = {
    {"page", &Filter::page},       {"device", &Filter::device},
    {"browser", &Filter::browser}, {"os", &Filter::os},
    {"country", &Filter::country}, {"connection", &Filter::connection},
    {"release", &Filter::release},
};

struct Question {
  Filter filter;
  GroupBy group = GroupBy::kPage;
};

Question question_of(const std::string& line) {
  Question question;
  std::size_t at = 0;
  while (at < line.size()) {
    const std::size_t end = std::min(line.find('\t', at), line.size());
    const std::size_t equals = line.find('=', at);
    if (equals >= end) fail("no question: " + line);
    const std::string name = line.substr(at, equals - at);
    const std::string value = line.substr(equals + 1, end - equals - 1);
    at = end + 1;
    bool known = true;
    if (name == "from") {
      question.filter.from_unix_us = std::stoll(value);
    } else if (name == "to") {
      question.filter.to_unix_us = std::stoll(value);
    } else if (name == "group") {
      known = false;
      for (const auto& [text, group] : kGroups) {
        if (value != text) continue;
        question.group = group;
        known = true;
      }
    } else {
      known = false;
      for (const auto& [text, dimension] : kDimensions) {
        if (name != text) continue;
        question.filter.*dimension = value;
        known = true;
      }
    }
    if (!known) fail("no question: " + line);
  }
  return question;
}

void print_answer(const std::vector<SummaryRow>& rows) {
  std::string out = "[";
  for (const SummaryRow& row : rows) {
    if (out.size() > 1) out += ',';
    // The made views' texts need no escapes.
    out += "[\"" + row.key + "\"," + std::to_string(row.summary.views);
    for (const auto histogram : {&VitalSummary::lcp_ms, &VitalSummary::inp_ms, &VitalSummary::cls,
                                 &VitalSummary::fcp_ms, &VitalSummary::ttfb_ms}) {
      const auto p75 = (row.summary.*histogram).quantile(0.75);
      out += ',' + (p75 ? std::to_string(*p75) : std::string("null"));
    }
    out += ']';
  }
  std::puts((out + "]").c_str());
  std::fflush(stdout);
}

int answer(const std::string& path) {
  const auto store = open_or_exit(path);
  std::puts("ready");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    const Question question = question_of(line);
    const auto rows = store->summarize(1, question.filter, question.group, SummaryParts::kVitals);
    if (!rows.ok()) fail(rows.error().message);
    print_answer(*rows);
  }
  return 0;
}

}  // namespace
}  // namespace pagewake::storage

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: filters_bench FILE\n");
    return 2;
  }
  return pagewake::storage::answer(argv[1]);
}
