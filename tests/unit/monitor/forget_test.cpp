// SPDX-License-Identifier: Apache-2.0
// What is noted about a process is forgotten when it has ended.
#include <sys/stat.h>

#include "scene.h"

namespace davylamp::test {
namespace {

// A /proc of our own: who has a folder runs.
struct Proc {
    void runs(std::uint32_t pid)
    {
        const std::string name = std::to_string(pid);
        ASSERT_EQ(::mkdir((folder / name).c_str(), 0755), 0);
        folder.write(name + "/stat", name + " (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " +
                                         std::to_string(ticks_of(pid * kSecond)) + " 0\n");
    }
    void ends(std::uint32_t pid)
    {
        const std::string name = folder / std::to_string(pid);
        ASSERT_EQ(::unlink((name + "/stat").c_str()), 0);
        ASSERT_EQ(::rmdir(name.c_str()), 0);
    }
    TempFolder folder;
};

TEST(ByProcessTest, ANoteGoesWithTheSecondLookAfterTheEnd)
{
    ByProcess<int> notes;
    notes[id(100)] = 1;
    notes[id(200)] = 2;
    std::set<std::uint32_t> running{100, 200};
    auto look = [&] {
        notes.forget_ended(
            [&](const davy_process_id& one) { return running.count(one.tgid) != 0; });
    };
    look();
    running.erase(100);
    look(); // records of its last moments may still come
    ASSERT_NE(notes.find(id(100)), nullptr);
    look();
    EXPECT_EQ(notes.find(id(100)), nullptr);
    ASSERT_NE(notes.find(id(200)), nullptr);
    EXPECT_EQ(*notes.find(id(200)), 2);
    EXPECT_EQ(notes.size(), 1u);
}

// Of the processes that a sensor meets at start and in sweeps.
TEST(Forget, TheSweepersNotesShrinkAsProcessesEnd)
{
    Proc proc;
    Scene scene(proc.folder.path());
    Policy policy = default_policy();
    policy.image = Mode::kill;
    scene.start(policy);
    for (std::uint32_t pid = 100; pid < 120; pid++) {
        proc.runs(pid);
        scene.source->scope.push_back(process(pid, 1, "x"));
        scene.source->scope.back().image = gone(scene.source->scope.back().image);
    }
    ASSERT_TRUE(scene.monitor->first_sweep());
    EXPECT_EQ(scene.monitor->remembered(), 20u);
    for (std::uint32_t pid = 101; pid < 120; pid++)
        proc.ends(pid);
    scene.monitor->forget_ended();
    EXPECT_EQ(scene.monitor->remembered(), 20u);
    scene.monitor->forget_ended();
    EXPECT_EQ(scene.monitor->remembered(), 1u);
}

TEST(Forget, ThePidsNextProcessDoesNotKeepTheNote)
{
    Proc proc;
    Scene scene(proc.folder.path());
    scene.start();
    proc.runs(100);
    davy_process other = process(100, 1, "x");
    other.id.start_ns += 5 * kSecond; // than the one that has the pid now
    other.image = gone(other.image);
    scene.source->scope = {other};
    ASSERT_TRUE(scene.monitor->first_sweep());
    EXPECT_EQ(scene.monitor->remembered(), 1u);
    scene.monitor->forget_ended();
    scene.monitor->forget_ended();
    EXPECT_EQ(scene.monitor->remembered(), 0u);
}

TEST(Forget, TheSaversNotesShrinkToo)
{
    TempFolder above;
    EvidencePolicy policy;
    policy.folder = above / "evidence";
    auto store = open_evidence(policy);
    ASSERT_TRUE(store) << store.error().text();
    Saver saver(
        std::move(*store), [](std::uint64_t) {}, clock_ns);
    for (std::uint32_t pid = 100; pid < 120; pid++)
        EXPECT_TRUE(saver.claim(id(pid), memfd(1, "x")));
    EXPECT_FALSE(saver.claim(id(100), memfd(1, "x"))) << "once is enough";
    // One that execs itself for ever.
    for (std::uint64_t inode = 1; inode < 1000; inode++)
        saver.claim(id(100), memfd(inode, "x"));
    EXPECT_FALSE(saver.claim(id(100), memfd(999, "x")));
    EXPECT_EQ(saver.remembered(), 20u);
    auto first_runs = [](const davy_process_id& one) { return one.tgid == 100; };
    saver.forget_ended(first_runs);
    saver.forget_ended(first_runs);
    EXPECT_EQ(saver.remembered(), 1u);
}

} // namespace
} // namespace davylamp::test
