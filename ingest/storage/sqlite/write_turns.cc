#include "storage/sqlite/write_turns.h"

#include <mutex>

namespace pagewake::storage::sqlite {

Status WriteTurns::turn(const std::function<void()>& work) {
  const std::lock_guard writing(write_mutex_);
  writer_.clear_error();
  Transaction transaction(writer_, Transaction::Kind::kWrite);
  work();
  if (!transaction.commit()) return error();
  return Done{};
}

}  // namespace pagewake::storage::sqlite
