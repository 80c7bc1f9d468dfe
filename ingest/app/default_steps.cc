#include "app/default_steps.h"

#include <optional>
#include <utility>

#include "enrich/enrich.h"
#include "enrich/inbound_filters.h"
#include "grouping/grouping.h"
#include "stack/stack_parse.h"
#include "wire/page_name.h"

namespace pagewake::app {
namespace {

using model::EventRecord;
using model::LogRecord;
using model::PageViewRecord;
using model::SpanRecord;
using pipeline::RequestContext;
using pipeline::Step;
using Verdict = std::optional<DropReason>;

constexpr Verdict kKeep = std::nullopt;

bool from_browser(const EventRecord& event) { return event.platform == "javascript"; }

// Noise in events of other vendors' browser SDKs; our own core has counted and
// left out its noise already.
Verdict noise_in(const EventRecord& event, const enrich::InboundFilters& filters) {
  if (event.exceptions.empty()) return kKeep;
  const model::Exception& outermost = event.exceptions.front();
  pagewake::Exception exception;
  exception.type = outermost.type;
  exception.value = outermost.value;
  bool extension = false;
  for (const model::Frame& frame : outermost.frames) {
    pagewake::Frame& out = exception.frames.emplace_back();
    out.function = frame.function;
    out.filename = frame.abs_path.empty() ? frame.filename : frame.abs_path;
    out.in_app = frame.in_app;
    extension = extension || is_extension(out.filename);
  }
  if (!is_known_noise(exception)) return kKeep;
  if (extension) {
    return filters.browser_extensions ? Verdict(DropReason::kFilteredExtension) : kKeep;
  }
  return filters.known_noise ? Verdict(DropReason::kNoise) : kKeep;
}

// What the project does not want from browsers. First: the cheapest to know.
Step inbound_filters(PolicyOf policy_of) {
  const auto filters_of = [policy_of](model::ProjectId project) {
    const auto policy = policy_of ? policy_of(project) : nullptr;
    return policy ? policy->filters : enrich::InboundFilters();
  };
  Step step{"inbound_filters", {}, {}, {}, {}};
  step.page_view = [filters_of](PageViewRecord& record, const RequestContext& context) -> Verdict {
    return enrich::filtered(filters_of(context.project),
                            {context.user_agent, record.view.url, record.webdriver});
  };
  step.event = [filters_of](EventRecord& event, const RequestContext& context) -> Verdict {
    if (!from_browser(event)) return kKeep;
    const enrich::InboundFilters filters = filters_of(context.project);
    if (const Verdict noise = noise_in(event, filters)) return noise;
    return enrich::filtered(filters, {context.user_agent, event.url, event.webdriver});
  };
  return step;
}

// Decoders measure arrival minus sending, the way's delay included. What is
// small enough to be the way is no skew; the rest moves the record in time.
Step clock_skew() {
  Step step{"clock_skew", {}, {}, {}, {}};
  step.page_view = [](PageViewRecord& record, const RequestContext& context) -> Verdict {
    const std::int64_t sent_at = context.received_at_unix_us - record.clock_skew_us;
    record.clock_skew_us = enrich::clock_skew_us(sent_at, context.received_at_unix_us);
    return kKeep;
  };
  step.event = [](EventRecord& event, const RequestContext& context) -> Verdict {
    const std::int64_t sent_at = context.received_at_unix_us - event.clock_skew_us;
    event.clock_skew_us = enrich::clock_skew_us(sent_at, context.received_at_unix_us);
    event.occurred_at_unix_us += event.clock_skew_us;
    return kKeep;
  };
  return step;
}

constexpr std::int64_t kDefaultRetentionUs = model::Retention().raw_days * 24 * 3600 * 1'000'000;

Step age(PolicyOf policy_of) {
  const auto verdict = [policy_of](std::int64_t at_unix_us, const RequestContext& context) {
    const auto policy = policy_of ? policy_of(context.project) : nullptr;
    const std::int64_t raw_retention_us = policy ? policy->raw_retention_us : kDefaultRetentionUs;
    const bool too_old = at_unix_us < context.received_at_unix_us - raw_retention_us;
    return too_old ? Verdict(DropReason::kTooOld) : kKeep;
  };
  Step step{"age", {}, {}, {}, {}};
  step.page_view = [verdict](PageViewRecord& record, const RequestContext& context) {
    return verdict(record.started_at_unix_us(), context);
  };
  step.span = [verdict](SpanRecord& record, const RequestContext& context) {
    return verdict(record.started_at_unix_us, context);
  };
  step.log = [verdict](LogRecord& record, const RequestContext& context) {
    return verdict(record.at_unix_us, context);
  };
  step.event = [verdict](EventRecord& record, const RequestContext& context) {
    return verdict(record.occurred_at_unix_us, context);
  };
  return step;
}

// Only what came from a browser: a backend's User-Agent is its SDK's.
Step user_agent() {
  Step step{"user_agent", {}, {}, {}, {}};
  step.page_view = [](PageViewRecord& record, const RequestContext& context) -> Verdict {
    auto agent = enrich::parse_user_agent(context.user_agent);
    record.browser = std::move(agent.browser);
    record.browser_version = std::move(agent.browser_version);
    record.os = std::move(agent.os);
    if (!agent.device_type.empty()) record.view.device.type = std::move(agent.device_type);
    return kKeep;
  };
  step.event = [](EventRecord& event, const RequestContext& context) -> Verdict {
    if (!from_browser(event)) return kKeep;
    auto agent = enrich::parse_user_agent(context.user_agent);
    if (event.browser.empty()) event.browser = std::move(agent.browser);
    if (event.os.empty()) event.os = std::move(agent.os);
    if (event.device_type.empty()) event.device_type = std::move(agent.device_type);
    return kKeep;
  };
  return step;
}

// The page's own name for its route wins; else the route is the folded URL.
Step page() {
  Step step{"page", {}, {}, {}, {}};
  step.page_view = [](PageViewRecord& record, const RequestContext&) -> Verdict {
    if (record.view.page.empty()) record.view.page = page_name_of(record.view.url);
    return kKeep;
  };
  step.event = [](EventRecord& event, const RequestContext&) -> Verdict {
    if (event.page.empty() && from_browser(event) && !event.url.empty()) {
      event.page = page_name_of(event.url);
    }
    return kKeep;
  };
  return step;
}

Step scrub() {
  Step step{"scrub", {}, {}, {}, {}};
  step.page_view = [](PageViewRecord& record, const RequestContext&) -> Verdict {
    enrich::scrub(record);
    return kKeep;
  };
  step.span = [](SpanRecord& record, const RequestContext&) -> Verdict {
    enrich::scrub(record);
    return kKeep;
  };
  step.log = [](LogRecord& record, const RequestContext&) -> Verdict {
    enrich::scrub(record);
    return kKeep;
  };
  step.event = [](EventRecord& record, const RequestContext&) -> Verdict {
    enrich::scrub(record);
    return kKeep;
  };
  return step;
}

// The one step that reads anything: maps, through a cache.
Step symbolicate_frames(symbolicate::Symbolicator* symbolicator) {
  Step step{"symbolicate", {}, {}, {}, {}};
  if (symbolicator == nullptr) return step;
  step.event = [symbolicator](EventRecord& event, const RequestContext&) -> Verdict {
    symbolicator->symbolicate(event);
    return kKeep;
  };
  return step;
}

// After scrub: rules see what is stored, so that their preview tells the truth.
Step group(PolicyOf policy_of) {
  Step step{"group", {}, {}, {}, {}};
  step.event = [policy_of](EventRecord& event, const RequestContext& context) -> Verdict {
    const auto policy = policy_of ? policy_of(context.project) : nullptr;
    const grouping::Rules* rules = policy ? &policy->rules : nullptr;
    if (rules != nullptr) {
      const auto match = rules->match(event);
      if (match && match->ignore) return DropReason::kProjectRule;
    }
    grouping::group(event, rules);
    return kKeep;
  };
  return step;
}

}  // namespace

std::vector<Step> default_steps(const StepSettings& settings) {
  return {inbound_filters(settings.policy_of),
          clock_skew(),
          age(settings.policy_of),
          user_agent(),
          page(),
          scrub(),
          symbolicate_frames(settings.symbolicator),
          group(settings.policy_of)};
}

}  // namespace pagewake::app
