// How fast seals go. A seal is a half second of work for which nobody waits; in
// one go it would take half of a lone core from those who take visits in. So it
// works in short pieces and rests after each, three times as long as it worked,
// less where others seal as well. It rests less where what fills memory
// meanwhile is more than half full, and not at all where that is full or where
// somebody waits for it.
//
// Rests are for who holds no lock and no transaction that others wait for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace pagewake::storage::sqlite {

// One for the seals of a store. Safe to use from many threads.
class Pace {
 public:
  struct Options {
    std::chrono::nanoseconds piece = std::chrono::milliseconds(1);
    double rest = 3;  // times what was worked
    // Processor time of the calling thread; empty: its clock.
    std::function<std::chrono::nanoseconds()> worked;
  };
  explicit Pace(Options options);

  // While one lives, nobody rests.
  class Hurry {
   public:
    explicit Hurry(Pace& pace);
    ~Hurry();
    Hurry(const Hurry&) = delete;
    Hurry& operator=(const Hurry&) = delete;

   private:
    Pace& pace_;
  };

  // How long to rest after that much work beside `seals` in all, where memory is
  // `full` to that part, from 0 to 1 or more.
  std::chrono::nanoseconds rest_after(std::chrono::nanoseconds worked, int seals,
                                      double full) const;

 private:
  friend class PacedWork;
  void rest(std::chrono::nanoseconds worked, double full);

  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int hurries_ = 0, seals_ = 0;
};

// A seal's work, on one thread.
class PacedWork {
 public:
  // `full`: of what fills meanwhile, as rest_after() takes it.
  PacedWork(Pace& pace, std::function<double()> full);
  ~PacedWork();
  PacedWork(const PacedWork&) = delete;
  PacedWork& operator=(const PacedWork&) = delete;

  // Between two steps of some ten microseconds: rests when a piece is done.
  void breathe();

 private:
  Pace& pace_;
  const std::function<double()> full_;
  std::chrono::nanoseconds began_;
};

// `work` may be null: who works without rests.
inline void breathe(PacedWork* work) {
  if (work != nullptr) work->breathe();
}

}  // namespace pagewake::storage::sqlite
