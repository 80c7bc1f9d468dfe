// One text a client sent, scrubbed. These say whether they changed it. Safe to
// call from many threads: each remembers for itself what it found harmless.
#pragma once

#include <string>
#include <string_view>

namespace pagewake::enrich {

// What stands for something that is not kept.
inline constexpr char kFiltered[] = "[Filtered]";

bool scrub_text_in_place(std::string& value);
// Of a client that scrubs nothing: no parameter of the query stays.
bool scrub_url_in_place(std::string& value);
// Of our own SDK, which scrubbed it: what is left of the query stays, its values
// scrubbed once more.
bool scrub_own_url_in_place(std::string& value);
// An id the site gave: a hash or a UUID is what it should be, an address is not.
bool scrub_user_id_in_place(std::string& value);
// The same questions without an answer: true where the first two change nothing.
bool is_clean_text(std::string_view value);
bool is_clean_url(std::string_view value);

}  // namespace pagewake::enrich
