// Between the framer and the handlers: a complete request as they see it, and
// their answer as bytes. cpp-httplib decodes path and query. Pure.
#pragma once

#include <string>
#include <string_view>

#include "http/framer.h"
#include "http/http.h"

namespace pagewake::http {

// Takes the headers out of `head`.
Request request_of(Head& head, std::string body, std::string remote_address);

// What an answer's form depends on beside the response.
struct AnswerForm {
  bool head_only = false;            // to HEAD: everything but the body
  int minor_version = 1;             // of the request
  bool keep_alive = false;           // false: says that the connection will be closed
  int keep_alive_seconds = 0;        // how long it may then be idle
  std::string_view request_id = {};  // X-Request-Id; "" none
};

// Appends the whole answer; of a response with a stream its head, which ends
// with the connection. A header that holds a line end is left out: it would
// make two of one answer.
void append_answer(const Response& response, const AnswerForm& form, std::string& out);

}  // namespace pagewake::http
