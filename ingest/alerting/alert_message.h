// What people get to read, in every form a channel needs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace pagewake::alerting {

struct MessageItem {
  std::string title, detail, url;  // url "" none
};

// A table of a report. `rating` colours a cell: "good", "needs_improvement",
// "poor", "" none; the text says it as well where it matters.
struct MessageCell {
  std::string text, rating;
};
struct MessageRow {
  std::string title, url;  // url "" none
  std::vector<MessageCell> cells;
};
struct MessageSection {
  std::string title;
  std::vector<std::string> columns;  // of the cells
  std::vector<MessageRow> rows;
  std::size_t more_rows = 0;  // left out
};

struct Message {
  std::string kind;  // the rule's, "test" or "weekly_report"
  std::string project, title, url;
  std::vector<MessageItem> items;        // at most kItemsShown
  std::size_t more_items = 0;            // left out
  std::vector<MessageSection> sections;  // after the items
  std::int64_t at_unix_us = 0;

  bool tells_something() const { return !items.empty() || !sections.empty(); }
};
inline constexpr std::size_t kItemsShown = 20;

std::string to_text(const Message& message);
// A whole document, no images, no scripts; every text is escaped.
std::string to_html(const Message& message);
// For a webhook: "text" is what Slack and its likes show, the rest is for
// programs; `delivery_id` lets a receiver drop a repeated attempt.
std::string to_webhook_json(const Message& message, std::int64_t delivery_id);

// As the delivery log keeps it.
std::string to_stored_json(const Message& message);
Result<Message> message_from(const std::string& stored_json);

// An e-mail as SMTP sends it: headers (encoded words), text and HTML parts in
// quoted-printable. `from` and `to` are checked addresses.
std::string to_mail(const Message& message, const std::string& from,
                    const std::vector<std::string>& to, const std::string& message_id);

}  // namespace pagewake::alerting
