#include "model/retention.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace pagewake::model {

namespace {
using Json = nlohmann::json;
Error wrong(std::string message) { return {"invalid_retention", std::move(message)}; }

constexpr std::pair<const char*, std::optional<std::int64_t> RetentionChange::*> kFields[] = {
    {"raw_days", &RetentionChange::raw_days}, {"rollup_days", &RetentionChange::rollup_days}};
}  // namespace

Retention RetentionRule::with(const RetentionChange& change) const {
  Retention out = configured;
  if (raw_fixed_by.empty()) out.raw_days = change.raw_days.value_or(out.raw_days);
  if (rollup_fixed_by.empty()) out.rollup_days = change.rollup_days.value_or(out.rollup_days);
  return out;
}

Status RetentionRule::check(const RetentionChange& change) const {
  const auto fixed = [](const char* field, const std::string& by) {
    return Error{"fixed_by_configuration",
                 std::string(field) + ": the server was started with it (" + by +
                     "); change it there, or take it out there to change it here"};
  };
  if (change.raw_days && *change.raw_days != configured.raw_days && !raw_fixed_by.empty())
    return fixed("raw_days", raw_fixed_by);
  if (change.rollup_days && *change.rollup_days != configured.rollup_days &&
      !rollup_fixed_by.empty())
    return fixed("rollup_days", rollup_fixed_by);
  const Retention then = with(change);
  if (then.rollup_days < then.raw_days) {
    return wrong("rollup_days: " + std::to_string(then.rollup_days) +
                 " is less than the records' raw_days (" + std::to_string(then.raw_days) + ")");
  }
  return Done{};
}

Result<RetentionChange> parse_retention(std::string_view json) {
  RetentionChange change;
  if (json.empty()) return change;
  const Json body = Json::parse(json, nullptr, false);
  if (!body.is_object()) return wrong("must be a JSON object, {\"raw_days\":30}");
  for (const auto& [name, value] : body.items()) {
    const auto* field = name == kFields[0].first   ? &kFields[0]
                        : name == kFields[1].first ? &kFields[1]
                                                   : nullptr;
    if (field == nullptr) return wrong(name + ": is not one of raw_days, rollup_days");
    if (!value.is_number_integer() || value.get<std::int64_t>() < 1 ||
        value.get<std::int64_t>() > kMostRetentionDays) {
      return wrong(name + ": must be a whole number of days from 1 to " +
                   std::to_string(kMostRetentionDays));
    }
    change.*(field->second) = value.get<std::int64_t>();
  }
  return change;
}

std::string to_json(const RetentionChange& change) {
  Json json = Json::object();
  for (const auto& [name, field] : kFields) {
    if (const auto& days = change.*field) json[name] = *days;
  }
  return json.dump();
}

}  // namespace pagewake::model
