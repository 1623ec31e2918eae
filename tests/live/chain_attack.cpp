// SPDX-License-Identifier: Apache-2.0
#include "chain_attack.h"

#include <gmock/gmock.h>

namespace davylamp::test {

using testing::IsEmpty;

void expect_stopped(const Attack& attack, Mode mode)
{
    ChainSite site;
    GuardResult result = run_guard(mode, site.fill(attack.command));

    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first(attack.code);
    if (mode == Mode::monitor) {
        EXPECT_TRUE(exists(site.marker())) << "the attack itself does not work";
        EXPECT_EQ(finding.action(), 3);
        EXPECT_EQ(finding.disposition(), 15);
        EXPECT_EQ(finding.json["unmapped"]["would_block"], true);
        return;
    }
    EXPECT_FALSE(exists(site.marker())) << "the script ran\n" << result.out;
    EXPECT_EQ(finding.action(), 2);
    EXPECT_EQ(finding.disposition(), 2);
    // Nothing is served where the connect was refused; else the interpreter, or the stage that
    // feeds it, died before its first instruction.
    if (attack.order == Order::reader_first) {
        EXPECT_TRUE(finding.did("refuse")) << result.out;
    }
    if (attack.order == Order::reader_late || !finding.did("refuse")) {
        EXPECT_TRUE(finding.did("kill_current")) << result.out;
    } else if (attack.order != Order::fallback || mode == Mode::block) {
        EXPECT_THAT(site.web.requests(), IsEmpty()) << result.out;
    }
    if (mode == Mode::kill) {
        for (int pid : finding.pids())
            EXPECT_FALSE(is_running(pid)) << pid << "\n" << result.out;
    }
}

} // namespace davylamp::test
