#include "model/records.h"

namespace pagewake::model {

std::string_view name_of(Source source) {
  switch (source) {
    case Source::kPagewake:
      return "pagewake";
    case Source::kOtlp:
      return "otlp";
    case Source::kSentry:
      return "sentry";
    case Source::kJsonLog:
      return "json_log";
    case Source::kFaro:
      return "faro";
    case Source::kWebVitals:
      return "web_vitals";
    case Source::kBrowserReport:
      return "browser_report";
  }
  return "unknown";
}

std::string_view name_of(pagewake::NavigationType type) {
  switch (type) {
    case NavigationType::kNavigate:
      return "navigate";
    case NavigationType::kReload:
      return "reload";
    case NavigationType::kBackForward:
      return "back_forward";
    case NavigationType::kBackForwardCache:
      return "back_forward_cache";
    case NavigationType::kPrerender:
      return "prerender";
    case NavigationType::kRestore:
      return "restore";
    case NavigationType::kSoftNavigation:
      return "soft_navigation";
  }
  return "unknown";
}

std::optional<pagewake::NavigationType> navigation_type_from(std::string_view name) {
  for (auto type :
       {NavigationType::kNavigate, NavigationType::kReload, NavigationType::kBackForward,
        NavigationType::kBackForwardCache, NavigationType::kPrerender, NavigationType::kRestore,
        NavigationType::kSoftNavigation}) {
    if (name_of(type) == name) return type;
  }
  return std::nullopt;
}

std::string_view name_of(pagewake::MissingReason reason) {
  switch (reason) {
    case MissingReason::kNone:
      return "";
    case MissingReason::kNotYet:
      return "not_yet";
    case MissingReason::kNoInteraction:
      return "no_interaction";
    case MissingReason::kHiddenFirst:
      return "hidden_first";
    case MissingReason::kUnsupported:
      return "unsupported";
    case MissingReason::kNotApplicable:
      return "not_applicable";
    case MissingReason::kLeftEarly:
      return "left_early";
  }
  return "unknown";
}

std::string_view name_of(Category category) {
  switch (category) {
    case Category::kPageView:
      return "page_view";
    case Category::kEvent:
      return "event";
    case Category::kSpan:
      return "span";
    case Category::kLog:
      return "log";
    case Category::kRequest:
      return "request";
    case Category::kSession:
      return "session";
    case Category::kOther:
      return "other";
  }
  return "unknown";
}

std::string_view name_of(IssueStatus status) {
  switch (status) {
    case IssueStatus::kUnresolved:
      return "unresolved";
    case IssueStatus::kResolved:
      return "resolved";
    case IssueStatus::kResolvedInNextRelease:
      return "resolved_in_next_release";
    case IssueStatus::kIgnored:
      return "ignored";
  }
  return "unknown";
}

std::optional<IssueStatus> issue_status_from(std::string_view name) {
  for (auto status : {IssueStatus::kUnresolved, IssueStatus::kResolved,
                      IssueStatus::kResolvedInNextRelease, IssueStatus::kIgnored}) {
    if (name_of(status) == name) return status;
  }
  return std::nullopt;
}

}  // namespace pagewake::model
