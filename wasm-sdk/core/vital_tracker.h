// The vitals of one page view, value for value as web-vitals v6 computes them.
// Every tracker takes performance entries' times as they are: ms since the
// document's time origin. Pure: no clock; feed late entries any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/containers.h"

namespace pagewake {

inline constexpr double kNever = std::numeric_limits<double>::infinity();

struct LcpCandidate {
  double start_ms = 0;
  Text target;                 // selector
  Text url;                    // of the image, scrubbed; empty for text
  std::uint64_t url_hash = 0;  // of the URL as the browser gave it, to find its resource
};

// The last candidate before the visitor's first input or the page's first
// hiding. The browser stops by itself, but candidates may be delivered late.
class LcpTracker {
 public:
  void input(double t_ms) { input_ms_ = input_ms_ < t_ms ? input_ms_ : t_ms; }
  void hidden(double t_ms) { hidden_ms_ = hidden_ms_ < t_ms ? hidden_ms_ : t_ms; }
  void candidate(LcpCandidate candidate);
  const std::optional<LcpCandidate>& value() const { return value_; }

 private:
  double input_ms_ = kNever, hidden_ms_ = kNever;
  std::optional<LcpCandidate> value_;
};

struct Shift {
  double start_ms = 0, value = 0;
  Text target;  // selector of the largest source
};

// The largest session window: shifts less than 1 s apart, 5 s at most.
class ClsTracker {
 public:
  void shift(Shift shift, bool had_recent_input);
  double value() const { return largest_value_; }
  // The largest shift of the largest window; null while there was none.
  const Shift* largest() const { return largest_value_ > 0 ? &largest_shift_ : nullptr; }

 private:
  double window_value_ = 0, window_first_ms_ = 0, window_last_ms_ = 0;
  Shift window_shift_;
  double largest_value_ = 0;
  Shift largest_shift_;
};

struct EventEntry {
  double start_ms = 0, duration_ms = 0, processing_start_ms = 0, processing_end_ms = 0;
  double interaction_id = 0;  // 0: not an interaction, but it shares a frame with one
  Text name, target;
};

// What INP's attribution needs of its interaction.
struct InpCandidate {
  double latency_ms = 0;
  bool has_entry = false;  // false: faster than the browser reports
  double start_ms = 0, duration_ms = 0;
  double frame_processing_start_ms = 0, frame_processing_end_ms = 0;
  const Text* name = nullptr;
  const Text* target = nullptr;
};

// A high percentile of the interactions: of the ten longest, the one that as
// many as one in fifty exceed.
class InpTracker {
 public:
  void event(const EventEntry& entry);
  // `interactions`: how many there were in this page view. `restarted`: a soft
  // navigation or bfcache restore, where no first-input entry stands in for
  // interactions too short to be reported; they count as 8 ms.
  std::optional<InpCandidate> value(double interactions, bool restarted) const;

 private:
  // Events that were presented in one frame.
  struct Frame {
    double start_ms, processing_start_ms, processing_end_ms, render_ms;
    std::uint32_t number;
  };
  struct Interaction {
    double id, latency_ms, start_ms, duration_ms;
    std::uint32_t frame_number;
    Text name, target;
  };
  std::uint32_t frame_of(const EventEntry& entry);
  const Frame* find_frame(std::uint32_t number) const;

  List<Frame> frames_;
  List<Interaction> longest_;  // longest first, at most ten
  std::uint32_t next_frame_ = 0;
};

}  // namespace pagewake
