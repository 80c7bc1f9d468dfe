// A second thread for what one report has to do, where there is a processor for
// it: a report is waited for, and a small machine mostly has two.
#pragma once

#include <functional>

#include "base/result.h"

namespace pagewake::query {

bool has_second_processor();

// Runs `work` here and, where there is a processor and a thread to be had, on a
// second thread as well; the two take from something common what is to do. Errors:
// work's, of both the one from here. An exception of either comes out here, when
// both have ended.
Status on_two_threads(const std::function<Status()>& work);

}  // namespace pagewake::query
