// Values and parts of a page view as JSON, field by field as docs/api.md has
// them: what the API's answers and `pagewake decode` say alike. Absent numbers
// and ids are null, absent texts "". Numbers are finite and rounded:
// milliseconds to three places (a microsecond), scores and shares to six.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "base/ids.h"
#include "wire/page_view.h"

namespace pagewake::json {

using Json = nlohmann::ordered_json;  // fields in the order of docs/api.md

Json ms_json(double ms);
Json score_json(double value);
Json ms_or_null(const std::optional<double>& ms);
Json score_or_null(const std::optional<double>& value);

template <typename T>
Json id_json(const T& id) {
  return id.is_zero() ? Json(nullptr) : Json(to_hex(id));
}

// True for a document's page view that the visitor left before its load event.
bool left_before_load(const PageView& view);

Json key_values_json(const KeyValues& values);

Json timing_json(const std::optional<NavigationTiming>& timing);
Json resource_json(const Resource& resource);
Json long_frame_json(const LongFrame& frame);
Json device_json(const Device& device);
Json sdk_cost_json(const SdkCost& cost);

}  // namespace pagewake::json
