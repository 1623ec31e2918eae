// SPDX-License-Identifier: Apache-2.0
// Stratum inside something else: through proxies, in WebSocket frames, both at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stratum_site.h"
#include "support/miner_pool.h"
#include "support/wire_capture.h"

namespace davylamp::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct WrappedRow {
    const char* name;
    std::vector<std::string> wraps; // pool.py's words, the outermost first
    std::vector<std::string> options;
    bool proxied;          // --NAME of the proxy comes first in `options`, without its address
    bool in_parts = false; // a beginning may leave
};

const WrappedRow kWrappedRows[] = {
    {"SOCKS4a", {"socks4"}, {"--socks4a"}, true},
    {"SOCKS5", {"socks5"}, {"--socks5"}, true},
    {"SOCKS5 with password", {"socks5"}, {"--socks5", "--auth"}, true},
    {"CONNECT", {"connect"}, {"--connect"}, true},
    {"WebSocket", {"websocket"}, {"--websocket"}, false},
    {"WebSocket in fragments", {"websocket"}, {"--websocket", "--fragments", "7"}, false, true},
    {"CONNECT and WebSocket", {"connect", "websocket"}, {"--connect", "--websocket"}, true},
};

struct WrappedSession {
    const WrappedRow& row;
    bool bytewise;
    std::uint16_t port;
    std::string result;
};

std::vector<std::string> miner_of(const WrappedSession& session, const std::string& dialect)
{
    std::vector<std::string> options = session.row.options;
    if (session.row.proxied)
        options.insert(options.begin() + 1, "127.0.0.1:" + std::to_string(session.port));
    options.insert(options.end(), {"--dialect", dialect, "--user", kWallet});
    if (session.bytewise)
        options.emplace_back("--bytewise");
    return miner(session.row.proxied ? "pool.test" : "127.0.0.1", session.port, session.result,
                 options);
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

class StratumWrapped : public testing::TestWithParam<Mode> {};

TEST_P(StratumWrapped, IsSeenInside)
{
    const Mode mode = GetParam();
    TempFolder folder;
    MinerPool pool(scripts(), 2 * std::size(kWrappedRows));
    WireCapture wire(pool.ports());
    std::vector<WrappedSession> sessions;
    std::string script;
    for (const WrappedRow& row : kWrappedRows) {
        for (bool bytewise : {false, true}) {
            const std::size_t number = sessions.size();
            sessions.push_back({row, bytewise, pool.port(number), folder / std::to_string(number)});
            script += quoted(miner_of(sessions.back(), bytewise ? "cryptonote" : "bitcoin")) + "& ";
        }
    }
    GuardResult result = run_guard(mode, script + "wait");
    EXPECT_EQ(result.exit_code, 86) << result.err;

    for (const WrappedSession& session : sessions) {
        SCOPED_TRACE(std::string(session.row.name) + (session.bytewise ? " bytewise" : ""));
        std::vector<Finding> found = findings_of(result, session.port);
        EXPECT_EQ(found.size(), 1u);
        if (found.empty())
            continue;
        EXPECT_EQ(found[0].code(), "MINE-001");
        EXPECT_EQ(fact(found[0], "wraps"), joined(session.row.wraps));
        EXPECT_EQ(fact(found[0], "dialect"), session.bytewise ? "cryptonote" : "bitcoin");
        ASSERT_EQ(found[0].pids("owner").size(), 1u);
        ASSERT_TRUE(eventually([&] { return pool.all_ended(session.port); }));
        auto connections = pool.connections(session.port);
        ASSERT_EQ(connections.size(), 1u);
        const nlohmann::json& end = connections[0].end;
        const nlohmann::json outcome = miner_outcome(session.result);
        EXPECT_EQ(end["wraps"], nlohmann::json(session.row.wraps)) << end;
        if (mode == Mode::monitor) {
            EXPECT_EQ(found[0].action(), 3);
            ASSERT_FALSE(outcome.is_null()) << result.err;
            EXPECT_EQ(outcome["shares"], 2) << outcome << end;
            continue;
        }
        EXPECT_EQ(found[0].action(), 2);
        EXPECT_EQ(found[0].disposition(), 6);
        EXPECT_EQ(end["shares"], 0);
        if (!session.bytewise && !session.row.in_parts) {
            EXPECT_EQ(connections[0].text, "");
        }
        EXPECT_THAT(connections[0].text, Not(HasSubstr(kWallet)));
        EXPECT_THAT(connections[0].text, Not(HasSubstr("mining.subscribe")));
        EXPECT_EQ(wire.sent_to(session.port), connections[0].raw); // nothing was lost on its way
        EXPECT_FALSE(is_running(found[0].pids("owner")[0]));
        EXPECT_EQ(outcome.is_null(), mode == Mode::kill) << outcome;
        if (mode == Mode::block && !outcome.is_null()) {
            EXPECT_TRUE(was_aborted(outcome, session.bytewise)) << outcome;
            EXPECT_LT(outcome["ms"], 5000);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Live, StratumWrapped,
                         testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

} // namespace
} // namespace davylamp::test
