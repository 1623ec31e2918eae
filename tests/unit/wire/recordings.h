// SPDX-License-Identifier: Apache-2.0
// Recording files for the tests of this room: made in a temporary folder, and read back.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "records.h"
#include "wire/recording.h"
#include "wire/recording_format.h"

namespace davylamp::test {

class RecordingTest : public testing::Test {
protected:
    RecordingTest()
    {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "davy-wire-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            ADD_FAILURE() << "no temporary folder";
        folder_ = pattern;
    }
    ~RecordingTest() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name = "recording") const
    {
        return (folder_ / name).string();
    }

    // Writes records in blocks of `per_block` (0: as the writer likes), with an end block.
    std::string write(const std::vector<Record>& records, std::size_t per_block = 0)
    {
        std::filesystem::remove(path());
        auto writer = RecordingWriter::create(path(), info());
        if (!writer) {
            ADD_FAILURE() << writer.error().text();
            return {};
        }
        for (std::size_t i = 0; i < records.size(); i++) {
            EXPECT_TRUE(writer->append(records[i].event()));
            if (per_block != 0 && (i + 1) % per_block == 0) {
                EXPECT_TRUE(writer->flush());
            }
        }
        EXPECT_TRUE(writer->finish());
        return bytes();
    }

    static RecordingInfo info()
    {
        RecordingInfo out;
        out.version = "0.1.0";
        out.hostname = "mine";
        out.realtime_offset_ns = 42;
        out.policy = "{}";
        return out;
    }

    std::string bytes() const
    {
        std::ifstream in(path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void set_bytes(std::string_view content) const
    {
        // A new file each time: ext4 flushes one that was truncated and written again, and some
        // tests do this thousands of times.
        std::filesystem::remove(path());
        std::ofstream out(path(), std::ios::binary | std::ios::trunc);
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
    }

    struct Readout {
        std::optional<Error> refused; // open() or next() failed
        std::vector<std::string> records;
        std::optional<Error> damage;
        RecordingInfo info;
        std::uint64_t unknown_kinds = 0;
        bool clean() const { return !refused && !damage; }
    };
    Readout read() const
    {
        Readout out;
        auto reader = RecordingReader::open(path());
        if (!reader) {
            out.refused = reader.error();
            return out;
        }
        out.info = reader->info();
        for (;;) {
            auto event = reader->next();
            if (!event) {
                out.refused = event.error();
                break;
            }
            if (!*event)
                break;
            out.records.push_back(text_of(**event));
        }
        out.damage = reader->damage();
        out.unknown_kinds = reader->unknown_kinds();
        return out;
    }

    // Where each block begins, the end block included.
    static std::vector<std::size_t> blocks_of(const std::string& file)
    {
        std::vector<std::size_t> out;
        std::size_t at = sizeof(recording::FileHeader);
        while (at < file.size()) {
            out.push_back(at);
            at += sizeof(recording::BlockHeader) + block_at(file, at).packed_size;
        }
        return out;
    }
    static recording::BlockHeader block_at(const std::string& file, std::size_t at)
    {
        recording::BlockHeader header;
        std::memcpy(&header, file.data() + at, sizeof header);
        return header;
    }
    // Puts a changed header back, with a good checksum.
    static void put_block(std::string& file, std::size_t at, recording::BlockHeader header)
    {
        header.checksum = recording::header_checksum(header);
        std::memcpy(file.data() + at, &header, sizeof header);
    }
    static recording::FileHeader file_header(const std::string& file)
    {
        recording::FileHeader header;
        std::memcpy(&header, file.data(), sizeof header);
        return header;
    }
    static void put_file_header(std::string& file, recording::FileHeader header)
    {
        header.checksum = recording::header_checksum(header);
        std::memcpy(file.data(), &header, sizeof header);
    }

    static std::vector<std::string> texts(const std::vector<Record>& records)
    {
        std::vector<std::string> out;
        for (const Record& record : records)
            out.push_back(record.text());
        return out;
    }

private:
    std::filesystem::path folder_;
};

} // namespace davylamp::test
