// Rules against a world whose clock the test moves.
#include <string_view>

#include "engine_world.h"

namespace pagewake::alerting {
namespace {

using AlertEngineTest = EngineWorld;

TEST_F(AlertEngineTest, NewIssuesComeOnceGroupedAndAfterTheCooldown) {
  events("before the rule");
  rule(R"("kind":"new_issue","cooldown_minutes":30)");
  tick();
  EXPECT_TRUE(sent_.empty()) << "a rule is about what comes";
  events("a", 3);
  events("b");
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].title, "2 new issues in shop");
  EXPECT_EQ(sent_[0].items[0].title, "Title a");
  EXPECT_EQ(sent_[0].items[0].url, "http://h/p/1/issues/" + std::to_string(issue("a").issue_id));
  events("a");
  tick();
  EXPECT_EQ(sent_.size(), 1u);
  // Within the cooldown silence, then everything at once.
  events("c");
  tick();
  events("d");
  tick();
  restart();
  tick();
  EXPECT_EQ(sent_.size(), 1u);
  tick(30 * kMinuteUs);
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].items.size(), 2u);
  restart();
  tick(60 * kMinuteUs);
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(AlertEngineTest, ARuleSeesWhatComesRightAfterItWasSaved) {
  events("before the rule");
  rule(R"("kind":"new_issue","cooldown_minutes":0)");
  events("a second later");
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  ASSERT_EQ(sent_[0].items.size(), 1u);
  EXPECT_EQ(sent_[0].items[0].title, "Title a second later");

  // Saved again it goes on where it was; enabled again it begins anew.
  const std::int64_t id =
      (*alerts_->alert_definitions(storage::AlertDefinitionKind::kRule, 1))[0].id;
  events("b");
  rule(R"("kind":"new_issue","cooldown_minutes":0,"name":"renamed")", id);
  tick();
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].items[0].title, "Title b");
  rule(R"("kind":"new_issue","cooldown_minutes":0,"enabled":false)", id);
  events("while it was off");
  tick();
  rule(R"("kind":"new_issue","cooldown_minutes":0)", id);
  events("c");
  tick();
  ASSERT_EQ(sent_.size(), 3u);
  ASSERT_EQ(sent_[2].items.size(), 1u);
  EXPECT_EQ(sent_[2].items[0].title, "Title c");
}

// What bounds an alert's delay: the first look after the commit tells it.
TEST_F(AlertEngineTest, EachKindIsToldByTheFirstTickAfterItIsStored) {
  const struct {
    const char *name, *rule;
    std::function<void()> before, happens;
  } cases[] = {
      {"new issue", R"("kind":"new_issue")", [] {}, [&] { events("new"); }},
      {"regression", R"("kind":"regression")",
       [&] {
         events("again", 1, "1.0");
         set("again", model::IssueStatus::kResolved);
       },
       [&] { events("again", 1, "1.1"); }},
      {"spike", R"("kind":"spike")", [&] { events("many"); }, [&] { events("many", 40); }},
      {"error rate", R"("kind":"page_error_rate","page":"/a","minimum_views":20)",
       [&] { views("/a", 19, 900, 19); }, [&] { views("/a", 1, 900, 1); }},
      {"vital", R"("kind":"vital","vital":"lcp_ms","page":"/b","minimum_views":20)",
       [&] { views("/b", 19, 9000); }, [&] { views("/b", 1, 9000); }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    c.before();
    now_ += 2 * 24 * kHourUs;  // a spike needs a past
    if (std::string_view(c.name) == "error rate" || std::string_view(c.name) == "vital") c.before();
    rule(c.rule);
    tick();
    sent_.clear();
    tick();
    EXPECT_TRUE(sent_.empty());
    c.happens();
    tick();
    EXPECT_EQ(sent_.size(), 1u);
    sent_.clear();
    tick();
    EXPECT_TRUE(sent_.empty()) << "and only once";
  }
}

TEST_F(AlertEngineTest, ARegressionNamesItsRelease) {
  rule(R"("kind":"regression")");
  events("a", 1, "1.0");
  tick();
  set("a", model::IssueStatus::kResolvedInNextRelease);
  tick();
  events("a", 1, "1.1");
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].title, "An issue came back in shop");
  EXPECT_EQ(sent_[0].items[0].detail, "cart.js, in 1.1");
}

TEST_F(AlertEngineTest, ASpikeIsToldOnceAndEndsIgnoring) {
  rule(R"("kind":"spike")");
  events("a");
  events("ignored");
  events("for ever");
  set("ignored", model::IssueStatus::kIgnored, true);
  set("for ever", model::IssueStatus::kIgnored);
  tick(3 * 24 * kHourUs);
  events("a", 9);
  tick();
  EXPECT_TRUE(sent_.empty());
  events("a", 30);
  events("ignored", 30);
  events("for ever", 30);
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(issue("ignored").status, model::IssueStatus::kUnresolved);
  EXPECT_EQ(issue("for ever").status, model::IssueStatus::kIgnored);
  EXPECT_EQ(sent_[0].items.size(), 2u) << "what was ignored until a spike is told with it";
  EXPECT_NE(sent_[0].items[0].detail.find("events this hour, usually 0"), std::string::npos);
  events("a", 30);
  tick();
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(AlertEngineTest, APagesErrorRateAndVital) {
  rule(R"("kind":"page_error_rate","threshold":0.1,"minimum_views":20)");
  rule(R"("kind":"vital","vital":"lcp_ms","minimum_views":20)");
  views("/rare", 5, 9000, 5);
  views("/good", 40, 900, 2);
  tick();
  EXPECT_TRUE(sent_.empty());
  views("/slow & broken", 40, 4000, 10);
  tick();
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[0].items[0].title, "/slow & broken");
  EXPECT_EQ(sent_[0].items[0].detail, "25.0 % of 40 views had an error, the threshold is 10.0 %");
  EXPECT_EQ(sent_[0].items[0].url, "http://h/p/1/page?page=%2Fslow%20%26%20broken");
  EXPECT_EQ(sent_[1].title, "LCP of a page is over its threshold in shop");
  EXPECT_NE(sent_[1].items[0].detail.find("the threshold is 2500 ms"), std::string::npos);
  tick();
  EXPECT_EQ(sent_.size(), 2u) << "within the cooldown";
  tick(3 * kHourUs);
  EXPECT_EQ(sent_.size(), 2u) << "it was an hour ago";
}

TEST_F(AlertEngineTest, SilenceIsToldOnceUntilDataComesAgain) {
  rule(R"("kind":"absence","window_minutes":15)");
  tick(60 * kMinuteUs);
  EXPECT_TRUE(sent_.empty()) << "nothing ever came";
  views("/", 1, 900);
  tick(14 * kMinuteUs);
  EXPECT_TRUE(sent_.empty());
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].title, "No data arrives in shop");
  restart();
  tick(5 * kHourUs);
  EXPECT_EQ(sent_.size(), 1u);
  events("a");
  tick();
  tick(15 * kMinuteUs);
  EXPECT_EQ(sent_.size(), 2u);
}

// The clock is a month ahead for a while and then set right: nothing waits
// for that month.
TEST_F(AlertEngineTest, AClockThatWasAheadSilencesNoRule) {
  constexpr std::int64_t kAhead = 30 * 24 * kHourUs;
  rule(R"("kind":"new_issue","cooldown_minutes":60)");
  tick();
  now_ += kAhead;
  events("a");
  tick();
  EXPECT_EQ(sent_.size(), 1u);
  now_ -= kAhead;
  events("b");
  tick();
  EXPECT_EQ(sent_.size(), 2u) << "told in the future is no cooldown";
  events("c");
  tick();
  EXPECT_EQ(sent_.size(), 2u) << "but now is";
}

TEST_F(AlertEngineTest, WhatWasReceivedInTheFutureIsNoSignOfLife) {
  rule(R"("kind":"absence","window_minutes":15)");
  now_ += 30 * 24 * kHourUs;
  views("/", 1, 900);
  now_ -= 30 * 24 * kHourUs;
  views("/", 1, 900);
  tick(14 * kMinuteUs);
  EXPECT_TRUE(sent_.empty());
  tick();
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(AlertEngineTest, AMessageThatWaitsForAWrongTomorrowGoesNow) {
  rule(R"("kind":"new_issue")");
  tick();
  now_ += 30 * 24 * kHourUs;
  events("a");
  refuse_ = 1;
  tick();
  EXPECT_TRUE(sent_.empty());
  now_ -= 30 * 24 * kHourUs;
  tick();
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(AlertEngineTest, WhatFailsIsTriedAgainLaterAndLaterThenGivenUp) {
  rule(R"("kind":"new_issue")");
  tick();
  events("a");
  refuse_ = 2;
  tick();
  EXPECT_TRUE(sent_.empty());
  auto log = alerts_->deliveries(1, 10);
  ASSERT_EQ(log->size(), 1u);
  EXPECT_EQ(log->front().status, storage::DeliveryStatus::kPending);
  EXPECT_EQ(log->front().last_error, "HTTP 503");
  EXPECT_EQ(log->front().next_attempt_at_unix_us, now_ + 30 * kSecondUs);
  tick(29 * kSecondUs);
  EXPECT_EQ(alerts_->deliveries(1, 10)->front().attempts, 1);
  tick(kSecondUs);
  EXPECT_EQ(alerts_->deliveries(1, 10)->front().next_attempt_at_unix_us, now_ + 2 * kMinuteUs);
  tick(2 * kMinuteUs);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(alerts_->deliveries(1, 10)->front().status, storage::DeliveryStatus::kSent);

  tick(2 * kHourUs);
  events("b");
  refuse_ = 100;
  for (int i = 0; i < 20; ++i) tick(kHourUs);
  log = alerts_->deliveries(1, 10);
  EXPECT_EQ(log->front().status, storage::DeliveryStatus::kFailed);
  EXPECT_EQ(log->front().attempts, kAttempts);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(AlertEngineTest, AReceiverThatIsDownHoldsUpNobodyElse) {
  const std::int64_t down = channel_;
  for (int i = 0; i < 5; ++i) rule(R"("kind":"new_issue","cooldown_minutes":0)");
  channel_ = save(R"({"kind":"webhook","name":"up","url":"https://up.example/"})");
  rule(R"("kind":"new_issue","cooldown_minutes":0)");
  tick();
  refusing_channel_ = down;
  int sends = 0;
  on_send_ = [&] { ++sends; };
  events("a");
  tick();
  EXPECT_EQ(sends, 2) << "one wait for the one, one message to the other";
  EXPECT_EQ(sent_to_, (std::vector{channel_}));
  // What was put off was not tried, and comes in its turn.
  int attempts = 0;
  const auto log = alerts_->deliveries(1, 10);
  for (const auto& one : *log) attempts += one.attempts;
  EXPECT_EQ(attempts, 2);
  refusing_channel_ = -1;
  tick();
  EXPECT_EQ(sent_.size(), 6u);
}

TEST_F(AlertEngineTest, AStopInTheMiddleOfSendingNeverSendsTwice) {
  rule(R"("kind":"new_issue")");
  tick();
  events("a");
  // The process ends while the other side has the message but before we know:
  // a second engine starts on the same stores.
  bool stopped = false;
  on_send_ = [&] {
    if (stopped) return;
    stopped = true;
    const auto log = alerts_->deliveries(1, 1);
    EXPECT_EQ(log->front().status, storage::DeliveryStatus::kSending) << "the intent comes first";
    AlertEngine second(
        {*records_, *records_, *projects_, *alerts_},
        [this](const Channel&, const Message& message, std::int64_t) -> Status {
          sent_.push_back(message);
          return Done{};
        },
        "http://h");
    ASSERT_TRUE(second.start(now_).ok());
    ASSERT_TRUE(second.tick(now_ + kMinuteUs).ok());
    ASSERT_TRUE(second.tick(now_ + 5 * kHourUs).ok());
    EXPECT_TRUE(sent_.empty());
    EXPECT_EQ(alerts_->deliveries(1, 1)->front().status, storage::DeliveryStatus::kUnknown);
  };
  tick();
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(AlertEngineTest, ATestIsSentAtOnceAndLogged) {
  auto test = engine_->send_test(1, channel_, now_);
  ASSERT_TRUE(test.ok());
  EXPECT_EQ(test->status, storage::DeliveryStatus::kSent);
  EXPECT_EQ(sent_.size(), 1u);
  refuse_ = 1;
  test = engine_->send_test(1, channel_, now_ + 1);
  EXPECT_EQ(test->status, storage::DeliveryStatus::kFailed);
  EXPECT_EQ(test->last_error, "HTTP 503");
  tick(kHourUs);
  EXPECT_EQ(sent_.size(), 1u) << "a failed test is not tried again";
  EXPECT_EQ(engine_->send_test(2, channel_, now_).error().code, "not_found");
}

TEST_F(AlertEngineTest, AnErrorBudgetThatBurnsIsToldOnceAndAgainWhenItBurnsFaster) {
  storage::Objective objective;
  objective.project = 1;
  objective.name = "Home loads fast";
  objective.page = "/";
  objective.target = 0.95;
  ASSERT_TRUE(objectives_->create(objective).ok());
  objective.name = "Everything loads fast";
  objective.page = "";
  objective.target = 0.5;
  ASSERT_TRUE(objectives_->create(objective).ok());
  rule(R"("kind":"objective","cooldown_minutes":600)");
  views("/", 400, 900);
  tick();
  EXPECT_TRUE(sent_.empty()) << "the budget lasts";

  // A tenth is slow: twice as fast as the 5 % of the first objective may burn.
  now_ += 2 * kHourUs;
  views("/", 180, 900);
  views("/", 70, 9000);
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].title, "An error budget burns in shop");
  EXPECT_EQ(sent_[0].url, "http://h/p/1/slos");
  ASSERT_EQ(sent_[0].items.size(), 1u);
  EXPECT_EQ(sent_[0].items[0].title, "Home loads fast");
  EXPECT_EQ(sent_[0].items[0].url, "http://h/p/1/page?page=%2F");
  EXPECT_EQ(sent_[0].items[0].detail,
            "Look at it today: the budget burns 2.2 times as fast as it may in 3 d and 2.2 in 6 h; "
            "nothing of it is left");
  tick();
  EXPECT_EQ(sent_.size(), 1u) << "within the cooldown";

  // An hour later all are slow: that is another alert, whatever the cooldown.
  now_ += 2 * kHourUs;
  views("/", 60, 9000);
  tick();
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].items[0].title, "Home loads fast");
  EXPECT_EQ(sent_[1].items[0].detail,
            "Look at it now: the budget burns 20.0 times as fast as it may in 1 h and 20.0 in "
            "5 min; nothing of it is left");
}

TEST_F(AlertEngineTest, ARuleAboutObjectivesMayBeOfOnePage) {
  storage::Objective objective;
  objective.project = 1;
  objective.target = 0.95;
  for (const char* page : {"/a", "/b"}) {
    objective.name = objective.page = page;
    ASSERT_TRUE(objectives_->create(objective).ok());
    views(page, 50, 9000);
  }
  rule(R"("kind":"objective","page":"/b")");
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  ASSERT_EQ(sent_[0].items.size(), 1u);
  EXPECT_EQ(sent_[0].items[0].title, "/b");
}

}  // namespace
}  // namespace pagewake::alerting
