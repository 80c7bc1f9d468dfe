#include "storage/sqlite/view_keys.h"

#include <cstring>

namespace pagewake::storage::sqlite {
namespace {

struct ShortKey {
  std::uint16_t hash, row;
};
struct LongKey {
  std::uint32_t hash, row;
};

constexpr std::uint64_t kMostShortRows = std::uint64_t{1} << 16;

ShortKey short_key(const RowKey& key) {
  return {static_cast<std::uint16_t>(key.hash >> 40), static_cast<std::uint16_t>(key.row)};
}
LongKey long_key(const RowKey& key) { return {static_cast<std::uint32_t>(key.hash), key.row}; }

template <typename Key>
std::string encoded(const std::vector<RowKey>& keys, Key (*key_of)(const RowKey&)) {
  std::string out(keys.size() * sizeof(Key), '\0');
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Key key = key_of(keys[i]);
    std::memcpy(out.data() + i * sizeof(Key), &key, sizeof key);
  }
  return out;
}

template <typename Key>
void append(std::string_view bytes, Key wanted, std::vector<std::uint32_t>& rows) {
  for (; bytes.size() >= sizeof(Key); bytes.remove_prefix(sizeof(Key))) {
    Key key{};
    std::memcpy(&key, bytes.data(), sizeof key);
    if (key.hash == wanted.hash) rows.push_back(key.row);
  }
}

}  // namespace

std::int64_t bucket_of(KeyKind kind, std::uint64_t hash) {
  return static_cast<std::int64_t>(kind) * kKeyBuckets + static_cast<std::int64_t>(hash >> 56);
}

std::string encode_bucket(const std::vector<RowKey>& keys, std::size_t rows) {
  if (rows > kMostShortRows) return encoded(keys, long_key);
  // An odd size, which a bucket of long keys never has, tells them apart.
  return encoded(keys, short_key) + '\0';
}

void append_rows(std::string_view bucket, std::uint64_t hash, std::vector<std::uint32_t>& rows) {
  if (bucket.size() % 2 != 0) {
    append(bucket, short_key({hash, 0}), rows);
  } else {
    append(bucket, long_key({hash, 0}), rows);
  }
}

}  // namespace pagewake::storage::sqlite
