// A JSON object a client sent, as our decoders wrote it, scrubbed by the names
// of its members.
#pragma once

#include <string>
#include <string_view>

namespace pagewake::enrich {

// Where nothing is to be scrubbed it stays byte for byte; else its members come
// in the order of their names. Broken JSON becomes "": only our own decoders
// write these.
void scrub_json_in_place(std::string& stored);
// A statement stays readable, its literals go: 'ann@example.org' becomes '?'.
std::string without_literals(std::string_view sql);

}  // namespace pagewake::enrich
