// SQL made from column lists, conditions with their values, and paging: what
// the files that read and write tables share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "storage/record_rules.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// Column lists exist once; statements are made from them.
inline std::string marks(std::size_t n) {
  std::string out = "?";
  for (std::size_t i = 1; i < n; ++i) out += ",?";
  return out;
}

inline std::size_t columns_in(std::string_view list) {
  return 1 + static_cast<std::size_t>(std::count(list.begin(), list.end(), ','));
}

inline std::string insert_sql(std::string_view table, std::string_view columns) {
  return "INSERT INTO " + std::string(table) + "(" + std::string(columns) + ") VALUES(" +
         marks(columns_in(columns)) + ")";
}

inline std::string update_sql(std::string_view table, std::string_view columns,
                              std::string_view key) {
  return "UPDATE " + std::string(table) + " SET (" + std::string(columns) + ") = (" +
         marks(columns_in(columns)) + ") WHERE " + std::string(key) + " = ?";
}

// Conditions of a WHERE clause with their values.
class Where {
 public:
  struct Blob {
    std::string bytes;
  };
  using Value = std::variant<std::int64_t, std::string, Blob>;

  Where& add(std::string_view condition) {
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    sql_ += condition;
    return *this;
  }
  Where& add(std::string_view condition, Value value) {
    values_.push_back(std::move(value));
    return add(condition);
  }
  Where& value(Value value) {
    values_.push_back(std::move(value));
    return *this;
  }
  void equals(const char* column, const std::optional<std::string>& wanted) {
    if (wanted) add(std::string(column) + " = ?", *wanted);
  }
  const std::string& sql() const { return sql_; }
  void bind(Query& query) const {
    for (const Value& value : values_) {
      if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        query.integer(*integer);
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        query.text(*text);
      } else {
        query.blob(std::get<Blob>(value).bytes);
      }
    }
  }

 private:
  std::string sql_;
  std::vector<Value> values_;
};

template <typename IdType>
Where::Blob raw(const IdType& id) {
  return {std::string(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size())};
}

// Continues after the cursor in a list that descends by (column, id column).
inline Status continue_after(Where& where, const Paging& paging, char kind, std::size_t id_bytes,
                             std::string_view columns, bool numeric_id) {
  if (paging.cursor.empty()) return Done{};
  auto cursor = decode_cursor(paging.cursor, kind, id_bytes);
  if (!cursor) return cursor.error();
  where.add("(" + std::string(columns) + ") < (?,?)", cursor->key);
  if (numeric_id) {
    where.value(id_from_bytes(cursor->id));
  } else {
    where.value(Where::Blob{cursor->id});
  }
  return Done{};
}

// The rows of one page and one more, which says whether there is a next one.
template <typename T, typename ReadRow, typename CursorOf>
Listing<T> read_page(Query& query, std::size_t limit, ReadRow read_row, CursorOf cursor_of) {
  Listing<T> listing;
  while (query.row()) {
    if (listing.items.size() == limit) {
      listing.next_cursor = encode_cursor(cursor_of(listing.items.back()));
      break;
    }
    listing.items.push_back(read_row(query));
  }
  return listing;
}

}  // namespace pagewake::storage::sqlite
