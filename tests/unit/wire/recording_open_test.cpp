// SPDX-License-Identifier: Apache-2.0
// Files that cannot be read at all, and how the reader reports them.
#include <sys/stat.h>
#include <sys/wait.h>

#include "recordings.h"

namespace davylamp {
namespace {

using test::Record;
using test::RecordingTest;
using testing::HasSubstr;
using namespace std::string_view_literals;

TEST_F(RecordingTest, SaysWhatAForeignFileIs)
{
    struct {
        std::string_view head;
        const char* what;
    } cases[] = {
        {""sv, "empty"},
        {"\x1f\x8b\x08\0\0\0"sv, "gzip"},
        {"\x28\xb5\x2f\xfd\x04"sv, "zstd"},
        {"\xfd\x37zXZ\0"sv, "xz"},
        {"BZh9"sv, "bzip2"},
        {"PK\x03\x04"sv, "zip"},
        {"\x7f\x45LF\x02"sv, "ELF"},
        {"\xd4\xc3\xb2\xa1"sv, "pcap"},
        {"{\"time\":1}\n"sv, "JSON"},
        {"#!/bin/sh\n"sv, "text"},
        {"\0\0\0\0\0\0\0\0"sv, "zero bytes"},
        {"\x89\x44\x41VY\n\x1a\x01"sv, "line ends"},
        {"\x90\x91\x92"sv, "90 91 92"},
    };
    for (auto& c : cases) {
        set_bytes(c.head);
        Readout out = read();
        ASSERT_TRUE(out.refused) << c.what;
        EXPECT_THAT(out.refused->what, HasSubstr(c.what));
        EXPECT_EQ(out.refused->where, path());
    }
}

TEST_F(RecordingTest, RefusesWhatIsNoFile)
{
    auto reader = RecordingReader::open(std::filesystem::path(path()).parent_path().string());
    ASSERT_FALSE(reader);
    EXPECT_THAT(reader.error().what, HasSubstr("directory"));

    reader = RecordingReader::open(path("missing"));
    ASSERT_FALSE(reader);
    EXPECT_THAT(reader.error().what, HasSubstr("No such file"));

    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    reader = RecordingReader::open(path("fifo"));
    ASSERT_FALSE(reader) << "and open() did not wait for a writer";
    EXPECT_THAT(reader.error().what, HasSubstr("no regular file"));
}

TEST_F(RecordingTest, SaysWhenItMayNotRead)
{
    write({});
    ASSERT_EQ(::chmod(path().c_str(), 0), 0);
    if (::geteuid() != 0) {
        Readout out = read();
        ASSERT_TRUE(out.refused);
        EXPECT_THAT(out.refused->what, HasSubstr("Permission denied"));
        return;
    }
    // Root reads everything, so somebody else has to try, in a child of its own.
    std::filesystem::permissions(std::filesystem::path(path()).parent_path(),
                                 std::filesystem::perms(0711));
    pid_t child = ::fork();
    if (child == 0) {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0)
            ::_exit(2);
        Readout out = read();
        bool said = out.refused && out.refused->what.find("Permission denied") != std::string::npos;
        auto made = RecordingWriter::create(path("new"), info());
        bool refused = !made && made.error().what.find("Permission denied") != std::string::npos;
        ::_exit(said && refused ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST_F(RecordingTest, NamesBothVersionsOfANewerOne)
{
    const std::string good = write({Record(test::exec_event())});
    struct {
        std::uint16_t format, abi;
        const char* what;
    } cases[] = {
        {recording::kFormatVersion + 1, DAVY_ABI_VERSION, "format 2, newer than this build's 1"},
        {recording::kFormatVersion, DAVY_ABI_VERSION + 1,
         "ABI version 2, newer than this build's 1"},
        {0, DAVY_ABI_VERSION, "format 0"},
        {recording::kFormatVersion, 0, "ABI version 0"},
    };
    for (auto& c : cases) {
        std::string file = good;
        auto header = file_header(file);
        header.format_version = c.format;
        header.abi_version = c.abi;
        put_file_header(file, header);
        set_bytes(file);
        Readout out = read();
        ASSERT_TRUE(out.refused);
        EXPECT_THAT(out.refused->what, HasSubstr(c.what));
    }

    std::string swapped = good;
    auto header = file_header(swapped);
    header.byte_order = __builtin_bswap32(header.byte_order);
    put_file_header(swapped, header);
    set_bytes(swapped);
    EXPECT_THAT(read().refused.value_or(Error{}).what, HasSubstr("byte order"));
}

} // namespace
} // namespace davylamp
