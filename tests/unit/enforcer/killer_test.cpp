// SPDX-License-Identifier: Apache-2.0
// Who is ended, and who is not.
#include "enforcer/killer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/process.h"
#include "davylamp/rules/reach.h"
#include "support/subprocess.h"

namespace davylamp::test {
namespace {

class Killing : public testing::Test {
protected:
    davy_process_id id() const
    {
        return {tick_start_ns(start_ticks(child.pid()).value_or(0)),
                static_cast<std::uint32_t>(child.pid()), 0};
    }
    Subprocess child{{"sleep", "60"}};
};

TEST_F(Killing, EndsTheProcessOfTheRecord)
{
    EXPECT_EQ(PidfdKiller().kill(id(), DAVY_OWN_ACT).outcome, DAVY_OUTCOME_KILLED);
    EXPECT_EQ(child.wait(), 128 + SIGKILL);
    EXPECT_EQ(PidfdKiller().kill(id(), DAVY_OWN_ACT).outcome, DAVY_OUTCOME_GONE);
}

TEST_F(Killing, LeavesAnotherProcessOfThatPidAlone)
{
    davy_process_id other = id();
    other.start_ns = tick_start_ns(ticks_of(other.start_ns) - 1);
    EXPECT_EQ(PidfdKiller().kill(other, DAVY_OWN_ACT).outcome, DAVY_OUTCOME_GONE);
    EXPECT_EQ(PidfdKiller().kill(id(), DAVY_OWN_ACT).outcome, DAVY_OUTCOME_KILLED);
}

// Its parent has not asked for it yet: it is no more there to be ended, and has left what it had.
TEST_F(Killing, WhoWaitsForHisParentIsGone)
{
    ::kill(child.pid(), SIGKILL);
    siginfo_t ended{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &ended, WEXITED | WNOWAIT), 0);
    EXPECT_EQ(PidfdKiller().stop(id(), DAVY_OWN_ACT).outcome, DAVY_OUTCOME_GONE);
    EXPECT_EQ(PidfdKiller().kill(id(), DAVY_OWN_ACT).outcome, DAVY_OUTCOME_GONE);
}

// A /proc that does not say who it is: it may be anybody, and it runs.
TEST_F(Killing, DoesNotSayThatWhoRunsIsGone)
{
    TempFolder empty;
    Outcome done = PidfdKiller({}, empty.path()).kill(id(), DAVY_OWN_ACT);
    EXPECT_EQ(done.outcome, DAVY_OUTCOME_FAILED);
    EXPECT_NE(done.error, 0);
    EXPECT_EQ(PidfdKiller().kill(id(), DAVY_OWN_ACT).outcome, DAVY_OUTCOME_KILLED);
}

// For somebody else's act, who could not have signalled it himself (rules/reach.h).
TEST_F(Killing, ReachesOnlyWhomTheCauserReaches)
{
    const std::uint64_t stranger = ::getuid() + 1;
    EXPECT_EQ(PidfdKiller().kill(id(), stranger).outcome, DAVY_OUTCOME_OUT_OF_REACH);
    EXPECT_EQ(PidfdKiller().stop(id(), stranger).outcome, DAVY_OUTCOME_OUT_OF_REACH);
    EXPECT_EQ(::kill(child.pid(), 0), 0) << "it lives";
    EXPECT_EQ(PidfdKiller().kill(id(), ::getuid()).outcome, DAVY_OUTCOME_KILLED);
    EXPECT_EQ(child.wait(), 128 + SIGKILL);
}

// Whose it is cannot be read: then nobody may be hit for another's act.
TEST_F(Killing, HitsNobodyWhoseUserIsNotKnown)
{
    TempFolder proc;
    const std::string folder = proc / std::to_string(child.pid());
    std::filesystem::create_directory(folder);
    std::filesystem::copy("/proc/" + std::to_string(child.pid()) + "/stat", folder + "/stat");
    EXPECT_EQ(PidfdKiller({}, proc.path()).kill(id(), 0).outcome, DAVY_OUTCOME_FAILED);
    EXPECT_EQ(::kill(child.pid(), 0), 0);
}

TEST_F(Killing, SparesWhoIsNeverKilled)
{
    const auto other = [](pid_t) { return false; };
    PidfdKiller killer([&](pid_t pid) { return pid == child.pid(); });
    EXPECT_EQ(killer.stop(id(), DAVY_OWN_ACT).outcome, DAVY_OUTCOME_SPARED);
    EXPECT_EQ(killer.kill(id(), DAVY_OWN_ACT).outcome, DAVY_OUTCOME_SPARED);
    EXPECT_EQ(PidfdKiller(other).kill(id(), DAVY_OWN_ACT).outcome, DAVY_OUTCOME_KILLED);
}

} // namespace
} // namespace davylamp::test
