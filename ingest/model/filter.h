// The filters that every list and report takes (DESIGN part 3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pagewake::model {

struct Filter {
  std::int64_t from_unix_us = 0;        // inclusive
  std::int64_t to_unix_us = INT64_MAX;  // exclusive
  // An absent value means "any".
  std::optional<std::string> page, device, browser, os, country, connection, release, environment,
      navigation_type;

  // True where only page and time are restricted.
  bool only_page_and_time() const {
    return !device && !browser && !os && !country && !connection && !release && !environment &&
           !navigation_type;
  }
};

// A page of a list. `cursor` is what the previous answer gave as
// `next_cursor`; empty for the first page. Opaque to callers of the API.
struct Paging {
  std::size_t limit = 50;  // 1..1000
  std::string cursor;
};

template <typename T>
struct Listing {
  std::vector<T> items;
  std::string next_cursor;  // empty: this was the last
};

}  // namespace pagewake::model
