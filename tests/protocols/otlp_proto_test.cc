#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

#include "protocols/protocols.h"

namespace pagewake::protocols {
namespace {

using protozero::pbf_writer;

std::string attribute(const std::string& key, const std::string& value) {
  std::string any, pair;
  pbf_writer(any).add_string(1, value);
  pbf_writer writer(pair);
  writer.add_string(1, key);
  writer.add_message(2, any);
  return pair;
}

// The fields of a Span.Event in the order given.
struct EventField {
  int number;
  std::string bytes;  // "" of the time: it is `at_unix_us`
  std::uint64_t at_unix_us;
};
std::string event_of(const std::vector<EventField>& fields) {
  std::string event;
  pbf_writer writer(event);
  for (const auto& field : fields) {
    if (field.number == 1) {
      writer.add_fixed64(1, field.at_unix_us * 1000);
    } else if (field.number == 4) {
      writer.add_uint32(4, 0);
    } else {
      writer.add_bytes(static_cast<protozero::pbf_tag_type>(field.number), field.bytes);
    }
  }
  return event;
}

// One request; each span has the events of its list.
std::vector<std::string> events_json_of(const std::vector<std::vector<std::string>>& spans) {
  std::string scope, resource, request;
  char id = 1;
  for (const auto& events : spans) {
    std::string span;
    pbf_writer writer(span);
    writer.add_bytes(1, std::string(16, '\1'));
    writer.add_bytes(2, std::string(8, id++));
    for (const auto& event : events) writer.add_message(11, event);
    pbf_writer(scope).add_message(2, span);
  }
  pbf_writer(resource).add_message(2, scope);
  pbf_writer(request).add_message(1, resource);
  const auto decoded = decode_otlp_traces_proto(request, 1'795'228'400'000'000);
  EXPECT_TRUE(decoded.ok());
  std::vector<std::string> json;
  for (const auto& span : decoded->records.spans) json.push_back(span.events_json);
  return json;
}

// What is written once for equal events must not be taken for another's.
TEST(OtlpProto, AnEventIsWrittenTheSameWhateverStoodBeforeIt) {
  const std::string stack = attribute("exception.stacktrace", "Error: no\n    at buy (a.js:1:2)");
  const std::string other = attribute("exception.stacktrace", "Error: no\n    at buy (a.js:1:3)");
  const std::string broken = attribute("note", "\xff half");
  const std::vector<std::string> events = {
      event_of({{1, "", 5}, {2, "exception", 0}, {3, stack, 0}, {4, "", 0}}),
      event_of({{1, "", 6}, {2, "exception", 0}, {3, stack, 0}, {4, "", 0}}),
      event_of({{1, "", 6}, {2, "retry", 0}, {3, stack, 0}}),
      event_of({{1, "", 6}, {2, "exception", 0}, {3, other, 0}, {4, "", 0}}),
      event_of({{3, stack, 0}, {2, "exception", 0}, {1, "", 7}}),
      event_of({{3, stack, 0}, {2, "exception", 0}, {1, "", 8}}),
      event_of({{3, stack, 0}, {1, "", 9}, {3, broken, 0}}),
      event_of({{1, "", 9}, {3, broken, 0}}),
      event_of({{1, "", 9}, {3, attribute("", "no key"), 0}, {3, broken, 0}}),
      event_of({{1, "", 9}, {2, "nothing known", 0}}),
      event_of({}),
  };
  std::vector<std::string> alone;
  for (const auto& event : events) alone.push_back(events_json_of({{event}}).at(0));
  for (std::size_t a = 0; a < events.size(); ++a) {
    for (std::size_t b = 0; b < events.size(); ++b) {
      SCOPED_TRACE(std::to_string(a) + " then " + std::to_string(b));
      const std::string both = alone[a].substr(0, alone[a].size() - 1) + "," + alone[b].substr(1);
      EXPECT_EQ(events_json_of({{events[a]}, {events[b]}, {events[a], events[b]}}),
                (std::vector{alone[a], alone[b], both}));
    }
  }
  EXPECT_EQ(alone[0],
            R"js([{"name":"exception","at_unix_us":5,"attributes":{"exception.stacktrace":)js"
            R"js("Error: no\n    at buy (a.js:1:2)"}}])js");
  EXPECT_EQ(alone[7], R"js([{"name":"","at_unix_us":9,"attributes":{"note":")js"
                      "\uFFFD half\"}}]");
  EXPECT_EQ(alone[10], R"js([{"name":"","at_unix_us":0,"attributes":{}}])js");
}

// A span: its attributes, those before `split` in front of its kind and the
// others behind it.
struct SpanOf {
  std::vector<std::string> attributes;
  std::size_t split = 0;
  std::string scope, service;
};

// Each in a group of its own where scope or service change.
std::string request_of(const std::vector<SpanOf>& spans) {
  std::string request;
  for (std::size_t i = 0; i < spans.size();) {
    const SpanOf& first = spans[i];
    std::string group, group_scope, scope, resource;
    pbf_writer(group_scope).add_string(1, first.scope);
    pbf_writer(scope).add_message(1, group_scope);
    for (; i < spans.size() && spans[i].scope == first.scope && spans[i].service == first.service;
         ++i) {
      std::string span;
      pbf_writer writer(span);
      writer.add_bytes(1, std::string(16, '\1'));
      writer.add_bytes(2, std::string(8, static_cast<char>(i + 1)));
      for (std::size_t a = 0; a < spans[i].attributes.size(); ++a) {
        if (a == spans[i].split) writer.add_enum(6, 3);
        writer.add_message(9, spans[i].attributes[a]);
      }
      if (spans[i].split >= spans[i].attributes.size()) writer.add_enum(6, 3);
      pbf_writer(scope).add_message(2, span);
    }
    pbf_writer(resource).add_message(1, attribute("service.name", first.service));
    pbf_writer(resource).add_message(1, attribute("host.name", first.service + "-1"));
    pbf_writer groups(group);
    groups.add_message(1, resource);
    groups.add_message(2, scope);
    pbf_writer(request).add_message(1, group);
  }
  return request;
}

// What is read once for equal attributes must not be taken for another's.
TEST(OtlpProto, AttributesAreTheSameWhateverSpanStoodBeforeThem) {
  const std::string sql = attribute("db.system", "postgresql");
  const std::string statement = attribute("db.statement", "SELECT 1");
  const std::string method = attribute("http.request.method", "GET");
  const std::string broken = attribute("note", "\xff half");
  const std::string outer = attribute("resource.host.name", "its own");
  const std::vector<SpanOf> spans = {
      {{sql, statement}, 0, "a", "shop"},
      {{statement, sql}, 0, "a", "shop"},
      {{sql, statement}, 1, "a", "shop"},  // in two places
      {{sql, statement, statement, method}, 2, "a", "shop"},
      {{sql, statement}, 2, "a", "shop"},
      {{sql, statement}, 0, "b", "shop"},
      {{sql, statement}, 0, "b", "stock"},
      {{method}, 0, "a", "shop"},
      {{method, broken}, 0, "a", "shop"},
      {{method, broken}, 1, "a", "shop"},
      {{outer, method}, 0, "a", "shop"},
      {{}, 0, "a", "shop"},
      {{attribute("", "no key")}, 0, "a", "shop"},
  };
  const auto decoded = [](const std::vector<SpanOf>& of) {
    auto result = decode_otlp_traces_proto(request_of(of), 1'795'228'400'000'000);
    EXPECT_TRUE(result.ok());
    return std::move(result->records.spans);
  };
  std::vector<model::SpanRecord> alone;
  for (const SpanOf& span : spans) alone.push_back(decoded({span}).at(0));
  EXPECT_NE(alone[0].attributes_json, alone[5].attributes_json);
  EXPECT_NE(alone[5].attributes_json, alone[6].attributes_json);
  EXPECT_EQ(alone[0].op, "db");
  EXPECT_EQ(alone[7].op, "http.client");
  for (std::size_t a = 0; a < spans.size(); ++a) {
    for (std::size_t b = 0; b < spans.size(); ++b) {
      SCOPED_TRACE(std::to_string(a) + " then " + std::to_string(b));
      const auto got = decoded({spans[a], spans[b], spans[a], spans[b], spans[b]});
      ASSERT_EQ(got.size(), 5u);
      const std::size_t expected[] = {a, b, a, b, b};
      for (std::size_t i = 0; i < got.size(); ++i) {
        const model::SpanRecord& wanted = alone[expected[i]];
        EXPECT_EQ(got[i].attributes_json, wanted.attributes_json);
        EXPECT_EQ(got[i].op, wanted.op);
        EXPECT_EQ(got[i].service, wanted.service);
      }
    }
  }
}

TEST(OtlpProto, AttributesThatAreCutShortAreRefusedAlsoBehindEqualOnes) {
  const std::string request =
      request_of({{{attribute("a", "b")}, 0, "s", "x"}, {{attribute("a", "b")}, 0, "s", "x"}});
  ASSERT_TRUE(decode_otlp_traces_proto(request, 1).ok());
  for (std::size_t size = 1; size < request.size(); ++size) {
    EXPECT_FALSE(decode_otlp_traces_proto(request.substr(0, size), 1).ok()) << size;
  }
}

}  // namespace
}  // namespace pagewake::protocols
