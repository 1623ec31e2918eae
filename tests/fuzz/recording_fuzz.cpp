// SPDX-License-Identifier: Apache-2.0
// The recording reader over any bytes: whatever the file, it ends, stays inside its buffers, and
// what it delivers can be shown. Fuzzed bytes seldom have good checksums, so the first byte chooses
// between the bytes as they are and the bytes in sound framing.
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/unique_fd.h"
#include "wire/event_json.h"
#include "wire/recording.h"
#include "wire/recording_format.h"

using namespace davylamp;

namespace {

void append(std::string& file, const void* bytes, std::size_t size)
{
    file.append(static_cast<const char*>(bytes), size);
}

recording::FileHeader file_header()
{
    recording::FileHeader header{};
    std::memcpy(header.magic, recording::kFileMagic.data(), sizeof header.magic);
    header.format_version = recording::kFormatVersion;
    header.abi_version = DAVY_ABI_VERSION;
    header.byte_order = recording::kByteOrder;
    header.checksum = recording::header_checksum(header);
    return header;
}

void append_block(std::string& file, recording::BlockHeader header, std::string_view payload)
{
    std::memcpy(header.magic, recording::kBlockMagic.data(), sizeof header.magic);
    header.checksum = recording::header_checksum(header);
    append(file, &header, sizeof header);
    file += payload;
}

std::string packed(std::string_view raw)
{
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, -5);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    std::string out(ZSTD_compressBound(raw.size()), '\0');
    out.resize(ZSTD_compress2(context, out.data(), out.size(), raw.data(), raw.size()));
    ZSTD_freeCCtx(context);
    return out;
}

// Blocks of 64 fuzzed header bytes and as many payload bytes as they say, checksums mended.
void append_headers(std::string& file, std::string_view data)
{
    while (data.size() >= sizeof(recording::BlockHeader)) {
        recording::BlockHeader header;
        std::memcpy(&header, data.data(), sizeof header);
        data.remove_prefix(sizeof header);
        header.recording_id = 0;
        header.type %= 4;
        header.sequence %= 16;
        std::size_t size = std::min<std::size_t>(header.packed_size % 512, data.size());
        append_block(file, header, data.substr(0, size));
        data.remove_prefix(size);
    }
}

// The data as the records of one block, between an info block and an end.
void append_records(std::string& file, std::string_view data)
{
    std::size_t info_size = std::min<std::size_t>(data.empty() ? 0 : data[0] & 0x3f, data.size());
    std::string info = packed(data.substr(0, info_size));
    std::string_view raw = data.substr(info_size);

    recording::BlockHeader header{};
    header.type = recording::kInfo;
    header.raw_size = static_cast<std::uint32_t>(info_size);
    header.packed_size = static_cast<std::uint32_t>(info.size());
    append_block(file, header, info);

    // Counts the records as the reader will, so that more than the count is tested.
    std::uint32_t count = 0;
    for (std::size_t at = 0; raw.size() - at >= sizeof(davy_event_header);) {
        davy_event_header event;
        std::memcpy(&event, raw.data() + at, sizeof event);
        if (event.size < sizeof event || recording::padded(event.size) > raw.size() - at)
            break;
        at += recording::padded(event.size);
        count++;
    }
    std::string records = packed(raw);
    header.type = recording::kRecords;
    header.sequence = 1;
    header.record_count = count;
    header.raw_size = static_cast<std::uint32_t>(raw.size());
    header.packed_size = static_cast<std::uint32_t>(records.size());
    append_block(file, header, records);

    recording::BlockHeader end{};
    end.type = recording::kEnd;
    end.sequence = 2;
    end.records_before = count;
    append_block(file, end, {});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
    std::string file;
    if (data[0] % 4 != 0) {
        auto header = file_header();
        append(file, &header, sizeof header);
    }
    switch (data[0] % 4) {
    case 2: append_headers(file, rest); break;
    case 3: append_records(file, rest); break;
    default: file += rest;
    }

    UniqueFd fd(::memfd_create("recording", MFD_CLOEXEC));
    if (!fd || ::write(fd.get(), file.data(), file.size()) != static_cast<ssize_t>(file.size()))
        std::abort();
    auto reader = RecordingReader::open("/proc/self/fd/" + std::to_string(fd.get()));
    if (!reader)
        return 0;
    for (;;) {
        auto event = reader->next();
        if (!event)
            std::abort(); // nothing is wrong with reading a memfd
        if (!*event)
            break;
        (void)event_json(**event, reader->info().realtime_offset_ns);
    }
    auto damage = reader->damage();
    if (damage && damage->what.empty())
        std::abort();
    return 0;
}
