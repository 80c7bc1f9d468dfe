// Reports over many page views as JSON; values as in json/page_view_json.h.
#pragma once

#include "json/page_view_json.h"
#include "query/overview.h"
#include "query/page_list.h"
#include "query/page_report.h"

namespace pagewake::api {

json::Json vitals_json(const query::PerVital<query::VitalStats>& vitals);
json::Json page_json(const query::PageRow& row);
json::Json page_report_json(const query::PageReport& report);
json::Json overview_json(const query::Overview& overview);

}  // namespace pagewake::api
