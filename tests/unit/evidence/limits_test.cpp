// SPDX-License-Identifier: Apache-2.0
// Limits: what exceeds one is cut, and the capture says so.
#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>

#include "scene.h"

namespace davylamp {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;

TEST(Limits, AnImageIsCutAndHasTheHashOfWhatWasSaved)
{
    EvidenceLimits limits;
    limits.image_bytes = 10'000;
    Store store(limits);
    Deleted victim;
    Evidence evidence = store.store->capture(target_of(victim.pid()), "EXE-002");
    EXPECT_TRUE(evidence.image_saved);
    EXPECT_FALSE(evidence.image_whole);
    EXPECT_EQ(evidence.image_size, 10'000u);
    EXPECT_TRUE(slurp(evidence.folder + "/image") == victim.original.substr(0, 10'000));
    expect_honest(evidence);
    json manifest = manifest_of(evidence);
    EXPECT_EQ(manifest["items"]["image"]["why"], "is larger than 10000 bytes");
    EXPECT_EQ(manifest["image"]["size"], victim.original.size()) << "how large it was";
    EXPECT_EQ(evidence.missing_items, 0u) << "cut is not missing";
}

TEST(Limits, AnImageOfJustThatSizeIsWhole)
{
    Deleted victim;
    EvidenceLimits limits;
    limits.image_bytes = victim.original.size();
    Store store(limits);
    EXPECT_TRUE(store.store->capture(target_of(victim.pid()), "EXE-002").image_whole);
}

TEST(Limits, ATextIsCutAsWell)
{
    EvidenceLimits limits;
    limits.text_bytes = 1000;
    Store store(limits);
    Deleted victim(0, {"DAVY_TEST=" + std::string(5000, 'x')});
    Evidence evidence = store.store->capture(target_of(victim.pid()), "EXE-002");
    expect_honest(evidence);
    json items = manifest_of(evidence)["items"];
    EXPECT_EQ(items["environ"]["size"], 1000);
    EXPECT_EQ(items["environ"]["whole"], false);
    EXPECT_EQ(items["cgroup"]["whole"], true);
    EXPECT_TRUE(evidence.image_whole);
}

TEST(Limits, TimeThatIsUpCutsTheImageThere)
{
    EvidenceLimits limits;
    limits.timeout_ms = 2000;
    Store store(limits);
    Deleted victim(1'000'000);
    auto begun = std::chrono::steady_clock::now();
    auto end = begun + std::chrono::milliseconds(limits.timeout_ms);
    // Whatever is slow: the disk, a neighbour. Once the first piece is there the time is up.
    Evidence evidence = store.store->capture(target_of(victim.pid()), "EXE-002",
                                             [&](std::string_view item, std::uint64_t bytes) {
                                                 if (item == "image" && bytes != 0)
                                                     std::this_thread::sleep_until(end);
                                             });
    expect_honest(evidence);
    EXPECT_TRUE(evidence.image_saved);
    EXPECT_FALSE(evidence.image_whole);
    EXPECT_GT(evidence.image_size, 0u);
    EXPECT_TRUE(slurp(evidence.folder + "/image") ==
                victim.original.substr(0, evidence.image_size));
    json items = manifest_of(evidence)["items"];
    EXPECT_EQ(items["image"]["why"], "the time for this capture was up");
    EXPECT_EQ(items["maps"]["why"], "the time for this capture was up");
    EXPECT_EQ(items["cmdline"]["whole"], true);
    EXPECT_EQ(evidence.missing_items, 3u);
}

TEST(Limits, WithoutAnyTimeThereIsAManifestAlone)
{
    EvidenceLimits limits;
    limits.timeout_ms = 0;
    Store store(limits);
    Deleted victim;
    Evidence evidence = store.store->capture(target_of(victim.pid()), "EXE-002");
    expect_honest(evidence);
    EXPECT_EQ(evidence.error_number, 0);
    EXPECT_FALSE(evidence.image_saved);
    EXPECT_EQ(evidence.missing_items, kItems.size());
}

TEST(Limits, TheFolderAsAWholeCutsWhatComesLast)
{
    EvidenceLimits limits;
    limits.total_bytes = 60'000;
    Store store(limits);
    Deleted victim(200'000);
    Evidence evidence = store.store->capture(target_of(victim.pid()), "EXE-002");
    expect_honest(evidence);
    EXPECT_TRUE(evidence.image_saved);
    EXPECT_FALSE(evidence.image_whole);
    EXPECT_EQ(manifest_of(evidence)["items"]["image"]["why"], "the folder's limit was reached");
    EXPECT_LE(store.store->used_bytes(), limits.total_bytes);

    Evidence next = store.store->capture(target_of(victim.pid()), "EXE-002");
    EXPECT_EQ(next.error_number, EDQUOT);
    EXPECT_EQ(next.folder, "");
    EXPECT_THAT(next.error, HasSubstr("and its limit is 60000"));
    EXPECT_EQ(store.entries().size(), 1u) << "nothing is written";
}

std::uint64_t bytes_in(const std::string& folder)
{
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file())
            bytes += entry.file_size();
    }
    return bytes;
}

TEST(Limits, CountWhatLiesThereAlready)
{
    Deleted victim;
    {
        Store store;
        for (int i = 0; i < 2; i++)
            store.store->capture(target_of(victim.pid()), "EXE-002");
        EXPECT_EQ(store.store->used_bytes(), bytes_in(store.path()));
        std::uint64_t used = store.store->used_bytes();
        store.reopen();
        EXPECT_EQ(store.store->used_bytes(), used);
        EXPECT_EQ(store.store->captures(), 2u);
    }
    EvidenceLimits limits;
    limits.total_bytes = 500'000;
    Store full(limits);
    std::ofstream(full.path() + "/old") << std::string(490'000, 'x');
    // A link to something large is no evidence, and of no size.
    TempFolder elsewhere;
    elsewhere.write("large", std::string(1'000'000, 'x'));
    std::filesystem::create_symlink(elsewhere / "large", full.path() + "/link");
    EXPECT_TRUE(full.store->capture(target_of(victim.pid()), "EXE-002").image_whole)
        << "it was not there when the store was opened";
    full.reopen();
    EXPECT_EQ(full.store->used_bytes(), bytes_in(full.path()) - 1'000'000);
    EXPECT_EQ(full.store->capture(target_of(victim.pid()), "EXE-002").error_number, EDQUOT);
}

TEST(Limits, TheNumberOfCaptures)
{
    EvidenceLimits limits;
    limits.captures = 2;
    Store store(limits);
    Deleted victim;
    davy_process_id target = target_of(victim.pid());
    EXPECT_TRUE(store.store->capture(target, "EXE-002").image_whole);
    EXPECT_TRUE(store.store->capture(target, "EXE-002").image_whole);
    Evidence third = store.store->capture(target, "EXE-002");
    EXPECT_EQ(third.error_number, EDQUOT);
    EXPECT_THAT(third.error, HasSubstr("holds 2 captures, which is its limit"));
    store.reopen();
    EXPECT_EQ(store.store->capture(target, "EXE-002").error_number, EDQUOT);
    EXPECT_EQ(store.entries().size(), 2u);
}

// A disk that is full is no limit of ours, and is told the same way.
TEST(Limits, WhatCannotBeWrittenIsCut)
{
    Store store;
    Deleted victim(300'000);
    rlimit before{}, small{100'000, RLIM_INFINITY};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    auto handler = ::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    Evidence evidence = store.store->capture(target_of(victim.pid()), "EXE-002");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, handler);
    expect_honest(evidence);
    EXPECT_EQ(evidence.image_size, 100'000u);
    EXPECT_FALSE(evidence.image_whole);
    EXPECT_EQ(manifest_of(evidence)["items"]["image"]["why"], "cannot be written: File too large");
    EXPECT_TRUE(manifest_of(evidence)["items"]["maps"]["whole"]);
}

} // namespace
} // namespace davylamp
