#include <cstdlib>

#include "enrich/enrich.h"

namespace pagewake::enrich {

// A beacon takes its time on the way, so a difference below this says nothing
// about the sender's clock.
constexpr std::int64_t kNoticeableSkewUs = 2'000'000;

std::int64_t clock_skew_us(std::int64_t client_sent_at_unix_us, std::int64_t received_at_unix_us) {
  if (client_sent_at_unix_us <= 0) return 0;
  const std::int64_t skew = received_at_unix_us - client_sent_at_unix_us;
  return std::llabs(skew) < kNoticeableSkewUs ? 0 : skew;
}

}  // namespace pagewake::enrich
