// What many places call is kept out of line by hand: the optimiser for size
// inlines it otherwise, and the page's module pays for each copy. The server
// pays for the calls instead.
#pragma once

#ifdef __EMSCRIPTEN__
#define PAGEWAKE_OUT_OF_LINE [[gnu::noinline]]
#else
#define PAGEWAKE_OUT_OF_LINE
#endif
