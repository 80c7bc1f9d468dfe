// The promises of storage/project_store.h, for every store.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "storage/project_rules.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

struct Engine {
  const char* name;
  std::unique_ptr<ProjectStore> (*open)(const TemporaryFolder& folder);
};

void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

constexpr Engine kEngines[] = {
    {"Memory", [](const TemporaryFolder&) { return make_memory_project_store(); }},
    {"Sqlite",
     [](const TemporaryFolder& folder) -> std::unique_ptr<ProjectStore> {
       auto opened = open_sqlite_project_store({folder.file("pagewake.sqlite3")});
       if (!opened) {
         ADD_FAILURE() << opened.error().message;
         return nullptr;
       }
       return std::move(*opened);
     }},
};

class ProjectStoreContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    store_ = GetParam().open(folder_);
    ASSERT_NE(store_, nullptr);
  }
  TemporaryFolder folder_;
  std::unique_ptr<ProjectStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Every, ProjectStoreContract, testing::ValuesIn(kEngines),
                         [](const auto& info) { return std::string(info.param.name); });

void expect_same(const Project& got, const Project& wanted) {
  EXPECT_EQ(got.id, wanted.id);
  EXPECT_EQ(got.name, wanted.name);
  EXPECT_EQ(got.public_key, wanted.public_key);
  EXPECT_EQ(got.allowed_origins, wanted.allowed_origins);
  EXPECT_EQ(got.created_at_unix_us, wanted.created_at_unix_us);
}

TEST_P(ProjectStoreContract, AProjectIsFoundByNumberAndByKey) {
  auto made =
      store_->create_project("shop", {"https://Shop.Example:443/", "http://localhost:8000"});
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->id, 1);
  EXPECT_EQ(made->allowed_origins,
            (std::vector<std::string>{"https://shop.example", "http://localhost:8000"}));
  EXPECT_EQ(made->public_key.size(), 32u);
  EXPECT_EQ(made->public_key.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_GT(made->created_at_unix_us, 0);
  auto other = store_->create_project("other", {});
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->id, 2);
  EXPECT_TRUE(other->allowed_origins.empty());
  EXPECT_NE(other->public_key, made->public_key);

  expect_same(**store_->project(1), *made);
  expect_same(**store_->project_by_key(other->public_key), *other);
  EXPECT_FALSE(store_->project(3)->has_value());
  EXPECT_FALSE(store_->project_by_key("")->has_value());
  EXPECT_FALSE(store_->project_by_key(std::string(32, '0'))->has_value());
  auto all = store_->projects();
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 2u);
  expect_same((*all)[0], *made);
  expect_same((*all)[1], *other);
}

TEST_P(ProjectStoreContract, AnUpdateChangesWhatIsGiven) {
  const Project made = *store_->create_project("shop", {"https://a.example"});
  auto renamed = store_->update_project(made.id, "shöp", std::nullopt);
  ASSERT_TRUE(renamed.ok() && renamed->has_value());
  EXPECT_EQ((*renamed)->name, "shöp");
  EXPECT_EQ((*renamed)->allowed_origins, made.allowed_origins);
  auto opened = store_->update_project(made.id, std::nullopt, std::vector<std::string>());
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE((*opened)->allowed_origins.empty());
  expect_same(**store_->project(made.id), **opened);
  EXPECT_EQ((*opened)->public_key, made.public_key);
  EXPECT_FALSE(store_->update_project(99, "x", std::nullopt)->has_value());
  EXPECT_EQ(store_->update_project(made.id, "", std::nullopt).error().code, "invalid_name");
  EXPECT_EQ(
      store_->update_project(made.id, "new", std::vector<std::string>{"nonsense"}).error().code,
      "invalid_origin");
  EXPECT_EQ((*store_->project(made.id))->name, "shöp") << "all of it or nothing";
}

TEST_P(ProjectStoreContract, NamesAndOriginsAreChecked) {
  EXPECT_TRUE(store_->create_project(std::string(100, 'x'), {}).ok());
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "ö";  // characters, not bytes
  EXPECT_TRUE(store_->create_project(hundred, {}).ok());
  for (const std::string& name :
       {std::string(), std::string(101, 'x'), hundred + "x", std::string("a\nb"),
        std::string("a\0b", 3), std::string("\xff")}) {
    EXPECT_EQ(store_->create_project(name, {}).error().code, "invalid_name") << name;
    EXPECT_EQ(store_->create_token(name, Scope::kRead).error().code, "invalid_name") << name;
  }
  EXPECT_EQ(store_->create_project("x", {"https://good.example", "bad"}).error().code,
            "invalid_origin");
  EXPECT_EQ(store_->projects()->size(), 2u);
}

TEST_P(ProjectStoreContract, ATokenIsKnownByItsSecretOnly) {
  EXPECT_FALSE(*store_->any_token());
  const auto secret = store_->create_token("ci", Scope::kWrite);
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(secret.value().size(), 47u);
  EXPECT_TRUE(secret.value().starts_with("pwt_"));
  EXPECT_TRUE(*store_->any_token());
  EXPECT_NE(*store_->create_token("ci", Scope::kRead), secret.value());
  auto found = store_->token_by_secret(secret.value());
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->name, "ci");
  EXPECT_EQ((*found)->scope, Scope::kWrite);
  EXPECT_GT((*found)->id, 0);
  EXPECT_GT((*found)->created_at_unix_us, 0);
  std::string wrong = secret.value();
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(store_->token_by_secret(wrong)->has_value());
  EXPECT_FALSE(store_->token_by_secret("")->has_value());
}

TEST_P(ProjectStoreContract, AGivenSecretIsRegisteredOnce) {
  const std::string secret = "from-the-environment-0123456789";
  ASSERT_TRUE(store_->ensure_token(secret, "admin", Scope::kRead).ok());
  const Token first = **store_->token_by_secret(secret);
  ASSERT_TRUE(store_->ensure_token(secret, "admin", Scope::kAdmin).ok());
  const Token second = **store_->token_by_secret(secret);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.scope, Scope::kAdmin) << "the last word holds";
  EXPECT_EQ(store_->ensure_token("", "admin", Scope::kAdmin).error().code, "invalid_token");
}

TEST_P(ProjectStoreContract, ManyThreadsMayAsk) {
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> keys(4);
  for (std::size_t t = 0; t < keys.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const auto made = store_->create_project("p", {});
        if (!made.ok()) return;
        const auto found = store_->project_by_key(made.value().public_key);
        if (found.ok() && found.value() && found.value()->id == made.value().id) {
          keys[t].push_back(made.value().public_key);
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> distinct;
  for (const auto& some : keys) distinct.insert(some.begin(), some.end());
  EXPECT_EQ(distinct.size(), 40u);
}

TEST(ProjectRules, OriginsAreWrittenAsBrowsersWriteThem) {
  const struct {
    const char* given;
    const char* canonical;  // null: refused
  } cases[] = {
      {"https://shop.example", "https://shop.example"},
      {"HTTPS://Shop.Example", "https://shop.example"},
      {"https://shop.example/", "https://shop.example"},
      {"https://shop.example:443", "https://shop.example"},
      {"http://shop.example:80", "http://shop.example"},
      {"https://shop.example:80", "https://shop.example:80"},
      {"http://127.0.0.1:8790", "http://127.0.0.1:8790"},
      {"http://[::1]:8790", "http://[::1]:8790"},
      {"https://xn--grer-2na.example", "https://xn--grer-2na.example"},
      {"http://my_host", "http://my_host"},
      {"", nullptr},
      {"*", nullptr},
      {"null", nullptr},
      {"shop.example", nullptr},
      {"ftp://shop.example", nullptr},
      {"https://", nullptr},
      {"https:///", nullptr},
      {"https://shop.example/path", nullptr},
      {"https://shop.example?x", nullptr},
      {"https://user@shop.example", nullptr},
      {"https://shop.example:", nullptr},
      {"https://shop.example:0", nullptr},
      {"https://shop.example:65536", nullptr},
      {"https://shop.example:99999999999", nullptr},
      {"https://shop.example:8a", nullptr},
      {"https://-shop.example", nullptr},
      {"https://shop-.example", nullptr},
      {"https://shop..example", nullptr},
      {"https://*.example", nullptr},
      {"https://sh op.example", nullptr},
      {"https://shop.example\nhttps://evil.example", nullptr},
      {"http://[::1", nullptr},
      {"http://[zz::1]", nullptr},
      {"https://größer.example", nullptr},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.given);
    const auto got = canonical_origin(c.given);
    ASSERT_EQ(got.ok(), c.canonical != nullptr);
    if (c.canonical != nullptr) {
      EXPECT_EQ(got.value(), c.canonical);
    } else {
      EXPECT_EQ(got.error().code, "invalid_origin");
    }
  }
  EXPECT_FALSE(canonical_origin("https://" + std::string(5000, 'a')).ok());
}

TEST(ProjectRules, ScopesHaveNames) {
  for (auto scope : {Scope::kRead, Scope::kWrite, Scope::kAdmin}) {
    EXPECT_EQ(scope_from(name_of(scope)), scope);
  }
  EXPECT_FALSE(scope_from("root").has_value());
}

TEST(ProjectRules, Sha256IsTheStandardOne) {
  const std::string hash = sha256("abc");
  EXPECT_EQ(
      pagewake::detail::to_hex(reinterpret_cast<const std::uint8_t*>(hash.data()), hash.size()),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace pagewake::storage
