#include "http/framer.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

namespace pagewake::http {

namespace {

// A chunk-size line with extensions; clients send none, so this is generous.
constexpr std::size_t kMaxChunkLineBytes = 256;
constexpr std::size_t kMaxTargetBytes = 8190;
constexpr std::size_t kMaxHeaders = 200;

struct TokenChars {
  bool of[256] = {};
  constexpr TokenChars() {
    for (char c = '0'; c <= '9'; ++c) of[static_cast<unsigned char>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c) of[static_cast<unsigned char>(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c) of[static_cast<unsigned char>(c)] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
      of[static_cast<unsigned char>(c)] = true;
  }
};
constexpr TokenChars kTokenChars;

bool is_token_char(char c) { return kTokenChars.of[static_cast<unsigned char>(c)]; }

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_token_char(c); });
}

bool is_control(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; }

// Eight bytes at a time: most values are long and have none.
bool has_control(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kTops = 0x80 * kOnes;
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    const std::uint64_t not_delete = word ^ (0x7f * kOnes);
    // Not 0 where a byte is below 0x20, a tab too, or DEL.
    const std::uint64_t signs =
        ((word - 0x20 * kOnes) & ~word & kTops) | ((not_delete - kOnes) & ~not_delete & kTops);
    if (signs != 0 &&
        std::any_of(text.begin(), text.begin() + sizeof word, [](char c) { return is_control(c); }))
      return true;
    text.remove_prefix(sizeof word);
  }
  return std::any_of(text.begin(), text.end(), [](char c) { return is_control(c); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// One of the comma-separated words of a header.
bool has_word(std::string_view list, std::string_view word) {
  while (true) {
    const auto comma = list.find(',');
    if (equal_ignoring_case(trim(list.substr(0, comma)), word)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::size_t> decimal(std::string_view digits) {
  if (digits.empty() || digits.size() > 18) return std::nullopt;
  std::size_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::size_t>(c - '0');
  }
  return value;
}

}  // namespace

Framer::Framer(BodyLimit max_body_bytes, std::size_t max_head_bytes)
    : body_limit_of_(std::move(max_body_bytes)), max_head_bytes_(max_head_bytes) {}

void Framer::reset() {
  state_ = State::kHead;
  step_ = Step::kRequestLine;
  line_.clear();
  head_bytes_ = body_limit_ = left_ = 0;
  head_ = {};
  head_complete_ = false;
  body_ = {};
  error_ = {};
}

void Framer::fail(int status, std::string code, std::string message) {
  state_ = State::kFailed;
  error_ = {status, std::move(code), std::move(message)};
}

std::size_t Framer::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (state_ == State::kHead || state_ == State::kBody) {
    if (step_ == Step::kFixed || step_ == Step::kChunkData) {
      const std::size_t n = std::min(left_, bytes.size() - taken);
      body_.append(bytes.substr(taken, n));
      taken += n;
      left_ -= n;
      if (left_ > 0) return taken;
      if (step_ == Step::kFixed) {
        state_ = State::kComplete;
      } else {
        step_ = Step::kChunkEnd;
      }
      continue;
    }
    if (taken == bytes.size()) return taken;
    const auto rest = bytes.substr(taken);
    const auto newline = rest.find('\n');
    const std::size_t n = newline == std::string_view::npos ? rest.size() : newline + 1;
    const bool of_head =
        step_ == Step::kRequestLine || step_ == Step::kHeader || step_ == Step::kTrailer;
    const std::size_t room =
        of_head ? max_head_bytes_ - std::min(max_head_bytes_, head_bytes_ + line_.size())
                : kMaxChunkLineBytes - std::min(kMaxChunkLineBytes, line_.size());
    if (n > room) {
      taken += n;
      if (of_head) {
        fail(431, "headers_too_large",
             "the request line and headers are longer than " + std::to_string(max_head_bytes_) +
                 " bytes");
      } else {
        fail(400, "bad_request", "a chunk size line is too long");
      }
      return taken;
    }
    taken += n;
    std::string_view line = rest.substr(0, n);
    std::string joined;  // of a line that came in pieces
    if (newline == std::string_view::npos || !line_.empty()) {
      line_.append(line);
      if (newline == std::string_view::npos) return taken;
      joined = std::exchange(line_, {});
      line = joined;
    }
    if (of_head) head_bytes_ += line.size();
    if (line.size() < 2 || line[line.size() - 2] != '\r') {
      fail(400, "bad_request", "lines end with CR LF");
      return taken;
    }
    take_line(line.substr(0, line.size() - 2));
  }
  return taken;
}

void Framer::take_line(std::string_view line) {
  switch (step_) {
    case Step::kRequestLine:
      // RFC 9112, 2.2: an empty line before the request is skipped; head_bytes_
      // bounds how many.
      if (!line.empty()) take_request_line(line);
      return;
    case Step::kHeader:
      if (line.empty()) {
        end_head();
      } else {
        take_header(line);
      }
      return;
    case Step::kChunkSize:
      take_chunk_size(line);
      return;
    case Step::kChunkEnd:
      if (!line.empty()) return fail(400, "bad_request", "a chunk is longer than its size says");
      step_ = Step::kChunkSize;
      return;
    case Step::kTrailer:
      // Trailers are allowed and ignored: nothing here may change a header.
      if (line.empty()) state_ = State::kComplete;
      return;
    case Step::kFixed:
    case Step::kChunkData:
      return;
  }
}

void Framer::take_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return fail(400, "bad_request", "the request line is not METHOD TARGET HTTP/1.1");
  }
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method) || method.size() > 32)
    return fail(400, "bad_request", "the method is not a token");
  if (target.size() > kMaxTargetBytes) {
    return fail(414, "target_too_long",
                "the path and query are longer than " + std::to_string(kMaxTargetBytes) + " bytes");
  }
  if (target.empty() || (target.front() != '/' && target != "*") ||
      std::any_of(target.begin(), target.end(),
                  [](char c) { return c <= ' ' || c == 0x7f || c == '#'; })) {
    return fail(400, "bad_request", "the target is not a path");
  }
  if (version == "HTTP/1.1") {
    head_.minor_version = 1;
  } else if (version == "HTTP/1.0") {
    head_.minor_version = 0;
  } else if (version.starts_with("HTTP/") && version.size() == 8) {
    return fail(505, "bad_version", "this server speaks HTTP/1.1");
  } else {
    return fail(400, "bad_request", "the request line is not METHOD TARGET HTTP/1.1");
  }
  constexpr std::string_view kMethods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                           "PATCH", "DELETE", "OPTIONS"};
  if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods)) {
    return fail(501, "bad_method", "this method is not implemented");
  }
  head_.method = method;
  head_.headers.reserve(16, 1024);
  head_.target = target;
  step_ = Step::kHeader;
}

void Framer::take_header(std::string_view line) {
  std::size_t colon = 0;
  while (colon < line.size() && is_token_char(line[colon])) ++colon;
  if (colon == 0 || colon == line.size() || line[colon] != ':') {
    return fail(400, "bad_request", "a header line is not NAME: VALUE");
  }
  const auto value = trim(line.substr(colon + 1));
  if (has_control(value)) {
    return fail(400, "bad_request", "a header's value holds a control character");
  }
  if (head_.headers.size() >= kMaxHeaders) {
    return fail(431, "headers_too_large", "more than " + std::to_string(kMaxHeaders) + " headers");
  }
  head_.headers.add_line(line, colon, static_cast<std::size_t>(value.data() - line.data()),
                         value.size());
}

void Framer::end_head() {
  bool has_length = false, has_encoding = false;
  std::size_t hosts = 0;
  bool close = false, keep = false;
  for (const auto& [name, value] : head_.headers) {
    switch (name.size()) {
      case 4:
        if (equal_ignoring_case(name, "Host")) ++hosts;
        break;
      case 6:
        if (!equal_ignoring_case(name, "Expect")) break;
        if (!equal_ignoring_case(value, "100-continue"))
          return fail(417, "bad_expectation", "Expect is something else than 100-continue");
        head_.expects_continue = head_.minor_version == 1;
        break;
      case 10:
        if (!equal_ignoring_case(name, "Connection")) break;
        close = close || has_word(value, "close");
        keep = keep || has_word(value, "keep-alive");
        break;
      case 14: {
        if (!equal_ignoring_case(name, "Content-Length")) break;
        // A repeated one is refused even where both say the same: somebody on
        // the way disagreed with somebody.
        const auto length = decimal(value);
        if (has_length || !length)
          return fail(400, "bad_request", "Content-Length is not one number");
        has_length = true;
        head_.content_length = *length;
        break;
      }
      case 17:
        if (!equal_ignoring_case(name, "Transfer-Encoding")) break;
        if (has_encoding || !equal_ignoring_case(value, "chunked"))
          return fail(400, "bad_request", "Transfer-Encoding is something else than chunked");
        has_encoding = true;
        break;
      default:
        break;
    }
  }
  if (has_length && has_encoding) {
    return fail(400, "bad_request", "Content-Length and Transfer-Encoding exclude each other");
  }
  if (has_encoding && head_.minor_version == 0) {
    return fail(400, "bad_request", "HTTP/1.0 has no Transfer-Encoding");
  }
  if (hosts > 1 || (hosts == 0 && head_.minor_version == 1)) {
    return fail(400, "bad_request", "exactly one Host header is needed");
  }
  head_.chunked = has_encoding;
  head_.keep_alive = head_.minor_version == 1 ? !close : keep && !close;
  head_complete_ = true;
  head_bytes_ = 0;
  body_limit_ = body_limit_of_(head_);
  if (head_.content_length > body_limit_) {
    return fail(413, "body_too_large",
                "the body is larger than " + std::to_string(body_limit_) + " bytes");
  }
  if (has_encoding) {
    state_ = State::kBody;
    step_ = Step::kChunkSize;
  } else if (head_.content_length > 0) {
    state_ = State::kBody;
    step_ = Step::kFixed;
    left_ = head_.content_length;
  } else {
    state_ = State::kComplete;
  }
}

void Framer::take_chunk_size(std::string_view line) {
  const auto end = line.find(';');
  const auto digits = line.substr(0, end);
  // 15 hex digits cannot overflow 64 bits.
  if (digits.empty() || digits.size() > 15)
    return fail(400, "bad_request", "a chunk size is not hexadecimal");
  std::size_t size = 0;
  for (const char c : digits) {
    const char d = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    if (d >= '0' && d <= '9') {
      size = size * 16 + static_cast<std::size_t>(d - '0');
    } else if (d >= 'a' && d <= 'f') {
      size = size * 16 + static_cast<std::size_t>(d - 'a' + 10);
    } else {
      return fail(400, "bad_request", "a chunk size is not hexadecimal");
    }
  }
  if (size == 0) {
    step_ = Step::kTrailer;
    return;
  }
  if (size > body_limit_ - body_.size()) {
    return fail(413, "body_too_large",
                "the body is larger than " + std::to_string(body_limit_) + " bytes");
  }
  left_ = size;
  step_ = Step::kChunkData;
}

}  // namespace pagewake::http
