// The made page views as another engine takes them: a file in ClickHouse's
// RowBinary, one row a view, in the order of filters.mjs's table.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "measure.h"
#include "model/records.h"

namespace pagewake::storage {

class RowBinaryFile {
 public:
  explicit RowBinaryFile(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) fail("cannot write " + path);
  }
  ~RowBinaryFile() {
    if (std::fclose(file_) != 0) fail("the rows were not written");
  }
  RowBinaryFile(const RowBinaryFile&) = delete;
  RowBinaryFile& operator=(const RowBinaryFile&) = delete;

  // `inp_ms`: 0 for none, as long as it has not grown.
  void put(const model::PageViewRecord& record, double inp_ms) {
    const PageView& view = record.view;
    row_.clear();
    put_raw(static_cast<std::uint32_t>(record.project));
    put_text(view.page);
    put_raw(static_cast<std::int64_t>(view.started_at_unix_ms));
    for (const std::string* text : {&view.device.type, &record.country, &record.browser, &record.os,
                                    &view.device.effective_connection_type, &record.release}) {
      put_text(*text);
    }
    put_raw(static_cast<float>(view.vitals.lcp_ms.value()));
    row_.push_back(static_cast<char>(inp_ms == 0));  // 1: NULL follows
    if (inp_ms != 0) put_raw(static_cast<float>(inp_ms));
    put_raw(static_cast<float>(view.vitals.cls.value()));
    put_raw(static_cast<float>(view.vitals.fcp_ms.value()));
    put_raw(static_cast<float>(view.vitals.ttfb_ms.value()));
    if (std::fwrite(row_.data(), 1, row_.size(), file_) != row_.size()) {
      fail("the rows were not written");
    }
  }

 private:
  template <typename T>
  void put_raw(T value) {
    row_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_text(const std::string& text) {
    if (text.size() > 127) fail("a text of the rows takes more than one byte of length");
    row_.push_back(static_cast<char>(text.size()));
    row_ += text;
  }

  std::FILE* file_;
  std::string row_;
};

}  // namespace pagewake::storage
