#include "http/exchange.h"

#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace pagewake::http {

namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";  // RFC 9112, 4: may be empty
  }
}

void append_number(std::size_t number, std::string& out) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(digits, end);
}

bool ends_line(std::string_view text) {
  return text.find('\n') != text.npos || text.find('\r') != text.npos ||
         text.find('\0') != text.npos;
}

void append_header(std::string_view name, std::string_view value, std::string& out) {
  if (ends_line(name) || ends_line(value)) return;
  out.append(name).append(": ", 2).append(value).append("\r\n", 2);
}

// Where nothing is encoded, as nearly always, there is nothing to decode.
void take_query(std::string_view text, Request& request) {
  if (text.find_first_of("%+") == text.npos) {
    while (!text.empty()) {
      const auto end = std::min(text.find('&'), text.size());
      const auto pair = text.substr(0, end);
      const auto equals = std::min(pair.find('='), pair.size());
      if (equals > 0) {
        request.query.emplace_back(pair.substr(0, equals),
                                   pair.substr(std::min(equals + 1, pair.size())));
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return;
  }
  httplib::Params parameters;
  httplib::detail::parse_query_text(std::string(text), parameters);
  request.query.reserve(parameters.size());
  for (const auto& [name, value] : parameters) request.query.emplace_back(name, value);
}

}  // namespace

Request request_of(Head& head, std::string body, std::string remote_address) {
  Request request;
  request.method = head.method;
  const std::string_view target = head.target;
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (request.path.find('%') != std::string::npos)
    request.path = httplib::detail::decode_url(request.path, false);
  if (question != target.npos) take_query(target.substr(question + 1), request);
  request.headers = std::move(head.headers);
  request.body = std::move(body);
  request.remote_address = std::move(remote_address);
  return request;
}

void append_answer(const Response& response, const AnswerForm& form, std::string& out) {
  out += "HTTP/1.1 ";
  append_number(static_cast<std::size_t>(response.status), out);
  out += ' ';
  out += reason_of(response.status);
  out += "\r\n";
  for (const auto& [name, value] : response.headers) append_header(name, value, out);
  if (!form.request_id.empty()) append_header("X-Request-Id", form.request_id, out);
  const bool streams = response.stream != nullptr;
  if (streams || !response.body.empty()) append_header("Content-Type", response.content_type, out);
  // RFC 9110, 8.6: none in a 204. What goes on ends with the connection.
  if (!streams && (response.status != 204 || !response.body.empty())) {
    out += "Content-Length: ";
    append_number(response.body.size(), out);
    out += "\r\n";
  }
  if (!form.keep_alive) {
    out += "Connection: close\r\n";
  } else {
    if (form.minor_version == 0) out += "Connection: keep-alive\r\n";
    out += "Keep-Alive: timeout=";
    append_number(static_cast<std::size_t>(form.keep_alive_seconds), out);
    out += "\r\n";
  }
  out += "\r\n";
  if (!form.head_only && !streams) out += response.body;
}

}  // namespace pagewake::http
