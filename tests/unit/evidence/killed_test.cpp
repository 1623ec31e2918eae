// SPDX-License-Identifier: Apache-2.0
// A process is killed while evidence is taken of it: what was saved stays, and the manifest says
// what is missing. The progress callback kills it.
#include <cerrno>

#include "scene.h"

namespace davylamp {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;

class Killed : public testing::Test {
protected:
    // Ends the process when `bytes` of that item have been read.
    Evidence capture(Deleted& victim, std::string_view when, std::uint64_t bytes = 0)
    {
        davy_process_id target = target_of(victim.pid());
        Evidence evidence =
            store.store->capture(target, "EXE-002", [&](std::string_view item, std::uint64_t read) {
                if (item == when && read >= bytes && victim.process)
                    victim.end();
            });
        EXPECT_FALSE(victim.process) << "it never came to that";
        EXPECT_EQ(evidence.error_number, 0) << evidence.error;
        expect_honest(evidence);
        manifest = manifest_of(evidence);
        EXPECT_EQ(manifest["target"]["ended"], true);
        return evidence;
    }
    bool whole(const char* item) { return manifest["items"][item].value("whole", false); }
    std::string why(const char* item) { return manifest["items"][item].value("why", ""); }

    Store store;
    json manifest;
};

// Its descriptor outlives the process.
TEST_F(Killed, BeforeAnythingWasReadTheImageIsStillWhole)
{
    Deleted victim(500'000);
    Evidence evidence = capture(victim, "cmdline");
    EXPECT_TRUE(evidence.image_whole);
    EXPECT_TRUE(slurp(evidence.folder + "/image") == victim.original);
    for (const char* item : {"cmdline", "environ", "exe", "maps", "fd", "sockets"})
        EXPECT_EQ(why(item), "the process had ended") << item;
    EXPECT_EQ(evidence.missing_items, kItems.size() - 1);
}

TEST_F(Killed, InTheMiddleOfTheImageNothingOfItIsLost)
{
    Deleted victim(1'500'000);
    Evidence evidence = capture(victim, "image", 1);
    EXPECT_TRUE(evidence.image_whole);
    EXPECT_TRUE(slurp(evidence.folder + "/image") == victim.original);
    for (const char* item : {"cmdline", "environ", "status", "cgroup", "limits", "exe", "cwd"})
        EXPECT_TRUE(whole(item)) << item;
    for (const char* item : {"maps", "fd", "sockets"})
        EXPECT_EQ(why(item), "the process had ended") << item;
    EXPECT_EQ(evidence.missing_items, 3u);
}

// /proc reads as the end of the file then, not as an error.
TEST_F(Killed, InTheMiddleOfATextItIsNotTakenForWhole)
{
    std::vector<std::string> variables;
    for (int i = 0; i < 6; i++)
        variables.push_back("DAVY_" + std::to_string(i) + "=" + std::string(100'000, 'x'));
    Deleted victim(0, variables);
    Evidence evidence = capture(victim, "environ", 1);
    EXPECT_FALSE(whole("environ"));
    EXPECT_EQ(why("environ"), "the process ended while this was read");
    std::uint64_t saved = manifest["items"]["environ"]["size"];
    EXPECT_GT(saved, 0u);
    EXPECT_LT(saved, 600'000u);
    EXPECT_TRUE(whole("cmdline"));
    EXPECT_EQ(why("status"), "the process had ended");
    EXPECT_TRUE(evidence.image_whole);
}

TEST_F(Killed, AtTheEndOnlyTheManifestKnows)
{
    Deleted victim;
    Evidence evidence = capture(victim, "sockets");
    EXPECT_EQ(evidence.missing_items, 1u);
    EXPECT_TRUE(whole("fd"));
}

// Ended, and not yet reaped: a zombie has a folder in /proc, with little in it.
TEST_F(Killed, AZombieHasNoItems)
{
    Deleted victim;
    davy_process_id target = target_of(victim.pid());
    victim.process->signal(SIGKILL);
    std::string stat = "/proc/" + std::to_string(victim.pid()) + "/stat";
    ASSERT_TRUE(eventually([&] { return slurp(stat).find(") Z ") != std::string::npos; }));
    Evidence evidence = store.store->capture(target, "EXE-002");
    EXPECT_EQ(evidence.error_number, ESRCH);
    EXPECT_TRUE(store.entries().empty());
}

} // namespace
} // namespace davylamp
