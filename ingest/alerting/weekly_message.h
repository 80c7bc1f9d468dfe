// The weekly report: which week is due, and what it says.
#pragma once

#include <cstdint>
#include <string>

#include "alerting/alert_message.h"
#include "query/weekly_report.h"

namespace pagewake::alerting {

// Monday 08:00 UTC: early enough to be read as the week begins in Europe, and
// late enough that what was still on its way on Sunday has come.
inline constexpr std::int64_t kReportHourUtc = 8;

// The last week, Monday to Sunday in UTC, whose report is due by now.
query::ReportedTime week_due(std::int64_t now_unix_us);
// The seven days up to now, by whole hours, the running one included.
query::ReportedTime seven_days_to(std::int64_t now_unix_us);
// Its first day: "2026-11-16". In the order of time.
std::string name_of_week(query::ReportedTime week);
// The state that says which week a channel was last told about.
std::string reported_week_name(std::int64_t channel_id);

// `at_unix_us` is left to the sender. A week without data says so where the
// week before had some, and otherwise has nothing to tell: a project that
// sleeps for months should not write every Monday.
Message weekly_message(const query::WeeklyReport& report, const std::string& project_name,
                       const std::string& public_url);

}  // namespace pagewake::alerting
