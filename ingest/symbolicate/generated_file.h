// Finds a function's name in a generated file, to ask the map for its original
// one: a map names positions, and a stack names functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pagewake::symbolicate {

// Line and column from 0, columns in UTF-16 units as browsers and maps count.
struct TextPosition {
  std::uint32_t line = 0, column = 0;
};

// Byte offset of a position; nothing where the text has no such line or column.
std::optional<std::size_t> offset_of(std::string_view text, TextPosition position);
TextPosition position_of(std::string_view text, std::size_t offset);

// The text of a line without its line break; nothing beyond the last.
std::optional<std::string_view> line_of(std::string_view text, std::uint32_t line);

// "async Cart.total [as run]" -> "total"; "" for anonymous functions.
std::string_view bare_function(std::string_view function);

// Where the function `name` that surrounds `offset` is declared, as far as one
// can tell without parsing: the nearest `function name(`, `class name`,
// method `name(…){`, or function or class behind `name=` or `name:` before it. At most 256 KiB are
// looked at.
std::optional<std::size_t> find_declaration(std::string_view text, std::size_t offset,
                                            std::string_view name);

// The identifier that begins at the offset; "" for anything else and keywords.
std::string_view identifier_at(std::string_view text, std::size_t offset);

}  // namespace pagewake::symbolicate
