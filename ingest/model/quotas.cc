#include "model/quotas.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pagewake::model {

namespace {
using Json = nlohmann::json;
Error wrong(std::string message) { return {"invalid_quotas", std::move(message)}; }
}  // namespace

Quotas tightest(const Quotas& a, const Quotas& b) {
  Quotas both;
  for (const auto& [name, field] : kQuotaFields) {
    both.*field = a.*field == 0   ? b.*field
                  : b.*field == 0 ? a.*field
                                  : std::min(a.*field, b.*field);
  }
  return both;
}

Result<Quotas> parse_quotas(std::string_view json) {
  Quotas quotas;
  if (json.empty()) return quotas;
  const Json body = Json::parse(json, nullptr, false);
  if (!body.is_object()) return wrong("must be a JSON object, {\"events_per_day\":10000}");
  for (const auto& [name, value] : body.items()) {
    const auto field = std::find_if(kQuotaFields.begin(), kQuotaFields.end(),
                                    [&key = name](const auto& one) { return key == one.first; });
    if (field == kQuotaFields.end()) {
      return wrong(name +
                   ": is not one of requests_per_day, events_per_day, spans_per_day, "
                   "logs_per_day, sessions_per_day");
    }
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0 ||
        value.get<std::int64_t>() > kMostPerDay) {
      return wrong(name + ": must be a whole number from 0 (no limit) to " +
                   std::to_string(kMostPerDay));
    }
    quotas.*(field->second) = value.get<std::int64_t>();
  }
  return quotas;
}

std::string to_json(const Quotas& quotas) {
  Json json;
  for (const auto& [name, field] : kQuotaFields) json[name] = quotas.*field;
  return json.dump();
}

}  // namespace pagewake::model
