// UTF-8 at the edges: cutting text to a limit without splitting a character,
// and making bytes of unknown origin valid so that JSON and SQLite take them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pagewake {

// The longest prefix of at most `max_bytes` bytes that does not end inside a
// character. Points into `text`. Text that is not UTF-8 is cut all the same.
std::string_view cut_at_code_point(std::string_view text, std::size_t max_bytes);

bool is_valid_utf8(std::string_view text);

// `text` with every maximal invalid piece replaced by one U+FFFD, as browsers'
// TextDecoder does (Unicode 15, chapter 3.9, "U+FFFD substitution of maximal
// subparts"). Surrogates and overlong forms are invalid. Up to three times as
// long as the input: cut afterwards.
std::string valid_utf8(std::string_view text);

}  // namespace pagewake
