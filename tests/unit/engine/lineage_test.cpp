// SPDX-License-Identifier: Apache-2.0
#include "engine/lineage.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include "support/records.h"

// Where the program is linked with AddressSanitizer, which has a heap of its own: the bytes in use.
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();

namespace davylamp {
namespace {

using namespace test;

void exec_into(Lineage& lineage, const davy_event_exec& event)
{
    Record record(event);
    lineage.exec(record.event().as<davy_event_exec>(), exec_args(record.event()));
}

ProcessInfo info(const Lineage& lineage, std::uint32_t tgid)
{
    const Lineage::Process* process = lineage.find(id(tgid));
    EXPECT_NE(process, nullptr) << tgid;
    return process ? Lineage::info(*process) : ProcessInfo{};
}

std::vector<std::uint32_t> ancestor_pids(const Lineage& lineage, std::uint32_t tgid)
{
    std::vector<std::uint32_t> out;
    for (const ProcessInfo& ancestor : lineage.ancestors(id(tgid)))
        out.push_back(ancestor.id.tgid);
    return out;
}
using Pids = std::vector<std::uint32_t>;

TEST(Lineage, AForkedCopyRunsWhatItsParentRuns)
{
    Lineage lineage;
    exec_into(lineage,
              execs(5, with_uid(process(10, 1, "bash"), 33), "/bin/bash", {"bash", "-c", "x y"}));
    lineage.fork(forks(6, 10, 11, "bash"));
    ProcessInfo child = info(lineage, 11);
    EXPECT_EQ(child.id.tgid, 11u);
    EXPECT_EQ(child.parent.tgid, 10u);
    EXPECT_EQ(child.comm, "bash");
    EXPECT_EQ(child.image_path, "/bin/bash");
    EXPECT_EQ(child.args, (std::vector<std::string>{"bash", "-c", "x y"}));
    EXPECT_TRUE(child.ids_known);
    EXPECT_EQ(child.uid, 33u);
    EXPECT_EQ(child.image_inode, 100010u);
    EXPECT_EQ(child.started_ns, 6u);
}

TEST(Lineage, ExecReplacesTheStory)
{
    Lineage lineage;
    exec_into(lineage, execs(5, process(10, 1, "bash"), "/bin/bash", {"bash"}));
    lineage.fork(forks(6, 10, 11, "bash"));
    exec_into(lineage, execs(7, process(11, 10, "curl"), "/usr/bin/curl", {"curl", "", "u"}));
    ProcessInfo child = info(lineage, 11);
    EXPECT_EQ(child.comm, "curl");
    EXPECT_EQ(child.image_path, "/usr/bin/curl");
    EXPECT_EQ(child.args, (std::vector<std::string>{"curl", "", "u"}));
    EXPECT_EQ(info(lineage, 10).image_path, "/bin/bash");
}

TEST(Lineage, AnOrphanKeepsItsAncestors)
{
    Lineage lineage;
    exec_into(lineage, execs(5, process(10, 1, "sshd"), "/usr/sbin/sshd", {"sshd"}));
    lineage.fork(forks(6, 10, 11, "bash"));
    lineage.fork(forks(7, 11, 12, "bash")); // the double fork
    lineage.exit(exits(8, 11, "bash"));
    // Re-parented: the kernel's real_parent is 1 from now on.
    exec_into(lineage, execs(9, process(12, 1, "miner"), "/tmp/miner", {"miner"}));
    EXPECT_EQ(ancestor_pids(lineage, 12), (Pids{11, 10, 1}));
    EXPECT_TRUE(lineage.ancestors(id(12))[0].ended);
    EXPECT_EQ(lineage.ancestors(id(12))[2].comm, ""); // pid 1 was never described
    EXPECT_EQ(lineage.root(id(12)).tgid, 10u);
}

TEST(Lineage, AForkThatComesLateCorrectsASnapshot)
{
    Lineage lineage;
    lineage.seen(process(12, 1, "miner"), 5); // the alert ring was read first
    EXPECT_EQ(ancestor_pids(lineage, 12), (Pids{1}));
    lineage.fork(forks(4, 11, 12, "bash"));
    EXPECT_EQ(ancestor_pids(lineage, 12), (Pids{11}));
    EXPECT_EQ(info(lineage, 12).comm, "miner") << "the snapshot is newer than the fork";
    lineage.fork(forks(4, 10, 12, "bash"));
    EXPECT_EQ(ancestor_pids(lineage, 12), (Pids{11})) << "the first fork wins";
}

TEST(Lineage, APidUsedAgainIsAnotherProcess)
{
    Lineage lineage;
    lineage.seen(process(10, 1, "old"), 5);
    davy_process young = process(10, 1, "young");
    young.id.start_ns += kSecond;
    lineage.seen(young, 6);
    EXPECT_TRUE(lineage.find(id(10))->ended()) << "its exit was lost";
    EXPECT_FALSE(lineage.find(young.id)->ended());
    EXPECT_EQ(lineage.live(), 1u);
    EXPECT_EQ(info(lineage, 10).comm, "old");
}

TEST(Lineage, AnotherImageWithoutItsExecDropsTheOldCommandLine)
{
    Lineage lineage;
    exec_into(lineage, execs(5, process(10, 1, "bash"), "/bin/bash", {"bash"}));
    lineage.seen(with_image(process(10, 1, "miner"), process(99, 1, "miner").image), 6);
    EXPECT_TRUE(info(lineage, 10).args.empty());
    EXPECT_EQ(info(lineage, 10).image_path, "miner");
}

TEST(Lineage, ASnapshotWithoutAnImageLeavesTheKnownOne)
{
    Lineage lineage;
    exec_into(lineage, execs(5, process(10, 1, "bash"), "/bin/bash", {"bash"}));
    lineage.seen(with_image(process(10, 1, "bash"), davy_image{}), 6);
    EXPECT_EQ(info(lineage, 10).image_inode, 100010u);
    EXPECT_EQ(info(lineage, 10).image_path, "/bin/bash");
}

TEST(Lineage, RunningFindsCopiesAndSkipsTheEnded)
{
    Lineage lineage;
    davy_process miner = process(10, 1, "miner");
    exec_into(lineage, execs(5, miner, "/tmp/m", {"m"}));
    lineage.fork(forks(6, 10, 12, "miner"));
    lineage.fork(forks(6, 10, 11, "miner"));
    lineage.fork(forks(6, 10, 13, "miner"));
    lineage.exit(exits(7, 13, "miner"));
    lineage.seen(process(20, 1, "other"), 7);
    Pids found;
    for (const auto& who : lineage.running(miner.image.inode, miner.image.device))
        found.push_back(who.tgid);
    EXPECT_EQ(found, (Pids{10, 11, 12}));
}

TEST(Lineage, RootStopsBelowInitAndKthreadd)
{
    Lineage lineage;
    lineage.seen(process(1, 0, "systemd"), 1);
    lineage.seen(process(2, 0, "kthreadd"), 1);
    lineage.seen(process(10, 1, "cron"), 2);
    lineage.seen(process(11, 10, "sh"), 3);
    lineage.seen(process(20, 1, "sshd"), 3);
    lineage.seen(process(30, 2, "modprobe"), 3);
    EXPECT_EQ(lineage.root(id(11)).tgid, 10u);
    EXPECT_EQ(lineage.root(id(20)).tgid, 20u);
    EXPECT_EQ(lineage.root(id(30)).tgid, 30u);
    EXPECT_EQ(lineage.root(id(99)).tgid, 99u);
}

TEST(Lineage, RootSurvivesItsOwnForgetting)
{
    Lineage lineage(LineageLimits{.live = 64, .ended = 4, .pinned = 2});
    lineage.seen(process(10, 1, "bash"), 1);
    std::uint32_t last = 10;
    for (std::uint32_t next = 11; next < 60; next++) { // each forks the next and ends
        lineage.fork(forks(next, last, next, "x"));
        lineage.exit(exits(next, last, "x"));
        last = next;
    }
    EXPECT_EQ(lineage.find(id(10)), nullptr);
    EXPECT_EQ(lineage.root(id(last)).tgid, 10u);
    EXPECT_LE(lineage.size(), 1u + 4u + 2u);
}

TEST(Lineage, ARingOfParentsEnds)
{
    Lineage lineage;
    lineage.seen(process(10, 11, "a"), 1);
    lineage.seen(process(11, 10, "b"), 1);
    EXPECT_LE(lineage.ancestors(id(10)).size(), 64u);
    EXPECT_FALSE(lineage.is_ancestor(id(12), id(10)));
    EXPECT_TRUE(lineage.is_ancestor(id(11), id(10)));
    lineage.root(id(10));
    lineage.fork(forks(2, 10, 10, "self"));
    EXPECT_EQ(lineage.size(), 2u);
}

TEST(Lineage, EndedOnesWithDescendantsOutliveTheQueue)
{
    Lineage lineage(LineageLimits{.live = 1000, .ended = 10, .pinned = 10});
    lineage.seen(process(10, 1, "sh"), 1);
    lineage.fork(forks(2, 10, 11, "sh"));
    lineage.exit(exits(3, 10, "sh"));
    for (std::uint32_t other = 100; other < 200; other++) {
        lineage.seen(process(other, 1, "ls"), 4);
        lineage.exit(exits(5, other, "ls"));
    }
    EXPECT_EQ(ancestor_pids(lineage, 11), (Pids{10, 1})); // 10 is still named
    EXPECT_EQ(lineage.ancestors(id(11))[0].comm, "sh");
    EXPECT_EQ(lineage.find(id(100)), nullptr);

    lineage.exit(exits(6, 11, "sh")); // now nobody needs it
    for (std::uint32_t other = 200; other < 300; other++) {
        lineage.seen(process(other, 1, "ls"), 7);
        lineage.exit(exits(8, other, "ls"));
    }
    EXPECT_EQ(lineage.find(id(10)), nullptr);
    EXPECT_EQ(lineage.size(), 10u);
}

TEST(Lineage, AFloodOfForksPushesOutItsOwn)
{
    Lineage lineage(LineageLimits{.live = 256, .ended = 16, .pinned = 16});
    exec_into(lineage, execs(1, process(10, 1, "sshd"), "/usr/sbin/sshd", {"sshd"}));
    lineage.fork(forks(2, 10, 11, "bash"));
    for (std::uint32_t child = 100; child < 20'100; child++)
        lineage.fork(forks(child, 11, child, "bomb"));
    EXPECT_EQ(lineage.live(), 256u);
    EXPECT_EQ(lineage.size(), 256u);
    EXPECT_EQ(ancestor_pids(lineage, 20'099), (Pids{11, 10, 1}));
}

TEST(Lineage, EveryBoundHoldsWhateverComes)
{
    const LineageLimits limits{.live = 50, .ended = 20, .pinned = 10};
    Lineage lineage(limits);
    std::uint64_t random = 42;
    auto next = [&] { return random = random * 6364136223846793005ull + 1442695040888963407ull; };
    for (int i = 0; i < 50'000; i++) {
        auto a = static_cast<std::uint32_t>(next() >> 33) % 300;
        auto b = static_cast<std::uint32_t>(next() >> 33) % 300;
        switch (next() >> 62) {
        case 0: lineage.fork(forks(i, a, b, "f")); break;
        case 1: exec_into(lineage, execs(i, process(a, b, "e"), "/e", {"e"})); break;
        case 2: lineage.exit(exits(i, a, "x")); break;
        default: lineage.named(id(a), "n", i); break;
        }
        ASSERT_LE(lineage.live(), limits.live);
        ASSERT_LE(lineage.size(), limits.live + limits.ended + limits.pinned);
        lineage.root(id(b));
        lineage.ancestors(id(b));
    }
}

TEST(Lineage, TenThousandLiveProcessesStayBelow15MiB)
{
    auto heap = [] {
        if (__sanitizer_get_current_allocated_bytes != nullptr)
            return __sanitizer_get_current_allocated_bytes();
        return mallinfo2().uordblks + mallinfo2().hblkhd;
    };
    std::size_t before = heap();
    Lineage lineage;
    std::string longest(450, 'a'); // the record holds 512 bytes of arguments
    for (std::uint32_t tgid = 10; tgid < 10'010; tgid++)
        exec_into(lineage,
                  execs(tgid, process(tgid, 1, "service"), "/usr/lib/a/path/of/some/length",
                        {"service", "--option", longest}));
    ASSERT_EQ(lineage.live(), 10'000u);
    std::size_t used = heap() - before;
    RecordProperty("bytes", std::to_string(used));
    EXPECT_GT(used, 10'000u * 500);
    EXPECT_LT(used, 15u << 20);
}

} // namespace
} // namespace davylamp
