#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "core/entry_signal.h"
#include "core/error_limiter.h"
#include "core/recorder.h"
#include "core/recording.h"
#include "wire/beacon.h"
#include "wire/signal_log.h"

namespace pagewake {
namespace {

constexpr double kLogVersion = 1;

struct Replay {
  Recording recording;
  bool has_head = false;
  Error head_error;
  BeaconId beacon_id;
  double sent_at_unix_ms = 0, already_sent = 0;
  std::size_t taken = 0, skipped = 0;
  std::vector<OwnedSignal> paints;
  ErrorLimiter errors;

  static void take(void* self, const Signal& signal) {
    auto& replay = *static_cast<Replay*>(self);
    if (!replay.has_head) {
      replay.has_head = true;
      replay.read_head(signal);
    } else if (replay.head_error.code.empty() && signal.kind == "entry") {
      replay.take_entry(signal);
    } else if (replay.head_error.code.empty()) {
      ++replay.taken;
      const bool is_repeated = signal.kind == "error" && !replay.errors.keep(signal);
      const bool is_known =
          is_repeated ? replay.take_repeated(signal) : replay.recording.take(signal);
      if (!is_known) ++replay.skipped;
      if (static_cast<double>(replay.taken) == replay.already_sent) replay.recording.forget_drops();
    }
  }

  // As the shim shortens it: no id, and of the rest only what counting needs.
  bool take_repeated(const Signal& error) {
    constexpr std::size_t kCounted = 4;
    Signal shortened{error.kind, error.t_ms, error.fields};
    if (shortened.fields.size() > kCounted) shortened.fields.resize(kCounted);
    if (!shortened.fields.empty()) shortened.fields[0] = SignalField(std::string_view());
    return recording.take(shortened);
  }

  // What was painted counts until the page was hidden, so that comes first.
  void take_entry(const Signal& entry) {
    for (OwnedSignal& made : signals_of_entry(entry)) {
      if (made->kind == "hidden" || made->kind == "visible") {
        recording.take(*made);
      } else {
        paints.push_back(std::move(made));
      }
    }
  }

  void read_head(const Signal& signal) {
    const auto id = parse_id<BeaconId>(signal.text(0));
    if (signal.kind != "log") {
      head_error = {"malformed", "a raw signal log starts with \"log\""};
    } else if (signal.t_ms != kLogVersion) {
      head_error = {"unknown_version", "this server reads signal logs of version 1"};
    } else if (!id || id->is_zero()) {
      head_error = {"malformed", "\"log\" needs a beacon id of 32 hex digits"};
    } else {
      beacon_id = *id;
      sent_at_unix_ms = signal.number(1, 0);
      already_sent = signal.number(2, 0);
    }
  }
};

}  // namespace

Result<ReplayedLog> replay_signal_log(std::string_view json) {
  Replay replay;
  const auto parsed = parse_signal_log(json, {&replay, &Replay::take});
  if (!replay.head_error.code.empty()) return replay.head_error;
  if (!parsed.ok()) {
    if (parsed.error().code != "list_truncated") return parsed.error();
    replay.recording.drop(DropReason::kTruncated);
  }
  if (!replay.has_head) return Error{"malformed", "an empty signal log"};

  for (const OwnedSignal& paint : replay.paints) replay.recording.take(*paint);

  const double sent_at = replay.sent_at_unix_ms;
  const bool is_time = sent_at > -9e15 && sent_at < 9e15;
  Beacon head =
      replay.recording.flush(replay.beacon_id, is_time ? static_cast<std::int64_t>(sent_at) : 0);
  head.replayed = true;
  // Through the same bytes as a page's beacon, so that both ways give the same
  // record to the last digit, cut at the same limits.
  const std::string bytes = encode_beacon(head, replay.recording.lent());
  auto decoded = decode_beacon({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
  if (!decoded.ok()) return decoded.error();
  ReplayedLog out;
  out.beacon = std::move(*decoded);
  out.skipped = replay.skipped;
  return out;
}

}  // namespace pagewake
