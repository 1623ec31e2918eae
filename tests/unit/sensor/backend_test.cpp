// SPDX-License-Identifier: Apache-2.0
// Which backend is chosen after trying each.
#include <gtest/gtest.h>

#include <set>

#include "davylamp/abi/numbers.h"
#include "sensor/backend.h"
#include "sensor/host.h"

namespace davylamp::test {
namespace {

// A host on which these programs run.
struct Host {
    std::set<std::string> running;
    std::vector<std::string> tried;

    std::vector<HookChoice> choose()
    {
        return choose_backends(backend_rows(), [&](const BackendRow& row) {
            tried.push_back(row.program);
            return running.count(row.program) ? std::string() : "no " + std::string(row.program);
        });
    }
};

std::vector<int> backends(const std::vector<HookChoice>& choices)
{
    std::vector<int> out;
    for (const HookChoice& choice : choices)
        out.push_back(choice.backend());
    return out;
}

TEST(BackendChoice, TheBestThatServesByHook)
{
    struct {
        const char* what;
        std::set<std::string> running;
        std::vector<int> expected; // exec, unlink, rename
    } rows[] = {
        {"nothing", {}, {0, 0, 0}},
        {"all",
         {"davy_lsm_exec", "davy_lsm_unlink", "davy_lsm_rename", "davy_mod_exec", "davy_mod_unlink",
          "davy_mod_rename"},
         {DAVY_BACKEND_LSM, DAVY_BACKEND_LSM, DAVY_BACKEND_LSM}},
        {"fmod_ret alone",
         {"davy_mod_exec", "davy_mod_unlink", "davy_mod_rename"},
         {DAVY_BACKEND_FMOD_RET, DAVY_BACKEND_FMOD_RET, DAVY_BACKEND_FMOD_RET}},
        {"each its own",
         {"davy_lsm_exec", "davy_mod_rename"},
         {DAVY_BACKEND_LSM, DAVY_BACKEND_PORTABLE, DAVY_BACKEND_FMOD_RET}},
    };
    for (auto& row : rows) {
        Host host{row.running, {}};
        EXPECT_EQ(backends(host.choose()), row.expected) << row.what;
    }
}

TEST(BackendChoice, NothingIsTriedBehindWhatServes)
{
    Host host{{"davy_lsm_exec", "davy_mod_unlink"}, {}};
    host.choose();
    EXPECT_EQ(host.tried,
              (std::vector<std::string>{"davy_lsm_exec", "davy_lsm_unlink", "davy_mod_unlink",
                                        "davy_lsm_rename", "davy_mod_rename"}));
}

TEST(BackendChoice, EachRefusalKeepsItsReason)
{
    Host host{{"davy_mod_unlink"}, {}};
    auto choices = host.choose();
    ASSERT_EQ(choices[DAVY_HOOK_UNLINK].refusals.size(), 1u);
    EXPECT_EQ(choices[DAVY_HOOK_UNLINK].refusals[0].reason, "no davy_lsm_unlink");
    EXPECT_STREQ(choices[DAVY_HOOK_UNLINK].refusals[0].row->attaches_to, "lsm/inode_unlink");
    EXPECT_EQ(choices[DAVY_HOOK_UNLINK].served_by(), "fmod_ret/security_inode_unlink");
    EXPECT_EQ(choices[DAVY_HOOK_RENAME].refusals.size(), 2u);
    EXPECT_EQ(choices[DAVY_HOOK_EXEC].served_by(), "tp_btf/sched_process_exec");
}

// Each hook for itself: where unlink is served and rename is not, rename's programs stay.
TEST(BackendChoice, ReplacesThePortableProgramsOfItsHook)
{
    Host host{{"davy_lsm_exec", "davy_lsm_unlink"}, {}};
    auto choices = host.choose();
    for (const char* program : {"davy_unlink_in", "davy_unlinkat_in", "davy_unlink_out"}) {
        const HookChoice* by = replaces(choices, program);
        ASSERT_TRUE(by) << program;
        EXPECT_EQ(by->hook, DAVY_HOOK_UNLINK) << program;
    }
    for (const char* program : {"davy_rename_in", "davy_renamea_in", "davy_rename_out", "davy_exec",
                                "davy_execve_in", "davy_connect4"})
        EXPECT_FALSE(replaces(choices, program)) << program;
    Host all{{"davy_mod_rename"}, {}};
    EXPECT_TRUE(replaces(all.choose(), "davy_rename_out"));
    EXPECT_FALSE(replaces({}, "davy_unlink_in"));
}

TEST(LsmList, HasBpfAsAName)
{
    EXPECT_TRUE(lsm_list_has_bpf("bpf"));
    EXPECT_TRUE(lsm_list_has_bpf("lockdown,capability,bpf,ipe"));
    EXPECT_TRUE(lsm_list_has_bpf("lockdown,bpf\n"));
    EXPECT_FALSE(lsm_list_has_bpf("lockdown,capability,yama,apparmor"));
    EXPECT_FALSE(lsm_list_has_bpf("lockdown,xbpf,bpfx"));
    EXPECT_FALSE(lsm_list_has_bpf(""));
}

} // namespace
} // namespace davylamp::test
