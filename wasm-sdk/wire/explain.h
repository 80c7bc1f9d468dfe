// What follows from a page view's record, and is worked out by who reads it: the
// page only sends what it saw, since each conclusion would cost every visitor
// its code.
#pragma once

#include "wire/page_view.h"

namespace pagewake {

// Depends on the page view alone; doing it again changes nothing. Part of
// decode_beacon and merge_page_view: what belongs together may come in
// different beacons.
// - A page that the site did not name is its URL's path with ids folded.
// - A vital whose entry type the browser lacks is kUnsupported.
// - Each long frame's longest script, and as web-vitals v6 explains INP the
//   attribution's inp_longest_script_* and inp_total_*, from the frames'
//   scripts. What older senders said themselves stays where there are none.
void explain(PageView& view);

}  // namespace pagewake
