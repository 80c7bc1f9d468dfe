// libembind names types it does not know with sprintf("%p"), which nothing
// here needs and which would pull in the printf family: 2 KB, compressed.
#include <cstddef>

extern "C" {
int sprintf(char* out, const char*, ...) {
  out[0] = '?';
  out[1] = '\0';
  return 1;
}
int snprintf(char* out, std::size_t bytes, const char*, ...) {
  if (bytes > 1) return sprintf(out, "");
  return 0;
}
}
