#include "alerting/alert_message.h"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "storage/record_rules.h"

namespace pagewake::alerting {
namespace {

using nlohmann::json;

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Slack reads <, > and & as its own marks.
std::string slack_escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return out;
}

std::string slack_linked(const std::string& title, const std::string& url) {
  return url.empty() ? slack_escaped(title) : "<" + url + "|" + slack_escaped(title) + ">";
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json sections_json(const Message& message) {
  json sections = json::array();
  for (const MessageSection& section : message.sections) {
    json rows = json::array();
    for (const MessageRow& row : section.rows) {
      json cells = json::array();
      for (const MessageCell& cell : row.cells) {
        cells.push_back({{"text", cell.text}, {"rating", cell.rating}});
      }
      rows.push_back({{"title", row.title}, {"url", row.url}, {"cells", std::move(cells)}});
    }
    sections.push_back({{"title", section.title},
                        {"columns", section.columns},
                        {"rows", std::move(rows)},
                        {"more_rows", section.more_rows}});
  }
  return sections;
}

constexpr char kHex[] = "0123456789ABCDEF";

std::string quoted_printable(const std::string& text) {
  std::string out;
  std::size_t column = 0;
  const auto put = [&](std::string_view piece) {
    if (column + piece.size() > 75) {
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool last_of_line = i + 1 == text.size() || text[i + 1] == '\n';
    // A dot alone on a line would end the message for SMTP; libcurl doubles
    // it, encoding it is safe with everybody.
    const bool plain =
        ((byte > ' ' && byte < 0x7f && c != '=') || ((c == ' ' || c == '\t') && !last_of_line)) &&
        !(c == '.' && column == 0);
    if (plain) {
      put(std::string_view(&c, 1));
    } else {
      const char code[] = {'=', kHex[byte >> 4], kHex[byte & 15]};
      put(std::string_view(code, 3));
    }
  }
  return out;
}

// RFC 2047: words of at most 75 characters, cut at code points.
std::string encoded_header(const std::string& text) {
  std::string out, word;
  const auto flush = [&] {
    if (word.empty()) return;
    out += (out.empty() ? "" : "\r\n ") + ("=?utf-8?Q?" + word) + "?=";
    word.clear();
  };
  std::string point;
  const auto put_point = [&] {
    if (word.size() + point.size() > 56) flush();
    word += point;
    point.clear();
  };
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) put_point();
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      point += c;
    } else if (c == ' ') {
      point += '_';
    } else {
      point += {'=', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  put_point();
  flush();
  return out;
}

std::string mail_date(std::int64_t unix_us) {
  const std::time_t seconds = unix_us / 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  // Names of its own: strftime's are the locale's.
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char out[64];
  std::snprintf(out, sizeof out, "%s, %02d %s %04d %02d:%02d:%02d +0000",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return out;
}

// Chips with colours of their own, readable on light and on dark.
std::string rating_style(const std::string& rating) {
  const char* colours = rating == "good"                ? "background:#dcfce7;color:#14532d"
                        : rating == "needs_improvement" ? "background:#fef3c7;color:#713f12"
                        : rating == "poor"              ? "background:#fee2e2;color:#7f1d1d"
                                                        : nullptr;
  return colours == nullptr
             ? ""
             : std::string(colours) + ";border-radius:4px;padding:1px 6px;white-space:nowrap";
}

std::string linked(const std::string& title, const std::string& url) {
  return url.empty() ? escaped(title)
                     : "<a href=\"" + escaped(url) + "\">" + escaped(title) + "</a>";
}

std::string html_of(const MessageSection& section) {
  std::string out =
      "<h2 style=\"font-size:16px;margin:24px 0 4px\">" + escaped(section.title) + "</h2>\n";
  if (!section.rows.empty()) {
    out +=
        "<table style=\"border-collapse:collapse;width:100%;font-size:14px;"
        "font-variant-numeric:tabular-nums\">\n";
    const std::string cell = "padding:4px 0 4px 8px;text-align:right;vertical-align:top";
    out += "<tr><td></td>";
    for (const std::string& column : section.columns) {
      out += "<th scope=\"col\" style=\"" + cell + ";color:#6b7280;font-weight:normal\">" +
             escaped(column) + "</th>";
    }
    out += "</tr>\n";
    for (const MessageRow& row : section.rows) {
      out +=
          "<tr style=\"border-top:1px solid #9ca3af\"><th scope=\"row\" "
          "style=\"padding:4px 0;min-width:72px;text-align:left;vertical-align:top;"
          "font-weight:normal;overflow-wrap:anywhere\">" +
          linked(row.title, row.url) + "</th>";
      for (const MessageCell& one : row.cells) {
        const std::string style = rating_style(one.rating);
        out += "<td style=\"" + cell + "\">" +
               (style.empty() ? escaped(one.text)
                              : "<span style=\"" + style + "\">" + escaped(one.text) + "</span>") +
               "</td>";
      }
      out += "</tr>\n";
    }
    out += "</table>\n";
  }
  if (section.more_rows > 0) out += "<p>and " + std::to_string(section.more_rows) + " more</p>\n";
  return out;
}

// "name: this week 12, week before 10": for plain text and chats alike.
std::string words_of(const MessageSection& section, const MessageRow& row) {
  std::string out;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (row.cells[i].text.empty()) continue;
    const std::string column = i < section.columns.size() ? section.columns[i] : "";
    out += (out.empty() ? "" : ", ") + column + (column.empty() ? "" : " ") + row.cells[i].text;
  }
  return out;
}

}  // namespace

std::string to_text(const Message& message) {
  std::string out = message.title + "\n";
  if (!message.project.empty()) out += "Project " + message.project + "\n";
  for (const MessageItem& item : message.items) {
    out += "\n- " + item.title + "\n";
    if (!item.detail.empty()) out += "  " + item.detail + "\n";
    if (!item.url.empty()) out += "  " + item.url + "\n";
  }
  if (message.more_items > 0) out += "\nand " + std::to_string(message.more_items) + " more\n";
  for (const MessageSection& section : message.sections) {
    out += "\n" + section.title + "\n";
    for (const MessageRow& row : section.rows) {
      const std::string words = words_of(section, row);
      out += "- " + row.title + (words.empty() ? "" : ": " + words) + "\n";
      if (!row.url.empty()) out += "  " + row.url + "\n";
    }
    if (section.more_rows > 0) out += "and " + std::to_string(section.more_rows) + " more\n";
  }
  if (!message.url.empty()) out += "\n" + message.url + "\n";
  out += "\n" + storage::rfc3339(message.at_unix_us) + ", Pagewake\n";
  return out;
}

std::string to_html(const Message& message) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">"
      "<meta name=\"color-scheme\" content=\"light dark\"><title>" +
      escaped(message.title) +
      "</title></head>\n<body style=\"margin:0;padding:16px;"
      "font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif\">\n"
      "<div style=\"max-width:600px;margin:0 auto\">\n<h1 style=\"font-size:20px;margin:0 0 "
      "4px\">" +
      escaped(message.title) + "</h1>\n";
  if (!message.project.empty()) {
    out +=
        "<p style=\"margin:0 0 16px;color:#6b7280\">Project " + escaped(message.project) + "</p>\n";
  }
  for (const MessageItem& item : message.items) {
    out +=
        "<div style=\"border-left:3px solid #d97706;padding:4px 12px;margin:0 0 12px;"
        "overflow-wrap:anywhere\"><strong>";
    out += linked(item.title, item.url);
    out += "</strong>";
    if (!item.detail.empty()) out += "<br><span>" + escaped(item.detail) + "</span>";
    out += "</div>\n";
  }
  if (message.more_items > 0) {
    out += "<p>and " + std::to_string(message.more_items) + " more</p>\n";
  }
  for (const MessageSection& section : message.sections) out += html_of(section);
  if (!message.url.empty()) {
    out += "<p><a href=\"" + escaped(message.url) + "\">Open in Pagewake</a></p>\n";
  }
  return out + "<p style=\"color:#6b7280;font-size:13px\">" +
         escaped(storage::rfc3339(message.at_unix_us)) + "</p>\n</div>\n</body></html>\n";
}

std::string to_webhook_json(const Message& message, std::int64_t delivery_id) {
  std::string text = "*" + slack_escaped(message.title) + "*";
  json items = json::array();
  for (const MessageItem& item : message.items) {
    items.push_back({{"title", item.title}, {"detail", item.detail}, {"url", item.url}});
    text += "\n• " + slack_linked(item.title, item.url);
    if (!item.detail.empty()) text += " – " + slack_escaped(item.detail);
  }
  if (message.more_items > 0) text += "\nand " + std::to_string(message.more_items) + " more";
  for (const MessageSection& section : message.sections) {
    text += "\n\n*" + slack_escaped(section.title) + "*";
    for (const MessageRow& row : section.rows) {
      const std::string words = words_of(section, row);
      text += "\n• " + slack_linked(row.title, row.url) +
              (words.empty() ? "" : " – " + slack_escaped(words));
    }
    if (section.more_rows > 0) text += "\nand " + std::to_string(section.more_rows) + " more";
  }
  return dump({{"text", text},
               {"kind", message.kind},
               {"project", message.project},
               {"title", message.title},
               {"url", message.url},
               {"items", std::move(items)},
               {"more_items", message.more_items},
               {"sections", sections_json(message)},
               {"at", storage::rfc3339(message.at_unix_us)},
               {"delivery_id", delivery_id}});
}

std::string to_stored_json(const Message& message) {
  json items = json::array();
  for (const MessageItem& item : message.items) {
    items.push_back({item.title, item.detail, item.url});
  }
  return dump({{"kind", message.kind},
               {"project", message.project},
               {"title", message.title},
               {"url", message.url},
               {"items", std::move(items)},
               {"more", message.more_items},
               {"sections", sections_json(message)},
               {"at_unix_us", message.at_unix_us}});
}

Result<Message> message_from(const std::string& stored) {
  const json body = json::parse(stored, nullptr, false);
  const Error wrong{"malformed", "a stored message cannot be read"};
  if (!body.is_object() || !body.contains("items") || !body["items"].is_array()) return wrong;
  Message message;
  message.kind = body.value("kind", "");
  message.project = body.value("project", "");
  message.title = body.value("title", "");
  message.url = body.value("url", "");
  message.more_items = body.value("more", std::size_t{0});
  message.at_unix_us = body.value("at_unix_us", std::int64_t{0});
  for (const json& item : body["items"]) {
    if (!item.is_array() || item.size() != 3) return wrong;
    message.items.push_back(
        {item[0].get<std::string>(), item[1].get<std::string>(), item[2].get<std::string>()});
  }
  // Messages of before there were reports have none.
  for (const json& one : body.value("sections", json::array())) {
    MessageSection& section = message.sections.emplace_back();
    section.title = one.value("title", "");
    section.columns = one.value("columns", std::vector<std::string>{});
    section.more_rows = one.value("more_rows", std::size_t{0});
    for (const json& kept : one.value("rows", json::array())) {
      MessageRow& row = section.rows.emplace_back();
      row.title = kept.value("title", "");
      row.url = kept.value("url", "");
      for (const json& cell : kept.value("cells", json::array())) {
        row.cells.push_back({cell.value("text", ""), cell.value("rating", "")});
      }
    }
  }
  return message;
}

std::string to_mail(const Message& message, const std::string& from,
                    const std::vector<std::string>& to, const std::string& message_id) {
  // Quoted-printable text never holds "=_", so the boundary is in no part.
  constexpr char kBoundary[] = "=_pagewake_part";
  std::string recipients;
  for (const std::string& one : to) recipients += (recipients.empty() ? "" : ",\r\n ") + one;
  std::string out = "Date: " + mail_date(message.at_unix_us) + "\r\nFrom: Pagewake <" + from +
                    ">\r\nTo: " + recipients + "\r\nSubject: " + encoded_header(message.title) +
                    "\r\nMessage-ID: <" + message_id +
                    ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                    "Content-Type: multipart/alternative; boundary=\"" +
                    kBoundary + "\"\r\n\r\n";
  const auto part = [&](const char* type, const std::string& text) {
    out += std::string("--") + kBoundary + "\r\nContent-Type: " + type +
           "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
           quoted_printable(text) + "\r\n";
  };
  part("text/plain", to_text(message));
  part("text/html", to_html(message));
  return out + "--" + kBoundary + "--\r\n";
}

}  // namespace pagewake::alerting
