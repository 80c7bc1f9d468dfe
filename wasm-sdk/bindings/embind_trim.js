// Types of Embind that the core's five functions do not use: their glue is
// left out. (An Embind function with such a type would fail at load with
// "unknown type".)
mergeInto(LibraryManager.library, {
  _embind_register_std_wstring: function () {},
  _embind_register_std_wstring__deps: [],
  _embind_register_bigint: function () {},
  _embind_register_bigint__deps: [],
  _embind_register_memory_view: function () {},
  _embind_register_memory_view__deps: [],
  _embind_register_emval: function () {},
  _embind_register_emval__deps: [],
});
