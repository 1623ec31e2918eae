// SPDX-License-Identifier: Apache-2.0
// The many ways to send a first message, and the many shapes that pools take it in: all rows side
// by side under one guard, each with a pool of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

#include "stratum_site.h"
#include "support/fake_pool.h"
#include "support/wire_capture.h"

namespace davylamp::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct SendRow {
    std::string name;
    const char* how; // live_stratum_client's
    std::string message;
    std::vector<std::string> tokens; // none of them may leave whole
    const char* address = "127.0.0.1";
    bool in_parts = false; // something may leave: what comes before the message that convicts
};

const std::vector<std::string> kLoginTokens{kWallet};

// Harmless lines, so many bytes.
std::string padding(std::size_t size)
{
    const std::string line = R"({"jsonrpc":"2.0","id":7,"method":"server.ping","params":[")" +
                             std::string(400, 'p') + "\"]}\n";
    std::string lines;
    while (lines.size() < size)
        lines += line;
    return lines;
}

// Its "method" spelled with escapes, value and key.
std::string escaped_login()
{
    return replaced(replaced(login_message(), "\"method\"", "\"\\u006dethod\""), "\"login\",",
                    "\"\\u006cog\\u0069n\",");
}

std::string reordered_login()
{
    return R"({"params":{"agent":"a","pass":"x","login":")" + kWallet +
           R"("},"jsonrpc":"2.0","id":1,"method":"login"})"
           "\n";
}

std::string batch()
{
    std::string one = subscribe_message(), two = authorize_message();
    one.pop_back();
    two.pop_back();
    return "[" + one + ", " + two + "]\n";
}

std::vector<SendRow> rows()
{
    const std::string login = login_message(), subscribe = subscribe_message();
    std::vector<SendRow> rows;
    for (const char* how : {"one", "byte"}) {
        const bool parts = std::string(how) == "byte";
        auto add = [&](const char* name, std::string message, std::vector<std::string> tokens) {
            rows.push_back({std::string(name) + " " + how, how, std::move(message),
                            std::move(tokens), "127.0.0.1", parts});
        };
        add("subscribe", subscribe, {"mining.subscribe"});
        add("authorize", authorize_message(), {"mining.authorize", kWallet});
        add("configure", configure_message(), {"mining.configure"});
        add("eth_submitLogin", eth_login_message(), {"eth_submitLogin"});
        add("login", login, kLoginTokens);
        add("blank lines", "\r\n \n\t\n" + login, kLoginTokens);
        add("CR LF", replaced(login, "\n", "\r\n"), kLoginTokens);
        add("escapes", escaped_login(), kLoginTokens);
        add("keys reordered", reordered_login(), kLoginTokens);
        add("batch", batch(), {"mining.subscribe", kWallet});
    }
    for (const char* address : {"::1", "::ffff:127.0.0.1"}) {
        for (const char* how : {"one", "byte"})
            rows.push_back({std::string("login ") + address + " " + how, how, login, kLoginTokens,
                            address, std::string(how) == "byte"});
    }
    for (const char* how : {"writev", "sendmsg", "sendfile", "splice", "zerocopy", "uring",
                            "sqpoll", "fork", "cork", "more"})
        rows.push_back({std::string("login ") + how, how, login, kLoginTokens});
    rows.push_back({"login nagle", "nagle", login, kLoginTokens, "127.0.0.1", true});
    rows.push_back({"login passed", "passed", login, kLoginTokens});
    rows.push_back({"login orphan", "orphan", login, kLoginTokens});
    rows.push_back({"server first", "listen", subscribe, {"mining.subscribe"}});
    rows.push_back(
        {"padding before", "one", padding(60000) + login, kLoginTokens, "127.0.0.1", true});
    rows.push_back(
        {"long padding before", "one", padding(100000) + login, kLoginTokens, "127.0.0.1", true});
    rows.push_back({"padding between",
                    "one",
                    "\n" + padding(30000) + "\r\n" + padding(30000) + subscribe + padding(1000) +
                        authorize_message(),
                    {"mining.subscribe", kWallet},
                    "127.0.0.1",
                    true});
    rows.push_back({"padding after", "one", login + padding(60000), kLoginTokens});
    return rows;
}

struct Attack {
    SendRow row;
    std::unique_ptr<FakePool> pool;
    std::string result;
};

void expect_works(const Attack& attack, const Finding& alert)
{
    const std::string& message = attack.row.message;
    EXPECT_TRUE(eventually([&] { return attack.pool->bytes() == message; }))
        << attack.pool->bytes().size() << " of " << message.size() << " bytes";
    EXPECT_EQ(alert.action(), 3);
    EXPECT_EQ(alert.disposition(), 15);
    // Who mines, and with what, is told however late in the segment it comes.
    if (attack.row.name.find("padding before") != std::string::npos) {
        EXPECT_THAT(alert.json.dump(), HasSubstr(kWallet));
    }
    const ClientReport report = client_report(attack.result);
    EXPECT_TRUE(report.written && !report.connect && !report.send && !report.recv)
        << "the attack itself does not work: " << slurp(attack.result);
}

void expect_refused(const Attack& attack, const Finding& alert, Mode mode, WireCapture& wire)
{
    const SendRow& row = attack.row;
    EXPECT_EQ(alert.action(), 2);
    EXPECT_EQ(alert.disposition(), 6);
    // The connection ends at the pool too, so nothing can come after this.
    EXPECT_TRUE(eventually([&] { return attack.pool->all_ended(); }));
    const std::string arrived = attack.pool->bytes(), left = wire.sent_to(attack.pool->port());
    if (!row.in_parts) {
        EXPECT_EQ(arrived, "");
        EXPECT_EQ(left, "");
    }
    for (const std::string& token : row.tokens) {
        EXPECT_THAT(arrived, Not(HasSubstr(token)));
        EXPECT_THAT(left, Not(HasSubstr(token)));
    }
    EXPECT_LT(arrived.size(), row.message.size());
    for (int pid : alert.pids("owner"))
        EXPECT_FALSE(is_running(pid));
    const ClientReport report = client_report(attack.result);
    if (mode == Mode::kill) {
        EXPECT_FALSE(report.written) << "who sent it lived on: " << slurp(attack.result);
        return;
    }
    ASSERT_TRUE(report.written);
    EXPECT_TRUE(report.send == ECONNABORTED || report.recv == ECONNABORTED ||
                (row.in_parts && report.send == EPIPE))
        << slurp(attack.result);
    EXPECT_LT(std::chrono::milliseconds(report.ms), kDeadline / 6);
}

class StratumSend : public testing::TestWithParam<Mode> {};

TEST_P(StratumSend, InEachWay)
{
    const Mode mode = GetParam();
    TempFolder folder;
    std::vector<Attack> attacks;
    std::vector<std::uint16_t> ports;
    std::string script;
    for (SendRow& row : rows()) {
        const std::string greeting = std::string(row.how) == "listen"
                                         ? "{\"id\":null,\"result\":\"welcome\",\"error\":null}\n"
                                         : "";
        auto pool = std::make_unique<FakePool>(0, greeting);
        const std::string number = std::to_string(attacks.size());
        ports.push_back(pool->port());
        script += quoted({program("live_stratum_client"), row.address, std::to_string(pool->port()),
                          folder.write("message." + number, row.message), row.how,
                          folder / ("result." + number)}) +
                  "& ";
        attacks.push_back({std::move(row), std::move(pool), folder / ("result." + number)});
    }
    WireCapture wire(ports);
    GuardResult result = run_guard(mode, script + "wait");
    EXPECT_EQ(result.exit_code, 86) << result.err;

    for (const Attack& attack : attacks) {
        SCOPED_TRACE(attack.row.name);
        std::vector<Finding> found = findings_of(result, attack.pool->port());
        EXPECT_EQ(found.size(), 1u);
        if (found.empty())
            continue;
        EXPECT_EQ(found[0].code(), "MINE-001");
        EXPECT_EQ(found[0].pids("owner").size(), 1u);
        if (mode == Mode::monitor)
            expect_works(attack, found[0]);
        else
            expect_refused(attack, found[0], mode, wire);
    }
}

INSTANTIATE_TEST_SUITE_P(Live, StratumSend, testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

} // namespace
} // namespace davylamp::test
