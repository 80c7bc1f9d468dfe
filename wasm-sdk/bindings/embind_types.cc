// In place of libembind's own list of C++ types: the core's functions know
// numbers only. The rest (integers, strings, memory views, wide strings) would
// be 1 KB of module and 2 KB of glue, compressed, that nobody calls. An Embind
// function with any other type fails at load with "unbound types".
#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include <cstdlib>

extern "C" {

// The glue asks for names only to say which type is missing, and frees them.
EMSCRIPTEN_KEEPALIVE const char* __getTypeName(const std::type_info*) {
  char* name = static_cast<char*>(std::malloc(1));
  *name = 0;
  return name;
}

EMSCRIPTEN_KEEPALIVE __attribute__((constructor)) void
__embind_register_native_and_builtin_types() {
  using namespace emscripten::internal;
  _embind_register_void(TypeID<void>::get(), "void");
  _embind_register_float(TypeID<double>::get(), "double", sizeof(double));
}
}
