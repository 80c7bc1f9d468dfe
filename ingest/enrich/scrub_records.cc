// The second pass of the scrubber: the same rules as in the page, over
// everything that any client sent. Our own SDK's records come here too, since
// a forged or an old client may have sent them unscrubbed.
#include <string>
#include <vector>

#include "enrich/enrich.h"
#include "enrich/scrub_json.h"
#include "enrich/scrub_names.h"
#include "enrich/scrub_text.h"

namespace pagewake::enrich {
namespace {

bool pairs(KeyValues& values, bool (*scrub_a_url)(std::string&)) {
  bool changed = false;
  for (auto& [key, value] : values) {
    const NameRules rules = rules_of(key);
    if (rules.goes) {
      if (value.empty() || value == kFiltered) continue;
      value = kFiltered;
      changed = true;
    } else if (is_identifier(key, value)) {
      continue;
    } else if (rules.is_url) {
      changed |= scrub_a_url(value);
    } else {
      changed |= scrub_text_in_place(value);
    }
  }
  return changed;
}

bool breadcrumbs(std::vector<pagewake::Breadcrumb>& crumbs, bool (*scrub_a_url)(std::string&)) {
  bool changed = false;
  for (auto& crumb : crumbs) {
    changed |= scrub_text_in_place(crumb.message);
    changed |= pairs(crumb.data, scrub_a_url);
  }
  return changed;
}

bool scrub_view(PageView& view) {
  bool changed = false;
  changed |= scrub_own_url_in_place(view.url);
  changed |= scrub_own_url_in_place(view.referrer);
  changed |= scrub_text_in_place(view.page);
  changed |= scrub_text_in_place(view.title);
  changed |= scrub_text_in_place(view.attribution.lcp_target);
  changed |= scrub_own_url_in_place(view.attribution.lcp_url);
  changed |= scrub_text_in_place(view.attribution.inp_target);
  changed |= scrub_own_url_in_place(view.attribution.inp_longest_script_url);
  changed |= scrub_text_in_place(view.attribution.inp_longest_script_invoker);
  changed |= scrub_text_in_place(view.attribution.cls_largest_shift_target);
  if (view.timing) changed |= scrub_text_in_place(view.timing->server_timing);
  for (auto& resource : view.resources) {
    changed |= scrub_own_url_in_place(resource.url);
    changed |= scrub_text_in_place(resource.server_timing);
  }
  for (auto& frame : view.long_frames) {
    changed |= scrub_own_url_in_place(frame.script_url);
    changed |= scrub_text_in_place(frame.invoker);
    for (auto& script : frame.scripts) {
      changed |= scrub_own_url_in_place(script.url);
      changed |= scrub_text_in_place(script.invoker);
    }
  }
  changed |= breadcrumbs(view.breadcrumbs, scrub_own_url_in_place);
  for (auto& span : view.spans) {
    changed |= scrub_text_in_place(span.name);
    changed |= pairs(span.attributes, scrub_own_url_in_place);
  }
  for (auto& event : view.events) {
    changed |= scrub_text_in_place(event.message);
    changed |= scrub_own_url_in_place(event.url);
    changed |= pairs(event.tags, scrub_own_url_in_place);
    changed |= breadcrumbs(event.breadcrumbs, scrub_own_url_in_place);
    for (auto& part : event.fingerprint) changed |= scrub_text_in_place(part);
    for (auto& exception : event.exceptions) {
      changed |= scrub_text_in_place(exception.value);
      for (auto& frame : exception.frames) changed |= scrub_own_url_in_place(frame.filename);
    }
  }
  changed |= pairs(view.tags, scrub_own_url_in_place);
  return changed;
}

}  // namespace

void scrub(model::PageViewRecord& record) {
  // What was sent names the user too.
  const bool changed = scrub_user_id_in_place(record.user_id);
  if (scrub_view(record.view) || changed) record.as_sent.clear();
}

void scrub(model::SpanRecord& record) {
  // Some instrumentations name a span after its statement.
  if (record.op.starts_with("db")) record.name = without_literals(record.name);
  scrub_text_in_place(record.name);
  scrub_text_in_place(record.status_message);
  scrub_json_in_place(record.attributes_json);
  scrub_json_in_place(record.events_json);
}

void scrub(model::LogRecord& record) {
  scrub_text_in_place(record.message);
  scrub_json_in_place(record.attributes_json);
}

void scrub(model::EventRecord& record) {
  const auto scrub_a_url =
      record.source == model::Source::kPagewake ? scrub_own_url_in_place : scrub_url_in_place;
  scrub_text_in_place(record.message);
  scrub_text_in_place(record.message_template);
  scrub_text_in_place(record.transaction);
  scrub_text_in_place(record.page);
  scrub_a_url(record.url);
  scrub_user_id_in_place(record.user_id);
  for (auto& part : record.custom_fingerprint) scrub_text_in_place(part);
  for (auto& exception : record.exceptions) {
    scrub_text_in_place(exception.value);
    for (auto& frame : exception.frames) {
      scrub_a_url(frame.filename);
      scrub_a_url(frame.abs_path);
      for (auto& line : frame.context.pre) scrub_text_in_place(line);
      scrub_text_in_place(frame.context.line);
      for (auto& line : frame.context.post) scrub_text_in_place(line);
    }
  }
  breadcrumbs(record.breadcrumbs, scrub_a_url);
  pairs(record.tags, scrub_a_url);
  scrub_json_in_place(record.contexts_json);
  scrub_json_in_place(record.user_json);
  scrub_json_in_place(record.request_json);
  scrub_json_in_place(record.extra_json);
}

}  // namespace pagewake::enrich
