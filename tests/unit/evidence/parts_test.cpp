// SPDX-License-Identifier: Apache-2.0
// The parts that need no process.
#include <fcntl.h>

#include <cstring>

#include "base/text.h"
#include "evidence/item.h"
#include "evidence/manifest.h"
#include "evidence/process_dir.h"
#include "evidence/sha256.h"
#include "scene.h"

namespace davylamp {
namespace {

using namespace test;

// FIPS 180-4's own examples, by NIST.
TEST(Sha256, IsThatOfTheStandard)
{
    auto hash = [](std::initializer_list<std::string_view> pieces) {
        Sha256 sha;
        for (std::string_view piece : pieces)
            sha.add(piece);
        auto digest = sha.finish();
        EXPECT_FALSE(sha.finish()) << "once";
        return digest ? hex_text(*digest) : "refused";
    };
    EXPECT_EQ(hash({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hash({"abc"}), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hash({"a", "", "bc"}), hash({"abc"}));
    EXPECT_EQ(hash({"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"}),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

constexpr Budget kPlenty{1 << 20, INT64_MAX};

TEST(ItemWriter, MakesNoFileForNothing)
{
    TempFolder home;
    UniqueFd folder(::open(home.path().c_str(), O_RDONLY | O_DIRECTORY));
    Budget budget = kPlenty;
    ItemWriter unread(folder.get(), "unread", 100, budget);
    unread.cut("cannot be read: Input/output error");
    Item item = unread.finish();
    EXPECT_FALSE(item.saved);
    EXPECT_FALSE(exists(home / "unread"));

    ItemWriter empty(folder.get(), "empty", 100, budget);
    item = empty.finish();
    EXPECT_TRUE(item.saved && item.whole);
    EXPECT_TRUE(exists(home / "empty"));
}

TEST(ItemWriter, WritesOverNothingAndThroughNoLink)
{
    TempFolder home;
    UniqueFd folder(::open(home.path().c_str(), O_RDONLY | O_DIRECTORY));
    std::string passwd = home.write("passwd", "root");
    std::filesystem::create_symlink(passwd, home / "link");
    for (const char* name : {"passwd", "link"}) {
        Budget budget = kPlenty;
        ItemWriter writer(folder.get(), name, 100, budget);
        EXPECT_FALSE(writer.add("x"));
        Item item = writer.finish();
        EXPECT_FALSE(item.saved);
        EXPECT_EQ(item.why, "cannot be made: File exists");
        EXPECT_EQ(budget.bytes, kPlenty.bytes);
    }
    EXPECT_EQ(slurp(passwd), "root");
}

// EIO after some of it, as from a bad disk: reading a directory gives an error just as well.
TEST(Copy, AnErrorOfReadingLeavesWhatWasRead)
{
    TempFolder home;
    UniqueFd folder(::open(home.path().c_str(), O_RDONLY | O_DIRECTORY));
    Budget budget = kPlenty;
    char buffer[16];
    ItemWriter writer(folder.get(), "item", 100, budget);
    writer.add("begun");
    copy(folder.get(), buffer, budget, writer, [](std::uint64_t) {});
    Item item = writer.finish();
    EXPECT_TRUE(item.saved);
    EXPECT_FALSE(item.whole);
    EXPECT_EQ(item.size, 5u);
    EXPECT_EQ(item.why, "cannot be read: Is a directory");
}

// Holes read as zeros, and count as bytes.
TEST(Copy, ASparseFileIsCutAtTheLimitLikeAnyOther)
{
    TempFolder home;
    UniqueFd folder(::open(home.path().c_str(), O_RDONLY | O_DIRECTORY));
    std::string path = home.write("sparse", "x");
    ASSERT_EQ(::truncate(path.c_str(), off_t{1} << 40), 0);
    UniqueFd from(::open(path.c_str(), O_RDONLY));
    Budget budget = kPlenty;
    std::vector<char> buffer(1 << 16);
    ItemWriter writer(folder.get(), "item", 200'000, budget);
    copy(from.get(), buffer, budget, writer, [](std::uint64_t) {});
    Item item = writer.finish();
    EXPECT_EQ(item.size, 200'000u);
    EXPECT_FALSE(item.whole);
    EXPECT_EQ(budget.bytes, kPlenty.bytes - 200'000);
    EXPECT_TRUE(slurp(home / "item") == "x" + std::string(199'999, '\0'));
}

TEST(Fuse, IsFoundByItsTypeAlone)
{
    const char* mounts = "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
                         "30 22 0:44 / /mnt/a\\040b rw shared:7 - fuse.sshfs h:/ rw\n"
                         "31 22 0:45 / /fuse 0:99 rw - tmpfs fuse rw\n"
                         "32 22 8:1 / /w rw - fuseblk /dev/sda1 rw\n"
                         "33 22 0:46 / /c rw - fusectl fusectl rw\n"
                         "34 22 0:47 / /p rw - fuse me rw";
    for (const char* device : {"0:44", "8:1", "0:47"})
        EXPECT_TRUE(lies_on_fuse(mounts, device)) << device;
    for (const char* device : {"254:0", "0:45", "0:46", "0:4", "4", "", "1:1"})
        EXPECT_FALSE(lies_on_fuse(mounts, device)) << device;
}

TEST(Manifest, IsThereWholeOrNotAtAll)
{
    TempFolder home;
    UniqueFd folder(::open(home.path().c_str(), O_RDONLY | O_DIRECTORY));
    Manifest manifest;
    manifest.code = "EXE-\xff";
    manifest.items = {missing("image", "cannot be opened: \xfe")};
    std::string text = manifest_text(manifest);
    EXPECT_EQ(nlohmann::json::parse(text)["image"], nullptr);
    ASSERT_EQ(write_manifest(folder.get(), text), 0);
    EXPECT_EQ(slurp(home / "manifest.json"), text);
    EXPECT_FALSE(exists(home / ".manifest.json"));

    TempFolder taken;
    UniqueFd other(::open(taken.path().c_str(), O_RDONLY | O_DIRECTORY));
    std::filesystem::create_symlink(home / "elsewhere", taken / ".manifest.json");
    EXPECT_EQ(write_manifest(other.get(), text), EEXIST);
    EXPECT_FALSE(exists(taken / "manifest.json"));
    EXPECT_FALSE(exists(home / "elsewhere"));
}

TEST(Manifest, WritesTimesInUtc)
{
    EXPECT_EQ(compact_time(1'795'518'000'000'000'007), "20261124T110000Z");
    EXPECT_EQ(exact_time(1'795'518'000'000'000'007), "2026-11-24T11:00:00.000000007Z");
}

TEST(EvidenceRecord, SaysWhatWasSaved)
{
    davy_process_id target{7'000'000'000, 900, 0};
    Evidence evidence;
    evidence.folder = "/e/20261124T110000Z-900-EXE-002";
    evidence.sha256.fill(0xab);
    evidence.image_size = 4096;
    evidence.image_saved = evidence.image_whole = true;
    evidence.missing_items = 2;
    davy_event_evidence record =
        evidence_record(target, DAVY_RULE_IMAGE_REMOVED, evidence, 9'000'000'000);
    EXPECT_EQ(record.header.version, DAVY_ABI_VERSION);
    EXPECT_EQ(record.header.kind, DAVY_EVENT_EVIDENCE);
    EXPECT_EQ(record.header.size, sizeof record);
    EXPECT_EQ(record.header.time_ns, 9'000'000'000u);
    EXPECT_EQ(record.target.tgid, 900u);
    EXPECT_EQ(record.target.start_ns, 7'000'000'000u);
    EXPECT_EQ(record.rule, DAVY_RULE_IMAGE_REMOVED);
    EXPECT_EQ(record.flags, DAVY_EVIDENCE_IMAGE | DAVY_EVIDENCE_WHOLE);
    EXPECT_EQ(record.sha256[31], 0xab);
    EXPECT_EQ(record.image_size, 4096u);
    EXPECT_EQ(record.missing, 2u);
    EXPECT_EQ(record.error, 0u);
    EXPECT_STREQ(record.folder, evidence.folder.c_str());

    Evidence none;
    none.sha256.fill(0xab);
    none.error_number = EDQUOT;
    record = evidence_record(target, DAVY_RULE_IMAGE_REMOVED, none, 1);
    EXPECT_EQ(record.flags, DAVY_EVIDENCE_ERROR);
    EXPECT_EQ(record.error, static_cast<unsigned>(EDQUOT));
    EXPECT_EQ(record.sha256[0], 0) << "no hash of nothing";
    EXPECT_STREQ(record.folder, "");
}

// The longest folder with the longest name in it fits the record.
TEST(EvidenceRecord, NeverCutsItsFolder)
{
    std::string longest(DAVY_EVIDENCE_FOLDER_MAX, 'a');
    std::string name = "/" + compact_time(0) + "-4194304-CHAIN-00000x-1000";
    EXPECT_LT(longest.size() + name.size(), std::size_t{DAVY_PATH_MAX});
}

} // namespace
} // namespace davylamp
