// SPDX-License-Identifier: Apache-2.0
// A relay for many writes what its clients say. The flow ends, and the relay lives; nobody gains by
// playing relay to himself.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "base/unique_fd.h"
#include "stratum_site.h"
#include "support/eventually.h"
#include "support/fake_pool.h"

namespace davylamp::test {
namespace {

// A client outside the guard.
UniqueFd connected(std::uint16_t port)
{
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ::inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    const timeval patience{10, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
        return UniqueFd();
    return fd;
}

// It says something; returns what was answered.
std::string answer(std::uint16_t port, const std::string& message)
{
    const UniqueFd fd = connected(port);
    if (::send(fd.get(), message.data(), message.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(message.size()))
        return {};
    char text[256];
    const ssize_t size = ::recv(fd.get(), text, sizeof text, 0);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

bool answered(std::uint16_t port, const std::string& message)
{
    return !answer(port, message).empty();
}

// Runs until FOLDER/stop is there. FOLDER/lived: it was not ended before.
std::vector<std::string> until_stop(const TempFolder& folder, const std::vector<std::string>& words)
{
    return bash(quoted(sharing(words)) + "& relay=$!; until [ -e " + (folder / "stop") +
                " ]; do sleep 0.05; done; kill $relay && touch " + (folder / "lived") +
                "; wait; exit 0");
}

// Where it listens, once it does; 0: it never did.
std::uint16_t port_of_relay(const TempFolder& folder)
{
    if (!eventually([&] { return exists(folder / "relay.port"); }))
        return 0;
    return static_cast<std::uint16_t>(std::stoi(slurp(folder / "relay.port")));
}

constexpr const char* kPing = "{\"id\":1,\"method\":\"server.ping\",\"params\":[]}\n";

struct RelayCase {
    Mode mode;
    const char* how;
};

class StratumRelay : public testing::TestWithParam<RelayCase> {};

TEST_P(StratumRelay, LivesAndGoesOn)
{
    const auto [mode, how] = GetParam();
    TempFolder folder;
    FakePool pool;
    GuardOptions options;
    options.mode = mode;
    options.alone = true;
    options.command =
        until_stop(folder, {"relay", folder.path(), std::to_string(pool.port()), how});
    Guard guard(options);
    const std::uint16_t port = port_of_relay(folder);
    ASSERT_NE(port, 0);
    EXPECT_TRUE(answered(port, kPing));
    EXPECT_EQ(answered(port, login_message()), mode == Mode::monitor);
    EXPECT_EQ(answered(port, subscribe_message()), mode == Mode::monitor);
    // Neither is where its clients went refused to it.
    EXPECT_TRUE(answered(port, kPing));
    folder.write("stop", "");
    GuardResult result = guard.finish();
    EXPECT_TRUE(exists(folder / "lived")) << "the relay was ended: " << result.out;
    EXPECT_EQ(pool.bytes().find(kWallet) == std::string::npos, mode != Mode::monitor);
    std::vector<Finding> found = findings_of(result, pool.port());
    // A process that says the like again is counted, and a process a client is another.
    EXPECT_EQ(found.size(), *how ? 2u : 1u) << result.out;
    for (const Finding& finding : found) {
        EXPECT_EQ(finding.code(), "MINE-001");
        EXPECT_EQ(fact(finding, "relayed"), "yes") << finding.json;
    }
}

INSTANTIATE_TEST_SUITE_P(Live, StratumRelay,
                         testing::Values(RelayCase{Mode::monitor, ""}, RelayCase{Mode::block, ""},
                                         RelayCase{Mode::kill, ""}, RelayCase{Mode::kill, "fork"}),
                         [](const auto& test) {
                             return std::string(mode_name(test.param.mode)) + test.param.how;
                         });

// Many say a great deal to who listens there, four messages to a segment.
void flood(std::uint16_t port, int connections, int segments)
{
    const std::string message = login_message();
    for (int i = 0; i < connections; i++) {
        UniqueFd fd = connected(port);
        const int no_delay = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
        for (int j = 0; j < segments; j++) {
            std::string text;
            for (int k = 0; k < 4; k++)
                text += replaced(message, "\"id\":1",
                                 "\"id\":" + std::to_string((i * segments + j) * 4 + k + 10));
            EXPECT_EQ(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL),
                      static_cast<ssize_t>(text.size()));
        }
    }
}

// A client sends a message and is gone when it is passed on; before that, `meanwhile` happens.
void expect_forwarded(Mode mode, const std::function<void(std::uint16_t)>& meanwhile)
{
    SCOPED_TRACE(mode);
    TempFolder folder;
    FakePool pool;
    GuardOptions options;
    options.mode = mode;
    options.alone = true;
    options.command =
        until_stop(folder, {"relay", folder.path(), std::to_string(pool.port()), "forward"});
    Guard guard(options);
    const std::uint16_t port = port_of_relay(folder);
    ASSERT_NE(port, 0);
    EXPECT_FALSE(answered(port, login_message()));
    meanwhile(port);
    folder.write("go", "");
    // It takes the next one once it is through with the first.
    EXPECT_FALSE(answered(port, kPing));
    folder.write("stop", "");
    GuardResult result = guard.finish();
    EXPECT_TRUE(exists(folder / "lived")) << "the relay was ended: " << result.out;
    EXPECT_EQ(pool.bytes().find(kWallet) == std::string::npos, mode == Mode::kill);
    std::vector<Finding> found = findings_of(result, pool.port());
    ASSERT_GE(found.size(), 1u) << result.out;
    EXPECT_EQ(found[0].code(), "MINE-001");
    EXPECT_EQ(fact(found[0], "relayed"), "yes") << found[0].json;
}

TEST(StratumRelayForwards, WhatNobodyHoldsAnyMore)
{
    for (Mode mode : {Mode::monitor, Mode::kill})
        expect_forwarded(mode, [](std::uint16_t) {});
}

// More than the sensor remembers was said since: then no relay pays for what it passes on.
TEST(StratumRelayForwards, WhatWasForgotten)
{
    expect_forwarded(Mode::kill, [](std::uint16_t port) { flood(port, 40, 40); });
}

// A shared proxy is asked for a pool that is listed by its address, and for another host.
class StratumProxy : public testing::TestWithParam<Mode> {};

TEST_P(StratumProxy, LivesAndGoesOn)
{
    TempFolder folder;
    FakePool pool(0, "", "127.0.0.2"), other;
    GuardOptions options;
    options.mode = GetParam();
    options.alone = true;
    options.policy = R"({"detections": {"stratum": {"addresses": ["127.0.0.2"]}}})";
    options.command = until_stop(folder, {"proxy", folder.path(), "0"});
    Guard guard(options);
    const std::uint16_t port = port_of_relay(folder);
    ASSERT_NE(port, 0);
    auto ask = [&](const char* host, std::uint16_t for_port) {
        return answer(port, "CONNECT " + std::string(host) + ":" + std::to_string(for_port) +
                                " HTTP/1.1\r\nHost: x\r\n\r\n");
    };
    const char* refused = GetParam() == Mode::monitor ? "HTTP/1.1 200" : "HTTP/1.1 502";
    EXPECT_EQ(ask("127.0.0.1", other.port()).substr(0, 12), "HTTP/1.1 200");
    EXPECT_EQ(ask("127.0.0.2", pool.port()).substr(0, 12), refused);
    EXPECT_EQ(ask("127.0.0.1", other.port()).substr(0, 12), "HTTP/1.1 200");
    folder.write("stop", "");
    GuardResult result = guard.finish();
    EXPECT_TRUE(exists(folder / "lived")) << "the proxy was ended: " << result.out;
    std::vector<Finding> found = findings_of(result, pool.port());
    ASSERT_EQ(found.size(), 1u) << result.out;
    EXPECT_EQ(found[0].code(), "MINE-002");
    EXPECT_EQ(fact(found[0], "relayed"), "yes") << found[0].json;
}

INSTANTIATE_TEST_SUITE_P(Live, StratumProxy,
                         testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

// A client says it in a way that the sensor cannot read. A miner of another user is ended at the
// same time.
struct UnreadCase {
    const char* name;
    const char* relay;
    std::function<void(int, const std::string&)> says;
};

void say(int fd, const std::string& text, int flags = 0)
{
    EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL | flags),
              static_cast<ssize_t>(text.size()));
}

void heard(int fd)
{
    char text[256];
    EXPECT_GT(::recv(fd, text, sizeof text, 0), 0);
}

class StratumUnread : public testing::TestWithParam<UnreadCase> {};

TEST_P(StratumUnread, IsNotHeldAgainstARelay)
{
    const UnreadCase& test = GetParam();
    TempFolder folder;
    FakePool pool, own;
    GuardOptions options;
    options.mode = Mode::kill;
    options.alone = true;
    const bool proxies = std::string(test.relay) == "proxy";
    options.command = until_stop(
        folder, proxies ? std::vector<std::string>{"proxy", folder.path(), "0"}
                        : std::vector<std::string>{"relay", folder.path(),
                                                   std::to_string(pool.port()), test.relay});
    // The miner.
    options.command.back() = "(until [ -e " + (folder / "mine") +
                             " ]; do sleep 0.05; done; exec setpriv --reuid 65533 " +
                             "--regid 65533 --clear-groups bash -c 'exec 3<>/dev/tcp/127.0.0.1/" +
                             std::to_string(own.port()) + "; cat " +
                             folder.write("login", login_message()) + " >&3; sleep 1; touch " +
                             (folder / "survived") + "')& " + options.command.back();
    ::chmod((folder / "login").c_str(), 0644);
    ::chmod(folder.path().c_str(), 0777);
    Guard guard(options);
    const std::uint16_t port = port_of_relay(folder);
    ASSERT_NE(port, 0);
    UniqueFd fd = connected(port);
    const int no_delay = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
    test.says(fd.get(), proxies ? "127.0.0.1:" + std::to_string(pool.port()) : login_message());
    folder.write("accept", "");
    folder.write("go", "");
    ASSERT_TRUE(eventually([&] { return !pool.connections().empty(); }));
    ::sleep(2);
    fd = UniqueFd();
    folder.write("mine", "");
    ASSERT_TRUE(eventually([&] { return !own.connections().empty(); }));
    ::sleep(3);
    folder.write("stop", "");
    GuardResult result = guard.finish();
    EXPECT_TRUE(exists(folder / "lived")) << "the relay was ended: " << result.out;
    EXPECT_EQ(pool.bytes().find(kWallet), std::string::npos);
    std::vector<Finding> found = findings_of(result, pool.port());
    ASSERT_GE(found.size(), 1u) << result.out;
    EXPECT_EQ(fact(found[0], "relayed"), "yes") << found[0].json;
    EXPECT_EQ(own.bytes(), "");
    found = findings_of(result, own.port());
    ASSERT_EQ(found.size(), 1u) << result.out;
    EXPECT_EQ(fact(found[0], "relayed"), "") << found[0].json;
    EXPECT_FALSE(exists(folder / "survived")) << "the miner lived on: " << result.out;
}

INSTANTIATE_TEST_SUITE_P(
    Live, StratumUnread,
    testing::Values(UnreadCase{"urgent", "",
                               [](int fd, const std::string& login) {
                                   say(fd, login.substr(0, 30));
                                   say(fd, "#", MSG_OOB);
                                   say(fd, login.substr(30));
                               }},
                    UnreadCase{"many", "lines",
                               [](int fd, const std::string& login) {
                                   std::string all;
                                   for (int i = 2; i < 9; i++)
                                       all += replaced(login, "\"id\":1",
                                                       "\"id\":" + std::to_string(i));
                                   say(fd, all);
                               }},
                    UnreadCase{"early", "user",
                               [](int fd, const std::string& login) { say(fd, login); }},
                    UnreadCase{"nested", "proxy",
                               [](int fd, const std::string& to) {
                                   say(fd, "CONNECT " + to + " HTTP/1.1\r\n\r\n");
                                   heard(fd);
                                   std::string wrapped;
                                   for (int i = 0; i < 3; i++)
                                       wrapped += "CONNECT a:1 HTTP/1.1\r\n\r\n";
                                   say(fd, wrapped + login_message());
                               }}),
    [](const auto& test) { return std::string(test.param.name); });

// A client asks for a listed host in words that are not looked up.
TEST(StratumUnreadHost, IsNotHeldAgainstAProxy)
{
    TempFolder folder;
    FakePool pool(0, "", "127.0.0.2");
    GuardOptions options;
    options.mode = Mode::kill;
    options.alone = true;
    options.policy = R"({"detections": {"stratum": {"addresses": ["127.0.0.2"]}}})";
    options.command = until_stop(folder, {"proxy", folder.path(), "0"});
    Guard guard(options);
    const std::uint16_t port = port_of_relay(folder);
    ASSERT_NE(port, 0);
    const std::string to = std::to_string(pool.port());
    EXPECT_EQ(answer(port, "GET http://127.0.0.2:" + to + "/ HTTP/1.1\r\n\r\n").substr(0, 12),
              "HTTP/1.1 502");
    EXPECT_EQ(answer(port, "CONNECT 127.2:" + to + " HTTP/1.1\r\n\r\n").substr(0, 12),
              "HTTP/1.1 502");
    folder.write("stop", "");
    GuardResult result = guard.finish();
    EXPECT_TRUE(exists(folder / "lived")) << "the proxy was ended: " << result.out;
    EXPECT_EQ(pool.bytes(), "");
}

// Its own flow to its own relay is an outgoing one, and convicts.
TEST(StratumRelayItself, GainsNothing)
{
    for (Mode mode : {Mode::block, Mode::kill}) {
        SCOPED_TRACE(mode);
        TempFolder folder;
        FakePool pool;
        GuardOptions options;
        options.mode = mode;
        options.command = bash(quoted(sharing({"itself", folder.path(), std::to_string(pool.port()),
                                               folder.write("message", login_message())})));
        GuardResult result = run_guard(options);
        EXPECT_EQ(result.exit_code, 86) << result.err;
        EXPECT_EQ(result.first("MINE-001").action(), 2);
        EXPECT_EQ(pool.bytes(), "");
        EXPECT_EQ(exists(folder / "survived"), mode == Mode::block);
    }
}

} // namespace
} // namespace davylamp::test
