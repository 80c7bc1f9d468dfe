// What many places call is kept out of line by hand: the optimiser for size
// inlines it otherwise, and the page's module pays for each copy.
#pragma once

#define PAGEWAKE_OUT_OF_LINE [[gnu::noinline]]
