#include "core/recorder.h"

#include "core/recording.h"
#include "wire/beacon.h"
#include "wire/signal_block.h"
#include "wire/signal_log.h"

namespace pagewake {

struct Recorder::Impl {
  Recording recording;
  std::size_t understood = 0;

  static void take(void* self, const Signal& signal) {
    auto& impl = *static_cast<Impl*>(self);
    if (impl.recording.take(signal)) ++impl.understood;
  }
};

Recorder::Recorder() : impl_(std::make_unique<Impl>()) {}
Recorder::~Recorder() = default;
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;

Result<std::size_t> Recorder::feed(std::string_view signal_log_json) {
  impl_->understood = 0;
  const auto parsed = parse_signal_log(signal_log_json, {impl_.get(), &Impl::take});
  if (!parsed.ok()) return parsed.error();
  return impl_->understood;
}

std::size_t Recorder::feed_block(std::string_view block, std::size_t numbers) {
  impl_->understood = 0;
  read_signal_block(block, numbers, {impl_.get(), &Impl::take});
  return impl_->understood;
}

bool Recorder::has_news() const { return impl_->recording.has_news(); }

Beacon Recorder::flush(const BeaconId& beacon_id, std::int64_t sent_at_unix_ms) {
  Beacon beacon = impl_->recording.flush(beacon_id, sent_at_unix_ms);
  for (const PageView* page_view : impl_->recording.lent()) beacon.page_views.push_back(*page_view);
  return beacon;
}

Text Recorder::flush_bytes(const BeaconId& beacon_id, std::int64_t sent_at_unix_ms, bool part) {
  const Beacon& head = impl_->recording.flush(beacon_id, sent_at_unix_ms, part);
  return pack_beacon(encode_beacon(head, impl_->recording.lent(), part));
}

void Recorder::unflush() { impl_->recording.unflush(); }

}  // namespace pagewake
