// Which pages there are, how often they are seen and how fast they are.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/filter.h"
#include "query/vital_stats.h"
#include "storage/record_store.h"

namespace pagewake::query {

struct PageRow {
  std::string page;
  double views = 0;       // weighted
  double error_rate = 0;  // 0..1
  PerVital<VitalStats> vitals;
};

// Most views first. Errors: "invalid_cursor", and the store's.
Result<model::Listing<PageRow>> page_list(storage::RecordReader& records, model::ProjectId project,
                                          const model::Filter& filter, const model::Paging& paging);

}  // namespace pagewake::query
