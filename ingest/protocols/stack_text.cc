#include "protocols/stack_text.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "stack/stack_parse.h"

namespace pagewake::protocols {
namespace {

constexpr std::string_view kTraceback = "Traceback (most recent call last):";

bool is_library(std::string_view file) {
  static constexpr std::string_view kParts[] = {"node_modules/", "site-packages/", "dist-packages/",
                                                "/lib/python", "<frozen "};
  if (file.starts_with("node:") || file.starts_with("internal/")) return true;
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](std::string_view part) { return file.find(part) != file.npos; });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// `  File "shop/urls.py", line 26, in handled` and the code on the next line.
std::vector<model::Frame> python_frames(std::string_view stack) {
  if (const auto last = stack.rfind(kTraceback); last != stack.npos) stack.remove_prefix(last);
  std::vector<model::Frame> frames;
  bool code_may_follow = false;
  while (!stack.empty()) {
    const auto end = stack.find('\n');
    const std::string_view line = stack.substr(0, end);
    stack.remove_prefix(end == stack.npos ? stack.size() : end + 1);
    const std::string_view text = trimmed(line);
    constexpr std::string_view kFile = "File \"", kLine = "\", line ", kIn = ", in ";
    const auto line_at = text.starts_with(kFile) ? text.find(kLine) : text.npos;
    if (line_at != text.npos) {
      model::Frame frame;
      frame.filename =
          cut_utf8(text.substr(kFile.size(), line_at - kFile.size()), limits::kUrlBytes);
      const std::string_view rest = text.substr(line_at + kLine.size());
      std::from_chars(rest.data(), rest.data() + rest.size(), frame.line);
      if (const auto in = rest.find(kIn); in != rest.npos) {
        frame.function = cut_utf8(rest.substr(in + kIn.size()), limits::kNameBytes);
      }
      frame.in_app = !is_library(frame.filename);
      frames.push_back(std::move(frame));
      code_may_follow = true;
    } else if (code_may_follow && line.starts_with("    ")) {
      frames.back().context.line = cut_utf8(line, limits::kNameBytes);
      code_may_follow = false;  // what comes next are markers: ~~^~~
    }
  }
  std::reverse(frames.begin(), frames.end());
  if (frames.size() > limits::kFramesPerException) frames.resize(limits::kFramesPerException);
  return frames;
}

}  // namespace

std::string debug_id_from(std::string_view text) {
  if (text.size() != 36) return {};
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    char& c = out[i];
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return {};
  }
  return out;
}

model::Frame frame_from(pagewake::Frame frame) {
  model::Frame out;
  out.function = std::move(frame.function);
  out.filename = std::move(frame.filename);
  out.line = frame.line;
  out.column = frame.column;
  out.in_app = frame.in_app;
  return out;
}

std::vector<model::Frame> frames_from_stack(std::string_view platform, std::string_view stack,
                                            std::string_view type, std::string_view value) {
  // Python writes the newest call last: what is cut must be at the front.
  if (platform == "python") {
    if (stack.size() > limits::kStackBytes) stack.remove_prefix(stack.size() - limits::kStackBytes);
    return python_frames(stack);
  }
  if (platform != "javascript" && platform != "node") return {};
  auto parsed = parse_stack(stack, type, value);
  std::vector<model::Frame> frames;
  frames.reserve(parsed.size());
  for (pagewake::Frame& frame : parsed) {
    model::Frame& kept = frames.emplace_back(frame_from(std::move(frame)));
    if (kept.in_app && is_library(kept.filename)) kept.in_app = false;
  }
  return frames;
}

}  // namespace pagewake::protocols
