// SPDX-License-Identifier: Apache-2.0
// Connections to addresses and ports that policy lists, side by side under one guard as far as the
// lists go together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

#include "stratum_site.h"
#include "support/fake_pool.h"

namespace davylamp::test {
namespace {

using testing::IsEmpty;

struct Connect {
    const char* name;
    const char* address;
    const char* host; // where the pool is: the address as IPv4, or anything for IPv6
    const char* code;
};

struct List {
    const char* name;
    const char* members; // of detections.stratum; @P are the ports of the connects
    std::vector<Connect> connects;
};

const List kLists[] = {
    {"addresses",
     R"("addresses": [{"to": "127.0.0.2", "note": "ours"}, "127.0.3.0/24", "127.0.4.1", "::1"])",
     {{"IPv4", "127.0.0.2", "127.0.0.2", "MINE-002"},
      {"IPv4 network", "127.0.3.9", "127.0.3.9", "MINE-002"},
      {"IPv4 as IPv6", "::ffff:127.0.4.1", "127.0.4.1", "MINE-002"},
      {"IPv6", "::1", "127.0.0.1", "MINE-002"}}},
    {"IPv6 network", R"("addresses": ["::/64"])", {{"IPv6", "::1", "127.0.0.1", "MINE-002"}}},
    {"ports",
     R"("ports": [@P], "ports_refuse": true)",
     {{"IPv4", "127.0.0.1", "127.0.0.1", "MINE-003"}, {"IPv6", "::1", "127.0.0.1", "MINE-003"}}},
};

void PrintTo(const List& list, std::ostream* stream) { *stream << list.name; }

class StratumListed : public testing::TestWithParam<std::tuple<List, Mode>> {};

TEST_P(StratumListed, Connects)
{
    const auto& [list, mode] = GetParam();
    TempFolder folder;
    std::vector<std::unique_ptr<FakePool>> pools;
    std::string script, ports;
    const std::string message = folder.write("message", "hello\n");
    for (const Connect& one : list.connects) {
        pools.push_back(std::make_unique<FakePool>(0, "", one.host));
        const std::string port = std::to_string(pools.back()->port());
        ports += (ports.empty() ? "" : ", ") + port;
        script += quoted({program("live_stratum_client"), one.address, port, message, "one",
                          folder / one.name}) +
                  "& ";
    }
    GuardOptions options;
    options.mode = mode;
    options.policy =
        "{\"detections\": {\"stratum\": {" + replaced(list.members, "@P", ports) + "}}}";
    options.command = bash(script + "wait");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;

    for (std::size_t i = 0; i < pools.size(); i++) {
        const Connect& one = list.connects[i];
        SCOPED_TRACE(one.name);
        std::vector<Finding> found = findings_of(result, pools[i]->port());
        ASSERT_EQ(found.size(), 1u) << result.out;
        EXPECT_EQ(found[0].code(), one.code);
        const ClientReport report = client_report(folder / one.name);
        if (mode == Mode::monitor) {
            EXPECT_EQ(found[0].action(), 3);
            EXPECT_EQ(report.connect, 0);
            continue;
        }
        EXPECT_EQ(found[0].action(), 2);
        EXPECT_TRUE(found[0].did("refuse"));
        EXPECT_THAT(pools[i]->connections(), IsEmpty());
        EXPECT_EQ(report.written, mode == Mode::block);
        if (mode == Mode::block) {
            EXPECT_EQ(report.connect, EPERM);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Live, StratumListed,
                         testing::Combine(testing::ValuesIn(kLists),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             return test_name(std::get<0>(test.param).name,
                                              std::get<1>(test.param));
                         });

} // namespace
} // namespace davylamp::test
