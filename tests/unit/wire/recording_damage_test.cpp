// SPDX-License-Identifier: Apache-2.0
// Cut, flipped and forged recordings: what is delivered is true, what is missing is reported.
#include <zstd.h>

#include <algorithm>

#include "recordings.h"

namespace davylamp {
namespace {

using test::Record;
using test::RecordingTest;
using testing::HasSubstr;
using testing::Not;

// Short records, each different, so that a wrong one can't pass for another.
std::vector<Record> numbered(std::size_t count)
{
    std::vector<Record> out;
    for (std::size_t i = 0; i < count; i++) {
        auto fork = test::make<davy_event_fork>(DAVY_EVENT_FORK);
        fork.header.time_ns = 1000 + i;
        fork.child.tgid = static_cast<std::uint32_t>(i * 7919);
        out.emplace_back(fork);
    }
    return out;
}

bool subsequence(const std::vector<std::string>& part, const std::vector<std::string>& whole)
{
    auto at = whole.begin();
    for (const std::string& record : part) {
        at = std::find(at, whole.end(), record);
        if (at == whole.end())
            return false;
        ++at;
    }
    return true;
}

TEST_F(RecordingTest, CutAtAnyByteItDeliversEveryWholeBlock)
{
    const auto all = texts(numbered(12));
    const std::string file = write(numbered(12), 3);
    const auto blocks = blocks_of(file); // info, 4 of records, end
    ASSERT_EQ(blocks.size(), 6u);

    for (std::size_t size = 0; size <= file.size(); size++) {
        SCOPED_TRACE(size);
        set_bytes(std::string_view(file).substr(0, size));
        Readout out = read();
        if (size < sizeof(recording::FileHeader)) {
            ASSERT_TRUE(out.refused);
            EXPECT_THAT(out.refused->what, HasSubstr(size == 0 ? "empty" : "cut short"));
            continue;
        }
        ASSERT_FALSE(out.refused);
        std::size_t whole = 0; // blocks of records that end before the cut
        for (std::size_t i = 1; i < 5; i++)
            whole += blocks[i + 1] <= size;
        EXPECT_EQ(out.records, std::vector<std::string>(all.begin(), all.begin() + 3 * whole));
        if (size == file.size()) {
            EXPECT_FALSE(out.damage);
            continue;
        }
        ASSERT_TRUE(out.damage);
        auto at = std::find(blocks.begin(), blocks.end(), size);
        bool between = at != blocks.end() || size == sizeof(recording::FileHeader);
        EXPECT_THAT(out.damage->what, HasSubstr(between ? "no end block" : "is cut short"));
        EXPECT_THAT(out.damage->mend, HasSubstr("everything before it was read"));
    }
}

TEST_F(RecordingTest, ATornBlockIsNamedWithItsSizes)
{
    const std::string file = write(numbered(6), 3);
    const auto blocks = blocks_of(file);
    std::size_t needs = blocks[3] - blocks[2];
    set_bytes(std::string_view(file).substr(0, blocks[2] + 70));
    EXPECT_EQ(read().damage.value_or(Error{}).text(),
              path() + ": offset " + std::to_string(blocks[2]) + ": block 2 is cut short (needs " +
                  std::to_string(needs) +
                  " bytes, 70 are there); everything before it was read; known lost: 1 block, "
                  "3 records");
}

TEST_F(RecordingTest, AFlippedBitAnywhereNeverYieldsAWrongRecord)
{
    const auto all = texts(numbered(6));
    const std::string file = write(numbered(6), 2);
    for (std::size_t i = 0; i < file.size(); i++) {
        for (int bit = 0; bit < 8; bit++) {
            std::string flipped = file;
            flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
            set_bytes(flipped);
            Readout out = read();
            ASSERT_TRUE(subsequence(out.records, all)) << "byte " << i << " bit " << bit;
            // zstd has a bit that decoders ignore; nothing is lost with it. Else it must be said.
            bool harmless = out.records == all && out.info.hostname == "mine";
            ASSERT_TRUE(!out.clean() || harmless) << "byte " << i << " bit " << bit;
            if (i >= sizeof(recording::FileHeader)) {
                ASSERT_FALSE(out.refused) << "byte " << i << " bit " << bit;
                ASSERT_GE(out.records.size(), 4u) << "more than the damaged block was lost";
            }
        }
    }
}

TEST_F(RecordingTest, GoesOnBehindADamagedPayload)
{
    const auto all = texts(numbered(9));
    std::string file = write(numbered(9), 3);
    const auto blocks = blocks_of(file);
    file[blocks[2] + sizeof(recording::BlockHeader) + 12] ^= 0x10;
    set_bytes(file);
    Readout out = read();
    std::vector<std::string> left(all.begin(), all.begin() + 3);
    left.insert(left.end(), all.begin() + 6, all.end());
    EXPECT_EQ(out.records, left);
    ASSERT_TRUE(out.damage);
    EXPECT_EQ(out.damage->where, path() + ": offset " + std::to_string(blocks[2]));
    EXPECT_THAT(out.damage->what, HasSubstr("block 2 is damaged"));
    EXPECT_EQ(out.damage->mend, "reading went on behind it; known lost: 1 block, 3 records");
}

TEST_F(RecordingTest, CountsWhatADamagedHeaderLostByTheNextOne)
{
    const auto all = texts(numbered(12));
    std::string file = write(numbered(12), 3);
    const auto blocks = blocks_of(file);
    file[blocks[2] + 20] ^= 1; // sequence of block 2
    file[blocks[3] + 61] ^= 1; // checksum of block 3
    set_bytes(file);
    Readout out = read();
    std::vector<std::string> left(all.begin(), all.begin() + 3);
    left.insert(left.end(), all.begin() + 9, all.end());
    EXPECT_EQ(out.records, left);
    EXPECT_EQ(out.damage.value_or(Error{}).text(),
              path() + ": offset " + std::to_string(blocks[2]) +
                  ": the header of block 2 is damaged; reading went on behind it; known lost: 2 "
                  "blocks, 6 records");
}

TEST_F(RecordingTest, ReportsBlocksThatWereCutOut)
{
    const auto all = texts(numbered(12));
    std::string file = write(numbered(12), 3);
    const auto blocks = blocks_of(file);
    file.erase(blocks[2], blocks[4] - blocks[2]);
    set_bytes(file);
    Readout out = read();
    EXPECT_EQ(out.records.size(), 6u);
    EXPECT_THAT(out.damage.value_or(Error{}).what, HasSubstr("blocks 2 to 3 are missing"));
    EXPECT_THAT(out.damage.value_or(Error{}).mend, HasSubstr("2 blocks, 6 records"));
}

TEST_F(RecordingTest, NoRecordComesTwice)
{
    const auto all = texts(numbered(6));
    std::string file = write(numbered(6), 3);
    const auto blocks = blocks_of(file);
    file.insert(blocks[3], file.substr(blocks[1], blocks[2] - blocks[1]));
    set_bytes(file);
    Readout out = read();
    EXPECT_EQ(out.records, all);
    EXPECT_THAT(out.damage.value_or(Error{}).what,
                HasSubstr("block 1 stands where block 3 should"));
}

TEST_F(RecordingTest, ADamagedInfoBlockCostsNoRecords)
{
    const auto all = texts(numbered(3));
    std::string file = write(numbered(3));
    file[sizeof(recording::FileHeader) + sizeof(recording::BlockHeader) + 8] ^= 1;
    set_bytes(file);
    Readout out = read();
    EXPECT_EQ(out.records, all);
    EXPECT_EQ(out.info.hostname, "");
    EXPECT_THAT(out.damage.value_or(Error{}).what, HasSubstr("block 0 is damaged"));
}

TEST_F(RecordingTest, ReportsBytesBehindTheEndAndDoesNotReadThem)
{
    const auto all = texts(numbered(3));
    std::string file = write(numbered(3));
    const auto blocks = blocks_of(file);
    file += file.substr(blocks[1], blocks[2] - blocks[1]);
    set_bytes(file);
    Readout out = read();
    EXPECT_EQ(out.records, all);
    EXPECT_THAT(out.damage.value_or(Error{}).what, HasSubstr("the end block is followed by"));
}

TEST_F(RecordingTest, ATailOfZerosIsDamage)
{
    std::string file = write(numbered(3));
    file.resize(file.size() - sizeof(recording::BlockHeader));
    file.append(200'000, '\0');
    set_bytes(file);
    Readout out = read();
    EXPECT_EQ(out.records, texts(numbered(3)));
    EXPECT_THAT(out.damage.value_or(Error{}).text(),
                HasSubstr("the header of block 2 is damaged; everything before it was read"));
}

TEST_F(RecordingTest, FindsTheNextBlockAcrossALargeHole)
{
    std::string file = write(numbered(6), 3);
    const auto blocks = blocks_of(file);
    // So that headers begin at, before and across the search window's edge (64 KiB).
    for (std::size_t hole = (64 << 10) - 70; hole < (64 << 10) + 10; hole++) {
        std::string holed = file;
        holed.insert(blocks[2], std::string(hole, 'D'));
        set_bytes(holed);
        Readout out = read();
        ASSERT_EQ(out.records, texts(numbered(6))) << hole;
        ASSERT_TRUE(out.damage);
    }
}

// A command line may hold a perfect block, and zstd stores what it can't compress as it is. With
// the block around it damaged, the search for the next header runs over it.
TEST_F(RecordingTest, ABlockInsideARecordIsNotTakenForOne)
{
    const std::string other = write(numbered(1));
    const auto inner = blocks_of(other);
    const std::string forged = other.substr(inner[1], inner[2] - inner[1]);

    auto carrier = test::exec_event();
    ASSERT_LE(forged.size(), sizeof carrier.args);
    std::memcpy(carrier.args, forged.data(), forged.size());
    carrier.args_size = sizeof carrier.args;
    std::string file = write({Record(carrier)});
    const auto blocks = blocks_of(file);
    // Even where the payload holds it in one piece: stored, not compressed.
    file.insert(blocks[2], forged);
    file[blocks[1] + 16] ^= 1;
    set_bytes(file);
    Readout out = read();
    EXPECT_TRUE(out.records.empty());
    EXPECT_TRUE(out.damage);
}

TEST_F(RecordingTest, BelievesNoSize)
{
    const std::string good = write(numbered(3));
    const auto blocks = blocks_of(good);
    struct {
        const char* what;
        void (*change)(recording::BlockHeader&);
    } cases[] = {
        {"4294967295", [](recording::BlockHeader& h) { h.raw_size = 0xffffffffu; }},
        {"4194305", [](recording::BlockHeader& h) { h.packed_size = (4 << 20) + 1; }},
        {"cut short", [](recording::BlockHeader& h) { h.packed_size = 4 << 20; }},
        {"size that its header names", [](recording::BlockHeader& h) { h.raw_size += 8; }},
        {"one whole frame", [](recording::BlockHeader& h) { h.packed_size -= 1; }},
        {"holds 3 records", [](recording::BlockHeader& h) { h.record_count = 2; }},
        {"type 9", [](recording::BlockHeader& h) { h.type = 9; }},
        {"type 1", [](recording::BlockHeader& h) { h.type = recording::kInfo; }},
        {"end block", [](recording::BlockHeader& h) { h.type = recording::kEnd; }},
    };
    for (auto& c : cases) {
        std::string file = good;
        auto header = block_at(file, blocks[1]);
        c.change(header);
        put_block(file, blocks[1], header);
        set_bytes(file);
        Readout out = read();
        EXPECT_TRUE(out.records.empty()) << c.what;
        EXPECT_THAT(out.damage.value_or(Error{}).what, HasSubstr(c.what));
    }
}

// Payloads that a writer of ours never makes, in frames that are valid.
TEST_F(RecordingTest, RefusesRecordsThatDoNotFillTheirBlock)
{
    const Record fork = numbered(1)[0];
    std::string odd = fork.resized(70).text() + std::string(2, '\0');
    odd[offsetof(davy_event_header, kind)] = 99; // of a kind that may have any size
    std::string dirty = odd;
    dirty[71] = 1;
    std::string beyond = fork.text();
    beyond[offsetof(davy_event_header, size)] = 73;
    std::string tiny = fork.text();
    tiny[offsetof(davy_event_header, size)] = 8;
    struct {
        std::string payload;
        bool checksum;
        const char* what; // "" where it is fine
    } cases[] = {
        {fork.text(), true, ""},
        {odd, true, ""},
        {fork.text(), false, "no checksum"},
        {dirty, true, "padding that is not zero"},
        {beyond, true, "reaches beyond"},
        {tiny, true, "reaches beyond"},
        {fork.text() + std::string(8, '\0'), true, "reaches beyond"},
    };
    const std::string good = write({fork});
    const auto blocks = blocks_of(good);
    for (auto& c : cases) {
        ZSTD_CCtx* context = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, c.checksum);
        std::string frame(ZSTD_compressBound(c.payload.size()), '\0');
        frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), c.payload.data(),
                                    c.payload.size()));
        ZSTD_freeCCtx(context);
        auto header = block_at(good, blocks[1]);
        header.raw_size = static_cast<std::uint32_t>(c.payload.size());
        header.packed_size = static_cast<std::uint32_t>(frame.size());
        std::string file = good.substr(0, blocks[2]);
        put_block(file, blocks[1], header);
        file.resize(blocks[1] + sizeof header);
        set_bytes(file + frame + good.substr(blocks[2]));
        Readout out = read();
        if (*c.what == '\0')
            EXPECT_TRUE(out.clean()) << out.damage.value_or(Error{}).text();
        else
            EXPECT_THAT(out.damage.value_or(Error{}).what, HasSubstr(c.what));
    }
}

// Headers every 64 bytes, each claiming all that follows: the search has to end some day.
TEST_F(RecordingTest, GivesUpOnAFileMadeToWasteTime)
{
    std::string file = write({});
    auto header = block_at(file, blocks_of(file)[0]);
    file.resize(sizeof(recording::FileHeader));
    constexpr std::size_t kHeaders = 5000;
    file.resize(file.size() + kHeaders * sizeof header);
    for (std::size_t i = 0; i < kHeaders; i++) {
        std::size_t at = sizeof(recording::FileHeader) + i * sizeof header;
        header.type = recording::kRecords;
        header.sequence = i;
        header.packed_size = static_cast<std::uint32_t>(file.size() - at - sizeof header);
        put_block(file, at, header);
    }
    set_bytes(file);
    Readout out = read();
    EXPECT_TRUE(out.records.empty());
    EXPECT_THAT(out.damage.value_or(Error{}).mend, HasSubstr("gave up after 1001 damaged blocks"));
}

TEST_F(RecordingTest, SkipsARecordThatTheViewRefuses)
{
    auto all = numbered(3);
    // As only a broken writer makes it: sound framing around a record of another version.
    Record newer = all[1];
    newer.header().version = DAVY_ABI_VERSION + 1;
    const std::string good = write(all);
    const auto blocks = blocks_of(good);
    std::string payload = all[0].text() + newer.text() + all[2].text();
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    std::string frame(ZSTD_compressBound(payload.size()), '\0');
    frame.resize(
        ZSTD_compress2(context, frame.data(), frame.size(), payload.data(), payload.size()));
    ZSTD_freeCCtx(context);
    auto header = block_at(good, blocks[1]);
    header.packed_size = static_cast<std::uint32_t>(frame.size());
    std::string file = good.substr(0, blocks[2]);
    put_block(file, blocks[1], header);
    file.resize(blocks[1] + sizeof header);
    set_bytes(file + frame + good.substr(blocks[2]));
    Readout out = read();
    EXPECT_EQ(out.records, texts({all[0], all[2]}));
    EXPECT_THAT(out.damage.value_or(Error{}).what, HasSubstr("ABI version 2, newer than"));
    EXPECT_THAT(out.damage.value_or(Error{}).mend, HasSubstr("0 blocks, 1 record"));
}

} // namespace
} // namespace davylamp
