#include "storage/sqlite/sealing_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace pagewake::storage::sqlite {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// A seal that tells when it ran.
struct Told {
  std::promise<void> promise;
  std::atomic<int> seals{0};
  std::function<Status()> seal() {
    return [this]() -> Status {
      if (seals++ == 0) promise.set_value();
      return Done{};
    };
  }
};

TEST(SealingThread, SealsWhatIsFullAtOnce) {
  Told told;
  SealingThread thread(told.seal(), {{}, milliseconds(1), hours(1), [] { return true; }, hours(1)});
  thread.start();
  thread.wake(true);
  told.promise.get_future().wait();
}

TEST(SealingThread, SealsWhatHasWaitedLongEnough) {
  Told told;
  SealingThread thread(told.seal(),
                       {{}, milliseconds(1), milliseconds(5), [] { return false; }, hours(1)});
  thread.start();
  thread.wake(false);
  told.promise.get_future().wait();
}

TEST(SealingThread, FewWaitUntilTheyAreMore) {
  Told told;
  std::atomic<int> asked{0};
  SealingThread thread(
      told.seal(), {{}, milliseconds(1), milliseconds(1), [&] { return ++asked < 4; }, hours(1)});
  thread.start();
  thread.wake(false);
  told.promise.get_future().wait();
  EXPECT_EQ(asked, 4);
  EXPECT_EQ(told.seals, 1);
}

TEST(SealingThread, FewDoNotWaitForEver) {
  Told told;
  std::atomic<int> asked{0};
  SealingThread thread(
      told.seal(),
      {{}, milliseconds(1), milliseconds(1), [&] { return ++asked > 0; }, milliseconds(50)});
  thread.start();
  thread.wake(false);
  told.promise.get_future().wait();
  EXPECT_GT(asked, 0);
}

TEST(SealingThread, WithoutALongestWaitOnlyWhatIsFullIsSealed) {
  Told told;
  {
    SealingThread thread(told.seal(), {{}, milliseconds(1), {}, {}, {}});
    thread.start();
    thread.wake(false);
  }
  EXPECT_EQ(told.seals, 0);
}

}  // namespace
}  // namespace pagewake::storage::sqlite
