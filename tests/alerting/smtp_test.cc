// E-mail through a real SMTP server (aiosmtpd in smtp_sink.py), with STARTTLS
// and a log-in.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "alerting/transport.h"

namespace pagewake::alerting {
namespace {

const std::string kRoot = PAGEWAKE_SOURCE_DIR;

// The sink as a child; its standard input ends with us.
class Sink {
 public:
  Sink() {
    int in[2], out[2];
    EXPECT_EQ(pipe(in), 0);
    EXPECT_EQ(pipe(out), 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      for (int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
      const std::string python = kRoot + "/.venv/bin/python";
      const std::string script = kRoot + "/tests/alerting/smtp_sink.py";
      execl(python.c_str(), python.c_str(), script.c_str(), nullptr);
      _exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = fdopen(out[0], "r");
    port = line();
  }
  ~Sink() {
    ::close(to_);
    waitpid(pid_, nullptr, 0);
    fclose(from_);
  }
  // "" when the sink ended.
  std::string line() {
    std::string out;
    for (int c = fgetc(from_); c != EOF && c != '\n'; c = fgetc(from_)) {
      out += static_cast<char>(c);
    }
    return out;
  }
  std::string port;

 private:
  pid_t pid_ = 0;
  int to_ = -1;
  FILE* from_ = nullptr;
};

Message message() {
  Message out;
  out.kind = "new_issue";
  out.project = "Käse & Co";
  out.title = "New issue in Käse & Co: a long subject that does not fit into one encoded word";
  out.url = "https://rum.example/p/1/issues";
  out.items = {{"TypeError: <b>x</b> = undefined", "checkout in cart.js, in 1.4.2",
                "https://rum.example/p/1/issues/7"},
               {".a line that begins with a dot", std::string(300, 'x'), ""}};
  out.at_unix_us = 1'795'237'200'000'000;
  return out;
}

Message report() {
  Message out;
  out.kind = "weekly_report";
  out.project = "Käse & Co";
  out.title = "The week of Käse & Co, 2026-11-16 to 2026-11-22";
  out.sections = {
      {"The week",
       {"this week", "week before", "change"},
       {{"LCP p75", "", {{"2600 ms", "needs_improvement"}, {"2000 ms", "good"}, {"+30 %", ""}}}},
       0},
      {"New issues",
       {"events"},
       {{"TypeError: <b>x</b>", "https://rum.example/p/1/issues/7", {{"12", ""}}}},
       4}};
  out.at_unix_us = 1'795'420'800'000'000;
  return out;
}

TEST(Smtp, AMailArrivesOverTlsAndReadsAsItShould) {
  Sink sink;
  ASSERT_FALSE(sink.port.empty()) << "the SMTP server did not start (script/setup)";
  TransportSettings settings;
  settings.smtp_url = "smtp://localhost:" + sink.port;
  settings.smtp_from = "pagewake@rum.example";
  settings.smtp_user = "pagewake";
  settings.smtp_password = "wrong";
  settings.smtp_ca_file = kRoot + "/tests/cases/smtp/certificate.pem";
  Channel channel;
  channel.addresses = {"ann@shop.example", "bob@shop.example"};

  const Status refused = make_transport(settings)(channel, message(), 3);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "send_failed");

  settings.smtp_password = "s3cret";
  TransportSettings strangers = settings;
  strangers.smtp_ca_file.clear();
  EXPECT_FALSE(make_transport(strangers)(channel, message(), 3).ok())
      << "a certificate that nobody vouches for";

  const Status sent = make_transport(settings)(channel, message(), 3);
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  const auto mail = nlohmann::json::parse(sink.line(), nullptr, false);
  ASSERT_TRUE(mail.is_object());
  EXPECT_EQ(mail["from"], "pagewake@rum.example");
  EXPECT_EQ(mail["to"], nlohmann::json({"ann@shop.example", "bob@shop.example"}));
  EXPECT_EQ(mail["subject"], message().title);
  EXPECT_EQ(mail["defects"], nlohmann::json::array());
  EXPECT_EQ(mail["text"].get<std::string>(), to_text(message()));
  EXPECT_EQ(mail["html"].get<std::string>(), to_html(message()));

  const Status reported = make_transport(settings)(channel, report(), 4);
  ASSERT_TRUE(reported.ok()) << reported.error().message;
  const auto weekly = nlohmann::json::parse(sink.line(), nullptr, false);
  ASSERT_TRUE(weekly.is_object());
  EXPECT_EQ(weekly["subject"], report().title);
  EXPECT_EQ(weekly["defects"], nlohmann::json::array());
  EXPECT_EQ(weekly["text"].get<std::string>(), to_text(report()));
  EXPECT_EQ(weekly["html"].get<std::string>(), to_html(report()));
}

}  // namespace
}  // namespace pagewake::alerting
