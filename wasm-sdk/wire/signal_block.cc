#include "wire/signal_block.h"

#include <algorithm>
#include <cstring>

#include "base/limits.h"

namespace pagewake {

void read_signal_block(std::string_view block, std::size_t numbers, SignalSink sink) {
  numbers = std::min(numbers, block.size() / sizeof(double));
  std::string_view texts = block.substr(numbers * sizeof(double));
  const char* at = block.data();
  const char* const end = texts.data();
  const auto next_number = [&] {
    double number;
    std::memcpy(&number, at, sizeof number);
    at += sizeof number;
    return number;
  };
  Signal signal;
  while (at != end) {
    signal.kind = {};
    signal.t_ms = 0;
    signal.fields.clear();
    const double fields = next_number();
    for (std::size_t i = 0; static_cast<double>(i) < fields; ++i) {
      if (at == end) return;
      SignalField field(next_number());
      if (field.number() != field.number()) {
        const std::size_t text_end = texts.find('\0');
        if (text_end == std::string_view::npos) return;
        field = SignalField(texts.substr(0, text_end));
        texts.remove_prefix(text_end + 1);
      }
      if (i == 0) {
        signal.kind = field.text();
      } else if (i == 1) {
        signal.t_ms = field.number();
      } else if (i < limits::kFieldsPerSignal) {
        signal.fields.push_back(field);
      }
    }
    sink.take(sink.context, signal);
  }
}

}  // namespace pagewake
