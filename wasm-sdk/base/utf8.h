// UTF-8 by hand: every string that leaves a decoder is valid UTF-8, and every
// cut falls between code points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/containers.h"

namespace pagewake {

// Bytes of the well-formed sequence at text[at], 0 if there is none (overlong
// forms, surrogates and values over U+10FFFF are not well-formed).
std::size_t utf8_sequence_bytes(std::string_view text, std::size_t at);

bool is_valid_utf8(std::string_view text);

// The text with every byte that is not part of a sequence as U+FFFD.
Text repair_utf8(std::string_view text);

// The longest prefix of at most `max_bytes` that does not end inside a code
// point. Points into `text`.
std::string_view cut_utf8(std::string_view text, std::size_t max_bytes);

// Surrogates and values over U+10FFFF are written as U+FFFD.
void append_utf8(Text& out, std::uint32_t code_point);

}  // namespace pagewake
