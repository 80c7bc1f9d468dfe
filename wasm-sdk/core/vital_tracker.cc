#include "core/vital_tracker.h"

#include <algorithm>
#include <utility>

namespace pagewake {
namespace {

constexpr double kShiftGapMs = 1000;
constexpr double kShiftWindowMs = 5000;
constexpr std::size_t kLongestInteractions = 10;
constexpr double kInteractionsPerOutlier = 50;
// Durations are rounded to 8 ms, so render times of one frame differ by that.
constexpr double kSameFrameMs = 8;
// Event and long-frame entries come out of order by a frame or two.
constexpr std::size_t kRecentFrames = 10;
constexpr std::size_t kMaxFrames = 40;
constexpr double kTooShortToReportMs = 8;

}  // namespace

void LcpTracker::candidate(LcpCandidate candidate) {
  if (candidate.start_ms < hidden_ms_ && candidate.start_ms <= input_ms_) {
    value_ = std::move(candidate);
  }
}

void ClsTracker::shift(Shift shift, bool had_recent_input) {
  if (had_recent_input) return;
  const bool same_window = window_value_ > 0 && shift.start_ms - window_last_ms_ < kShiftGapMs &&
                           shift.start_ms - window_first_ms_ < kShiftWindowMs;
  if (same_window) {
    window_value_ += shift.value;
  } else {
    window_value_ = shift.value;
    window_first_ms_ = shift.start_ms;
    window_shift_ = Shift{};
  }
  window_last_ms_ = shift.start_ms;
  if (shift.value >= window_shift_.value) window_shift_ = std::move(shift);
  if (window_value_ > largest_value_) {
    largest_value_ = window_value_;
    largest_shift_ = window_shift_;
  }
}

std::uint32_t InpTracker::frame_of(const EventEntry& entry) {
  const double render_ms = entry.start_ms + entry.duration_ms;
  for (std::size_t i = frames_.size(); i-- > 0;) {
    Frame& frame = frames_[i];
    const double apart = render_ms - frame.render_ms;
    if (apart > kSameFrameMs || apart < -kSameFrameMs) continue;
    frame.start_ms = std::min(frame.start_ms, entry.start_ms);
    frame.processing_start_ms = std::min(frame.processing_start_ms, entry.processing_start_ms);
    frame.processing_end_ms = std::max(frame.processing_end_ms, entry.processing_end_ms);
    return frame.number;
  }
  if (frames_.size() == kMaxFrames) {
    // Keeps the most recent ones and those of the longest interactions.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      bool keep = i + kRecentFrames >= frames_.size();
      for (const Interaction& interaction : longest_) {
        keep = keep || interaction.frame_number == frames_[i].number;
      }
      if (keep) frames_[kept++] = frames_[i];
    }
    frames_.resize(kept);
  }
  frames_.push_back(
      {entry.start_ms, entry.processing_start_ms, entry.processing_end_ms, render_ms, next_frame_});
  return next_frame_++;
}

const InpTracker::Frame* InpTracker::find_frame(std::uint32_t number) const {
  for (const Frame& frame : frames_) {
    if (frame.number == number) return &frame;
  }
  return nullptr;
}

void InpTracker::event(const EventEntry& entry) {
  const std::uint32_t frame = frame_of(entry);
  if (!(entry.interaction_id > 0)) return;
  std::size_t at = 0;
  while (at < longest_.size() && longest_[at].id != entry.interaction_id) ++at;
  const bool is_new = at == longest_.size();
  if (is_new) {
    if (longest_.size() >= kLongestInteractions) {
      if (!(entry.duration_ms > longest_.back().latency_ms)) return;
      longest_.pop_back();
      --at;
    }
    longest_.push_back({entry.interaction_id, entry.duration_ms, entry.start_ms, entry.duration_ms,
                        frame, entry.name, entry.target});
  } else {
    Interaction& interaction = longest_[at];
    if (entry.duration_ms > interaction.latency_ms) {
      interaction.latency_ms = interaction.duration_ms = entry.duration_ms;
      interaction.start_ms = entry.start_ms;
      interaction.frame_number = frame;
      interaction.name = entry.name;
    }
    // The first entry that knows its element names the interaction's.
    if (interaction.target.empty()) interaction.target = entry.target;
  }
  // Stable, so that of equally long ones the earlier stays in front.
  while (at > 0 && longest_[at].latency_ms > longest_[at - 1].latency_ms) {
    std::swap(longest_[at], longest_[at - 1]);
    --at;
  }
}

std::optional<InpCandidate> InpTracker::value(double interactions, bool restarted) const {
  if (longest_.empty()) {
    if (!restarted || !(interactions > 0)) return std::nullopt;
    InpCandidate too_short;
    too_short.latency_ms = kTooShortToReportMs;
    return too_short;
  }
  std::size_t at = longest_.size() - 1;
  const double outliers = interactions / kInteractionsPerOutlier;
  if (outliers < static_cast<double>(at)) {
    at = outliers > 0 ? static_cast<std::size_t>(outliers) : 0;
  }
  const Interaction& interaction = longest_[at];
  const Frame* frame = find_frame(interaction.frame_number);
  InpCandidate out;
  out.latency_ms = interaction.latency_ms;
  out.has_entry = true;
  out.start_ms = interaction.start_ms;
  out.duration_ms = interaction.duration_ms;
  out.frame_processing_start_ms = frame != nullptr ? frame->processing_start_ms : out.start_ms;
  out.frame_processing_end_ms = frame != nullptr ? frame->processing_end_ms : out.start_ms;
  out.name = &interaction.name;
  out.target = &interaction.target;
  return out;
}

}  // namespace pagewake
