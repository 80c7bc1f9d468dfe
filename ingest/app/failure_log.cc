#include "app/failure_log.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace pagewake::app {

FailureLog::FailureLog(std::string fails, std::string works_again, std::chrono::milliseconds calm,
                       Sink sink, Now now)
    : fails_(std::move(fails)),
      works_again_(std::move(works_again)),
      calm_(calm),
      sink_(std::move(sink)),
      now_(std::move(now)) {}

void FailureLog::note(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (!status.ok()) {
    failed_at_ = now_();
    if (++failures_ == 1) sink_(true, fails_ + ": " + status.error().message);
    return;
  }
  if (failures_ == 0 || now_() - failed_at_ < calm_) return;
  sink_(false, works_again_ + "; it failed " + std::to_string(std::exchange(failures_, 0)) +
                   " times meanwhile");
}

void FailureLog::to_log(bool failing, const std::string& line) {
  spdlog::log(failing ? spdlog::level::err : spdlog::level::info, "{}", line);
}

LineLimit::LineLimit(std::chrono::milliseconds period, FailureLog::Now now)
    : period_(period), now_(std::move(now)) {}

bool LineLimit::pass(std::uint64_t& left_out) {
  const std::lock_guard lock(mutex_);
  const auto now = now_();
  if (any_ && now - passed_at_ < period_) {
    ++left_out_;
    return false;
  }
  any_ = true;
  passed_at_ = now;
  left_out = std::exchange(left_out_, 0);
  return true;
}

}  // namespace pagewake::app
