// For the server, which scrubs everything once more and finds nearly nothing:
// says at a glance that scrub_url() or scrub_text() would leave a text as it
// is. Not for the page, where a second look at few texts is not worth its bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace pagewake {

enum class TextKind : std::uint8_t { kUrl, kText };

// True only where the scrubber changes nothing, whatever parameters it is
// allowed to keep. False says nothing: the scrubber has to look.
bool is_surely_harmless(std::string_view text, TextKind kind);

}  // namespace pagewake
