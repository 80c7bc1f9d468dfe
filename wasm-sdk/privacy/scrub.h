// Takes secrets and personal data out of text before it leaves the browser,
// and once more on the server: the same code on both sides. Linear time on
// any input. What is taken out becomes "[Filtered]".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/containers.h"

namespace pagewake {

// Cuts the fragment and every query parameter that is not on the list (cut
// parameters leave no trace), user:password@ of the authority, and scrubs the
// path like text; a content hash in the name of a static file ("app-<hex>.js")
// stays. data: and blob: URLs keep only their scheme and media type. Cut at
// limits::kUrlBytes on a code point. Relative URLs work too. Idempotent for the
// same list.
Text scrub_url(std::string_view url, std::span<const Text> allowed_query_parameters = {});

// E-mail addresses, card numbers (13..19 digits that pass Luhn; not those that
// begin with 0 or 1, which are times and counters), Bearer/Basic
// credentials, JWTs, hex strings of 32+ and base64 of 40+ characters with high
// variety, `name=value`, `name: value` and `"name": "value"` where is_secret_name(name), and
// the queries of URLs inside the text. Idempotent.
Text scrub_text(std::string_view text);

// password, passwd, pwd, secret, token, api_key, authorization, cookie,
// session, csrf, credit card fields and their usual spellings in any case.
bool is_secret_name(std::string_view name);

// Changes whenever the rules do; sent in every beacon.
std::uint32_t scrub_rules_hash();

}  // namespace pagewake
