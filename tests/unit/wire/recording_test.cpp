// SPDX-License-Identifier: Apache-2.0
// The writer, and recordings that are whole.
#include "wire/recording.h"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "recordings.h"

namespace davylamp {
namespace {

using test::Record;
using test::RecordingTest;
using testing::HasSubstr;

TEST_F(RecordingTest, GivesBackEveryKindByteForByte)
{
    auto all = test::one_of_each();
    all.push_back(all[1].resized(offsetof(davy_event_exec, args) + 5)); // needs padding
    for (std::size_t per_block : {0, 1, 3}) {
        write(all, per_block);
        Readout out = read();
        EXPECT_TRUE(out.clean());
        EXPECT_EQ(out.records, texts(all));
        EXPECT_EQ(out.info.version, "0.1.0");
        EXPECT_EQ(out.info.hostname, "mine");
        EXPECT_EQ(out.info.realtime_offset_ns, 42);
        EXPECT_EQ(out.info.policy, "{}");
    }
}

TEST_F(RecordingTest, GivesBackAnEmptyRecording)
{
    write({});
    Readout out = read();
    EXPECT_TRUE(out.clean());
    EXPECT_TRUE(out.records.empty());
}

TEST_F(RecordingTest, SplitsIntoBlocksOf64KiB)
{
    std::vector<Record> many(500, Record(test::exec_event()));
    for (std::size_t i = 0; i < many.size(); i++)
        many[i].header().time_ns = 1000 + i;
    std::string file = write(many);
    EXPECT_EQ(read().records, texts(many));

    auto blocks = blocks_of(file);
    constexpr std::size_t kFit = (64 << 10) / sizeof(davy_event_exec);
    ASSERT_EQ(blocks.size(), 2 + (many.size() + kFit - 1) / kFit);
    for (std::size_t i = 0; i < blocks.size(); i++) {
        auto header = block_at(file, blocks[i]);
        EXPECT_EQ(header.sequence, i);
        EXPECT_LE(header.raw_size, 64u << 10);
    }
    auto second = block_at(file, blocks[2]);
    EXPECT_EQ(second.records_before, kFit);
    EXPECT_EQ(second.first_time_ns, 1000 + kFit);
    EXPECT_EQ(second.last_time_ns, 1000 + 2 * kFit - 1);
}

TEST_F(RecordingTest, GivesALargeRecordItsOwnBlockAndRefusesAHugeOne)
{
    Record small(test::exec_event());
    Record large = small.resized(1 << 20);
    Record huge = small.resized((1 << 20) + 1);
    {
        auto writer = RecordingWriter::create(path(), info());
        ASSERT_TRUE(writer);
        EXPECT_TRUE(writer->append(small.event()));
        EXPECT_TRUE(writer->append(large.event()));
        auto refused = writer->append(huge.event());
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().what, HasSubstr("1048577"));
        EXPECT_TRUE(writer->append(small.event()));
        EXPECT_TRUE(writer->finish());
    }
    Readout out = read();
    EXPECT_TRUE(out.clean());
    EXPECT_EQ(out.records, texts({small, large, small}));
}

TEST_F(RecordingTest, CountsUnknownKindsAndSkipsThem)
{
    Record known(test::exec_event());
    Record unknown = known;
    unknown.header().kind = 999;
    write({known, unknown, unknown, known});
    Readout out = read();
    EXPECT_TRUE(out.clean());
    EXPECT_EQ(out.records, texts({known, known}));
    EXPECT_EQ(out.unknown_kinds, 2u);
}

TEST_F(RecordingTest, IsPrivate)
{
    mode_t old = ::umask(0);
    write({});
    ::umask(old);
    struct stat status;
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(RecordingTest, OverwritesNothing)
{
    set_bytes("mine");
    auto writer = RecordingWriter::create(path(), info());
    ASSERT_FALSE(writer);
    EXPECT_THAT(writer.error().text(), HasSubstr("exists already"));
    EXPECT_EQ(bytes(), "mine");

    ASSERT_EQ(::symlink("elsewhere", path("link").c_str()), 0);
    EXPECT_FALSE(RecordingWriter::create(path("link"), info()));
    EXPECT_FALSE(std::filesystem::exists(path("elsewhere"))) << "a symlink was followed";
}

TEST_F(RecordingTest, SaysWhyItCannotBeCreated)
{
    auto writer = RecordingWriter::create(path("no/such/folder"), info());
    ASSERT_FALSE(writer);
    EXPECT_THAT(writer.error().text(), HasSubstr("No such file or directory"));
}

TEST_F(RecordingTest, RefusesInfoThatIsTooLarge)
{
    RecordingInfo large = info();
    large.policy.assign(5 << 20, 'x');
    auto writer = RecordingWriter::create(path(), large);
    ASSERT_FALSE(writer);
    EXPECT_THAT(writer.error().text(), HasSubstr("4194304"));
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(RecordingTest, TheDestructorKeepsTheRecordsButClaimsNoEnd)
{
    Record record(test::exec_event());
    {
        auto writer = RecordingWriter::create(path(), info());
        ASSERT_TRUE(writer);
        ASSERT_TRUE(writer->append(record.event()));
        RecordingWriter moved = std::move(*writer);
        ASSERT_TRUE(moved.append(record.event()));
    }
    Readout out = read();
    EXPECT_EQ(out.records, texts({record, record}));
    ASSERT_TRUE(out.damage);
    EXPECT_THAT(out.damage->what, HasSubstr("no end block"));
}

TEST_F(RecordingTest, TakesNothingAfterItsEnd)
{
    Record record(test::exec_event());
    auto writer = RecordingWriter::create(path(), info());
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->finish());
    EXPECT_TRUE(writer->finish()) << "a second finish() is nothing to do";
    EXPECT_FALSE(writer->append(record.event()));
}

// A full disk, as a limit on the size of files: write() first takes a part, then nothing.
TEST_F(RecordingTest, GoesOnAfterTheDiskWasFullAndTheReaderKnowsTheLoss)
{
    auto all = test::one_of_each();
    auto writer = RecordingWriter::create(path(), info());
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->append(all[0].event()));
    ASSERT_TRUE(writer->flush());

    struct rlimit old, tight;
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = std::filesystem::file_size(path()) + 10;
    auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    ASSERT_TRUE(writer->append(all[1].event()));
    ASSERT_TRUE(writer->append(all[2].event()));
    auto full = writer->flush();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(full);
    EXPECT_THAT(full.error().text(), HasSubstr("2 records"));

    ASSERT_TRUE(writer->append(all[3].event()));
    ASSERT_TRUE(writer->finish());
    Readout out = read();
    EXPECT_EQ(out.records, texts({all[0], all[3]}));
    ASSERT_TRUE(out.damage);
    EXPECT_THAT(out.damage->what, HasSubstr("block 2 is missing"));
    EXPECT_THAT(out.damage->mend, HasSubstr("known lost: 1 block, 2 records"));
    EXPECT_THAT(out.damage->mend, testing::Not(HasSubstr("more place")));
}

} // namespace
} // namespace davylamp
