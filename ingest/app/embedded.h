// The files that the binary carries: what the SDK's build and the dashboard's
// build left. Made by script/embed.mjs; empty where there was no such build.
#pragma once

#include <span>
#include <string_view>

namespace pagewake::app {

struct EmbeddedFile {
  std::string_view path;  // "sdk/pagewake.js", "dashboard/index.html"
  std::string_view content_type;
  std::string_view hash;                 // of the plain bytes, hex
  std::string_view plain, brotli, gzip;  // a compressed form is empty where it is no smaller
};

std::span<const EmbeddedFile> embedded_files();  // by path

}  // namespace pagewake::app
