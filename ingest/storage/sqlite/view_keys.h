// Which rows of a segment have a page view id, a trace id or a session id:
// view_keys holds 256 buckets for each of the three, by the highest byte of the
// key's hash, so that an id is found in all segments by one range of small rows.
//
//   bucket = 2 more bytes of the hash and 2 of the row, for each key; one byte 0
//   or      the hash's lower 4 bytes and 4 of the row, for each key: buckets of
//           before, and of segments with more rows than two bytes can say
//
// Different ids may share a hash: who asks compares the view's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pagewake::storage::sqlite {

enum class KeyKind : std::uint8_t { kPageView = 0, kTrace = 1, kSession = 2 };
inline constexpr std::int64_t kKeyKinds = 3, kKeyBuckets = 256;

std::int64_t bucket_of(KeyKind kind, std::uint64_t hash);  // among those of all kinds

struct RowKey {
  std::uint64_t hash = 0;
  std::uint32_t row = 0;
};
// `rows`: of the segment.
std::string encode_bucket(const std::vector<RowKey>& keys, std::size_t rows);
// Appends the rows whose hash may be that one. Any bytes.
void append_rows(std::string_view bucket, std::uint64_t hash, std::vector<std::uint32_t>& rows);

}  // namespace pagewake::storage::sqlite
