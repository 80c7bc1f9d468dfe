// A column of a row group as it is stored, and back.
//
// Packed (packed_column.h) behind a byte 1, where a scan takes the rows that it
// wants: an integer of each row, or the column's texts and a number of each row.
// Otherwise zstd, which begins with 0x28: columns that are read whole, those
// that zstd makes smaller than half, and all of segments of old.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite/page_view_columns.h"

namespace pagewake::storage::sqlite {

// Columns have numbers of their own on disk, which never change.
inline constexpr std::uint32_t kColumns = 18 + kDimensions;
// Whether new segments have it: one column was moved.
bool is_written(std::uint32_t column);

// Of the rows that stand in `order`.
std::string encode_chunk(const PageViewColumns& columns, std::span<const std::uint32_t> order,
                         std::uint32_t column);
// All rows, or the rows in `only`: what stands in others is not said. False:
// the bytes are no such column of `rows` rows.
bool decode_chunk(std::string_view bytes, std::size_t rows, std::uint32_t column,
                  PageViewColumns& into, const std::vector<std::uint32_t>* only = nullptr);
// What zstd gets: plain bytes, little-endian and as narrow as the values allow; all that
// there was in segments of old.
std::string encode_column(const PageViewColumns& columns, std::span<const std::uint32_t> order,
                          std::uint32_t column);
bool decode_column(std::string_view bytes, std::size_t rows, std::uint32_t column,
                   PageViewColumns& into);

std::vector<std::uint32_t> column_numbers(const ColumnSet& set);  // ascending
// Whether a read that wants columns on both sides of it had better not pass it:
// its chunks are large.
bool is_large(std::uint32_t column);
bool has_column(const PageViewColumns& columns, std::uint32_t column);
// The column whose bytes say it for segments of before the column was kept.
std::optional<std::uint32_t> stand_in_of(std::uint32_t column);

}  // namespace pagewake::storage::sqlite
