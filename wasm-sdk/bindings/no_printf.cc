// libembind names types it does not know with sprintf("%p"), which nothing
// here needs and which would pull in the printf family: 2 KB, compressed.
// Emscripten's compiler renames such a call when no float is printed.
extern "C" {
int sprintf(char* out, const char*, ...) {
  out[0] = '?';
  out[1] = '\0';
  return 1;
}
int siprintf(char* out, const char*, ...) { return sprintf(out, ""); }
int __small_sprintf(char* out, const char*, ...) { return sprintf(out, ""); }
}
