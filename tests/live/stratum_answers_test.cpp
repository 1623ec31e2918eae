// SPDX-License-Identifier: Apache-2.0
// Which DNS answers make an address a pool: those to a question that was asked, and none that
// somebody else sends from port 53.
#include <gtest/gtest.h>

#include <cerrno>

#include "stratum_site.h"

namespace davylamp::test {
namespace {

struct Case {
    const char* name; // of answers.py
    bool counts;
    const char* server = "127.0.0.53";
};

constexpr Case kCases[] = {
    {"asked", true},
    {"connected", true},
    {"asked_in_mixed_case", true},
    {"asked_again", true},
    {"two_at_once", true},
    {"unasked", false},
    {"by_another_user", false},
    {"another_server", false},
    {"another_port", false},
    {"another_id", false},
    {"another_name", false},
    {"another_listed_name", false},
    {"another_type", false},
    {"another_socket", false},
    {"another_answer", false},
    {"late", false},
    // A question that was lost among others, or not read, may have been this one.
    {"in_a_flood", true},
    {"in_a_flood_of_another_server", false},
    {"in_a_flood_on_another_socket", true},
    {"two_in_one_datagram", true},
    {"with_options", true},
    {"tcp", true},
    {"tcp_another_id", false},
    {"tcp_another_name", false},
    {"asked", true, "::1"},
    {"connected", true, "::1"},
    {"with_options", true, "::1"},
    {"another_id", false, "::1"},
    {"tcp", true, "::1"},
};

// Each in a network of its own, so that none learns from another.
TEST(StratumAnswers, CountWhereTheyWereAskedFor)
{
    TempFolder folder;
    std::string script;
    for (std::size_t i = 0; i < std::size(kCases); i++)
        script += quoted({"unshare", "-n", "bash", "-c", "ip link set lo up; exec \"$@\"", "-",
                          "/usr/bin/python3", "-BS", scripts() + "/answers.py", kCases[i].name,
                          "pool.test", "127.0.7.7", kCases[i].server, folder / std::to_string(i)}) +
                  "& ";
    GuardOptions options;
    options.mode = Mode::block;
    options.policy = R"({"detections": {"stratum": {"names": ["pool.test"]}}})";
    options.command = bash(script + "wait");
    GuardResult result = run_guard(options);
    for (std::size_t i = 0; i < std::size(kCases); i++)
        EXPECT_EQ(slurp(folder / std::to_string(i)),
                  std::to_string(kCases[i].counts ? EPERM : ECONNREFUSED))
            << kCases[i].name << " " << kCases[i].server << "\n"
            << result.err;
}

} // namespace
} // namespace davylamp::test
