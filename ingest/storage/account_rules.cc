#include "storage/account_rules.h"

#include <algorithm>

#include "base/utf8.h"
#include "storage/account_store.h"

namespace pagewake::storage {

namespace {
constexpr std::size_t kEmailBytes = 254;  // RFC 5321's path limit
constexpr std::size_t kAuditBytes = 256;
}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::kViewer:
      return "viewer";
    case Role::kMember:
      return "member";
    case Role::kAdmin:
      return "admin";
  }
  return "unknown";
}

std::optional<Role> role_from(std::string_view name) {
  for (const auto role : {Role::kViewer, Role::kMember, Role::kAdmin}) {
    if (name_of(role) == name) return role;
  }
  return std::nullopt;
}

Scope scope_of(Role role) {
  switch (role) {
    case Role::kViewer:
      return Scope::kRead;
    case Role::kMember:
      return Scope::kWrite;
    case Role::kAdmin:
      return Scope::kAdmin;
  }
  return Scope::kRead;
}

std::optional<Role> User::role_in(model::ProjectId project) const {
  for (const auto& membership : memberships) {
    if (membership.project == project) return membership.role;
  }
  return std::nullopt;
}

Result<std::string> canonical_email(std::string_view email) {
  while (!email.empty() && email.front() == ' ') email.remove_prefix(1);
  while (!email.empty() && email.back() == ' ') email.remove_suffix(1);
  const auto at = email.find('@');
  const bool printable = std::all_of(email.begin(), email.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f;
  });
  if (at == std::string_view::npos || at == 0 || at + 1 == email.size() ||
      email.find('@', at + 1) != std::string_view::npos || email.size() > kEmailBytes ||
      !printable || !is_valid_utf8(email)) {
    return Error{"invalid_email", "\"" + repair_utf8(cut_utf8(email, 100)) +
                                      "\" is not an e-mail address, such as ann@example.com"};
  }
  std::string text(email);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string audit_text(std::string_view text) { return repair_utf8(cut_utf8(text, kAuditBytes)); }

}  // namespace pagewake::storage
