// What a span is called where many runs of it are counted together.
#pragma once

#include <string>

namespace pagewake::query {

// What a span did, the same for every run of it: its SQL text (attribute
// db.query.text or db.statement) or else its name. Literals and lists of
// placeholders of SQL are folded. At most 300 bytes.
std::string span_title(const std::string& name, const std::string& op,
                       const std::string& attributes_json);

}  // namespace pagewake::query
