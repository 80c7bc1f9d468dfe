// A signal that outlives the call it was passed to. Not for the page.
#pragma once

#include <string>
#include <vector>

#include "wire/signal_log.h"

namespace pagewake {

class OwnedSignal {
 public:
  explicit OwnedSignal(const Signal& signal) : signal_(signal) {
    texts_.reserve(1 + signal.fields.size());  // so that none moves
    signal_.kind = texts_.emplace_back(signal.kind);
    for (SignalField& field : signal_.fields) {
      if (field.is_number()) continue;
      field = SignalField(std::string_view(texts_.emplace_back(field.text())));
    }
  }
  // The texts stay where they are when the list that holds them moves.
  OwnedSignal(OwnedSignal&&) noexcept = default;
  OwnedSignal& operator=(OwnedSignal&&) noexcept = default;

  const Signal& operator*() const { return signal_; }
  const Signal* operator->() const { return &signal_; }

 private:
  Signal signal_;
  std::vector<std::string> texts_;
};

}  // namespace pagewake
