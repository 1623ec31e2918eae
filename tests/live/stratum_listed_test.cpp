// Connections to listed addresses and ports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "stratum_site.h"
#include "support/fake_pool.h"
#include "support/loopback.h"

namespace davylamp::test {
namespace {

using testing::IsEmpty;

std::vector<std::string> client(const std::string& address, const FakePool& pool,
                                const TempFolder& folder, const std::string& message,
                                const std::string& how)
{
    return {program("live_stratum_client"),   address, std::to_string(pool.port()),
            folder.write("message", message), how,     folder / "result"};
}

struct Listed {
    const char* name;
    const char* list; // a member of detections.stratum; @P is the pool's port
    const char* address;
    const char* code;
};

void PrintTo(const Listed& listed, std::ostream* stream) { *stream << listed.name; }

const Listed kListed[] = {
    {"IPv4", R"("addresses": [{"to": "127.0.0.1", "note": "ours"}])", "127.0.0.1", "MINE-002"},
    {"IPv4 network", R"("addresses": ["127.0.0.0/8"])", "127.0.0.1", "MINE-002"},
    {"IPv4 as IPv6", R"("addresses": ["127.0.0.1"])", "::ffff:127.0.0.1", "MINE-002"},
    {"IPv6", R"("addresses": ["::1"])", "::1", "MINE-002"},
    {"IPv6 network", R"("addresses": ["::/64"])", "::1", "MINE-002"},
    {"port", R"("ports": [@P], "ports_refuse": true)", "127.0.0.1", "MINE-003"},
    {"port IPv6", R"("ports": [@P], "ports_refuse": true)", "::1", "MINE-003"},
};

class StratumListed : public testing::TestWithParam<std::tuple<Listed, Mode>> {};

TEST_P(StratumListed, Connect)
{
    const auto& [listed, mode] = GetParam();
    TempFolder folder;
    FakePool pool;
    GuardOptions options;
    options.mode = mode;
    options.policy = "{\"detections\": {\"stratum\": {" +
                     replaced(listed.list, "@P", std::to_string(pool.port())) + "}}}";
    options.command = client(listed.address, pool, folder, "hello\n", "one");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first(listed.code);
    ClientReport report = client_report(folder / "result");
    if (mode == Mode::monitor) {
        EXPECT_EQ(finding.action(), 3);
        EXPECT_EQ(report.connect, 0);
        return;
    }
    EXPECT_EQ(finding.action(), 2);
    EXPECT_TRUE(finding.did("refuse"));
    EXPECT_THAT(pool.connections(), IsEmpty());
    EXPECT_EQ(report.written, mode == Mode::block);
    if (mode == Mode::block) {
        EXPECT_EQ(report.connect, EPERM);
    }
}

INSTANTIATE_TEST_SUITE_P(Live, StratumListed,
                         testing::Combine(testing::ValuesIn(kListed),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             return test_name(std::get<0>(test.param).name,
                                              std::get<1>(test.param));
                         });

} // namespace
} // namespace davylamp::test
