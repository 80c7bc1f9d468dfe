// The promises of storage/account_store.h and of the tokens in
// storage/project_store.h, for every store.
#include <gtest/gtest.h>

#include "storage/account_store.h"
#include "storage/password.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

struct Engine {
  const char* name;
  std::unique_ptr<AccountStore> (*open)(const TemporaryFolder& folder);
  std::unique_ptr<ProjectStore> (*open_projects)(const TemporaryFolder& folder);
};
void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

template <typename T>
std::unique_ptr<T> opened(Result<std::unique_ptr<T>> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return nullptr;
  }
  return std::move(*result);
}

constexpr Engine kEngines[] = {
    {"Memory", [](const TemporaryFolder&) { return make_memory_account_store(); },
     [](const TemporaryFolder&) { return make_memory_project_store(); }},
    {"Sqlite",
     [](const TemporaryFolder& folder) {
       return opened(open_sqlite_account_store({folder.file("pagewake.sqlite3")}));
     },
     [](const TemporaryFolder& folder) {
       return opened(open_sqlite_project_store({folder.file("pagewake.sqlite3")}));
     }},
};

class AccountStoreContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    store_ = GetParam().open(folder_);
    projects_ = GetParam().open_projects(folder_);
    ASSERT_TRUE(store_ && projects_);
  }
  TemporaryFolder folder_;
  std::unique_ptr<AccountStore> store_;
  std::unique_ptr<ProjectStore> projects_;
};

INSTANTIATE_TEST_SUITE_P(Every, AccountStoreContract, testing::ValuesIn(kEngines),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(AccountStoreContract, AUserIsFoundByIdAndByAnySpellingOfTheAddress) {
  const auto made = store_->create_user(" Ann@Example.com", "Ann", "$hash", true);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->email, "ann@example.com");
  EXPECT_TRUE(made->server_admin);
  EXPECT_FALSE(made->disabled);
  for (const auto& found : {store_->user(made->id), store_->user_by_email("ANN@example.com ")}) {
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ((*found)->id, made->id);
    EXPECT_EQ((*found)->name, "Ann");
    EXPECT_EQ((*found)->created_at_unix_us, made->created_at_unix_us);
  }
  EXPECT_EQ(*store_->password_hash(made->id), "$hash");
  EXPECT_EQ(*store_->password_hash(made->id + 1), "");
  EXPECT_FALSE(store_->user(made->id + 1)->has_value());
  EXPECT_FALSE(store_->user_by_email("bob@example.com")->has_value());
  EXPECT_EQ(store_->create_user("ANN@example.com", "Ann", "h", false).error().code, "user_exists");
  ASSERT_EQ(store_->users()->size(), 1u);
}

TEST_P(AccountStoreContract, OddAddressesAndNamesAreRefused) {
  for (const char* email :
       {"", "ann", "@example.com", "ann@", "a@b@c", "a b@c", "a\n@c", "\xff@c"}) {
    EXPECT_EQ(store_->create_user(email, "Ann", "h", false).error().code, "invalid_email") << email;
    EXPECT_FALSE(store_->user_by_email(email)->has_value());
  }
  EXPECT_EQ(store_->create_user("a@b", "", "h", false).error().code, "invalid_name");
  EXPECT_TRUE(store_->users()->empty());
}

TEST_P(AccountStoreContract, RolesAreGivenChangedAndTaken) {
  const auto user = store_->create_user("ann@example.com", "Ann", "h", false);
  ASSERT_TRUE(user.ok());
  EXPECT_TRUE(*store_->set_role(user->id, 7, Role::kViewer));
  EXPECT_TRUE(*store_->set_role(user->id, 3, Role::kAdmin));
  EXPECT_TRUE(*store_->set_role(user->id, 7, Role::kMember));
  auto now = *store_->user(user->id);
  ASSERT_EQ(now->memberships.size(), 2u);
  EXPECT_EQ(now->memberships[0].project, 3);
  EXPECT_EQ(now->role_in(7), Role::kMember);
  EXPECT_EQ(now->role_in(1), std::nullopt);
  EXPECT_TRUE(*store_->set_role(user->id, 3, std::nullopt));
  EXPECT_EQ((*store_->user_by_email("ann@example.com"))->memberships.size(), 1u);
  EXPECT_EQ(store_->users()->front().memberships.size(), 1u);
  EXPECT_FALSE(*store_->set_role(user->id + 1, 3, Role::kViewer));
}

TEST_P(AccountStoreContract, ChangesHoldAndANewPasswordLeavesATime) {
  const auto user = store_->create_user("ann@example.com", "Ann", "h", false);
  const auto changed = store_->update_user(user->id, {"Anna", true, true});
  ASSERT_TRUE(changed.ok() && changed->has_value());
  EXPECT_EQ((*changed)->name, "Anna");
  EXPECT_TRUE((*changed)->server_admin);
  EXPECT_TRUE((*changed)->disabled);
  EXPECT_EQ((*store_->update_user(user->id, {{}, false, {}}))->name, "Anna");
  EXPECT_TRUE((*store_->user(user->id))->disabled);
  EXPECT_EQ(store_->update_user(user->id, {""}).error().code, "invalid_name");
  EXPECT_FALSE(store_->update_user(99, {"x"})->has_value());

  EXPECT_TRUE(*store_->set_password_hash(user->id, "other"));
  EXPECT_FALSE(*store_->set_password_hash(99, "other"));
  EXPECT_EQ(*store_->password_hash(user->id), "other");
  EXPECT_GE((*store_->user(user->id))->password_changed_at_unix_us, user->created_at_unix_us);
}

TEST_P(AccountStoreContract, TheAuditLogIsReadNewestFirstInPages) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(store_->add_audit({0, 0, "ann", "did", std::to_string(i) + "\xff", i}).ok());
  }
  const auto first = store_->audit(2, 0);
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ((*first)[0].project, 4);
  EXPECT_EQ((*first)[0].target, "4\xef\xbf\xbd");  // as text, whatever was typed
  EXPECT_GT((*first)[0].at_unix_us, 0);
  const auto rest = store_->audit(10, first->back().id);
  ASSERT_EQ(rest->size(), 3u);
  EXPECT_EQ(rest->back().project, 0);
}

TEST_P(AccountStoreContract, ATokenIsListedWithoutItsSecretAndGoneOnceRevoked) {
  const auto all = projects_->create_token("ci", Scope::kWrite);
  const auto one = projects_->create_token("shop only", Scope::kRead, 3);
  ASSERT_TRUE(all.ok() && one.ok());
  const auto list = *projects_->tokens();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].name, "ci");
  EXPECT_EQ(list[0].project, 0);
  EXPECT_EQ(list[1].project, 3);
  EXPECT_EQ((*projects_->token_by_secret(*one))->project, 3);
  EXPECT_EQ((*projects_->token(list[1].id))->name, "shop only");
  EXPECT_TRUE(*projects_->revoke_token(list[1].id));
  EXPECT_FALSE(*projects_->revoke_token(list[1].id));
  EXPECT_FALSE(projects_->token(list[1].id)->has_value());
  EXPECT_FALSE(projects_->token_by_secret(*one)->has_value());
  EXPECT_TRUE(projects_->token_by_secret(*all)->has_value());
}

TEST(Password, IsKeptAsArgon2idWithASaltOfItsOwn) {
  const auto first = hash_password("correct horse battery");
  const auto second = hash_password("correct horse battery");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *first;
  EXPECT_NE(*first, *second);
  EXPECT_TRUE(password_matches(*first, "correct horse battery"));
  EXPECT_FALSE(password_matches(*first, "correct horse batterz"));
  EXPECT_FALSE(password_matches("", "correct horse battery"));
  EXPECT_FALSE(password_matches("not a hash", "correct horse battery"));
}

TEST(Password, ShortOnesAreRefused) {
  EXPECT_FALSE(check_password("elevenchars").ok());
  EXPECT_TRUE(check_password("twelve chars").ok());
  EXPECT_TRUE(check_password("zwölf Zeichn").ok());
  EXPECT_FALSE(check_password(std::string(201, 'x')).ok());
  EXPECT_TRUE(check_password(random_password()).ok());
}

TEST_P(AccountStoreContract, SessionsEndOneByOneByUserAndByTime) {
  const auto user = store_->create_user("ann@example.com", "Ann", "h", false)->id;
  const auto other = store_->create_user("bob@example.com", "Bob", "h", false)->id;
  const LoginSession ann{user, 0, 7, kStart + 10}, again{user, 0, 7, kStart + 20},
      token{0, 3, 0, kStart + 30}, bob{other, 0, 7, kStart + 90};
  ASSERT_TRUE(store_->save_session("a", ann, kStart).ok());
  ASSERT_TRUE(store_->save_session("b", again, kStart).ok());
  ASSERT_TRUE(store_->save_session("c", token, kStart).ok());
  EXPECT_EQ(**store_->session("a"), ann);
  EXPECT_EQ(**store_->session("c"), token);
  EXPECT_FALSE(store_->session("d")->has_value());
  ASSERT_TRUE(store_->end_session("a").ok());
  ASSERT_TRUE(store_->end_session("d").ok()) << "there is none: as good";
  EXPECT_FALSE(store_->session("a")->has_value());
  EXPECT_TRUE(store_->session("b")->has_value());
  ASSERT_TRUE(*store_->set_password_hash(user, "another"));
  EXPECT_FALSE(store_->session("b")->has_value());
  EXPECT_TRUE(store_->session("c")->has_value());
  for (const bool disabled : {true, false}) {
    ASSERT_TRUE(store_->save_session("b", again, kStart).ok());
    ASSERT_TRUE(store_->save_session("bob", bob, kStart).ok());
    ASSERT_TRUE(store_->update_user(user, {"Anna", true, std::nullopt}).ok());
    EXPECT_TRUE(store_->session("b")->has_value()) << "nothing that would end it";
    ASSERT_TRUE(store_->update_user(user, {std::nullopt, std::nullopt, disabled}).ok());
    EXPECT_FALSE(store_->session("b")->has_value()) << disabled;
    EXPECT_TRUE(store_->session("bob")->has_value());
    ASSERT_TRUE(store_->end_session("bob").ok());
  }
  // A log-in clears away what is over.
  ASSERT_TRUE(store_->save_session("e", bob, kStart + 30).ok());
  EXPECT_FALSE(store_->session("c")->has_value());
  EXPECT_TRUE(store_->session("e")->has_value());
}

}  // namespace
}  // namespace pagewake::storage
