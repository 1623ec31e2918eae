// SPDX-License-Identifier: Apache-2.0
// The layout of a recording, as docs/recording.md has it: for the reader, the writer and their
// tests alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "wire/event.h"

namespace davylamp::recording {

inline constexpr std::string_view kFileMagic("\x89"
                                             "DAVY\r\n\x1a",
                                             8);
inline constexpr std::string_view kBlockMagic = "DVBK";
inline constexpr std::uint16_t kFormatVersion = 1;
inline constexpr std::uint32_t kByteOrder = 0x0a0b0c0d;

inline constexpr std::uint16_t kInfo = 1;
inline constexpr std::uint16_t kRecords = 2;
inline constexpr std::uint16_t kEnd = 3;

inline constexpr std::size_t kBlockTarget = 64 << 10; // raw bytes at which a block is written
inline constexpr std::size_t kRecordMax = 1 << 20;    // one record, padding included
inline constexpr std::size_t kBlockMax = 4 << 20;     // raw or packed, in a file from outside

struct FileHeader {
    char magic[8];
    std::uint16_t format_version;
    std::uint16_t abi_version;
    std::uint32_t byte_order;
    std::uint64_t recording_id;
    std::uint32_t reserved;
    std::uint32_t checksum;
};
static_assert(sizeof(FileHeader) == 32 && offsetof(FileHeader, checksum) == 28);

struct BlockHeader {
    char magic[4];
    std::uint16_t type;
    std::uint16_t reserved;
    std::uint64_t recording_id;
    std::uint64_t sequence;
    std::uint64_t records_before;
    std::uint64_t first_time_ns;
    std::uint64_t last_time_ns;
    std::uint32_t record_count;
    std::uint32_t raw_size;
    std::uint32_t packed_size;
    std::uint32_t checksum;
};
static_assert(sizeof(BlockHeader) == 64 && offsetof(BlockHeader, recording_id) == 8 &&
              offsetof(BlockHeader, record_count) == 48 && offsetof(BlockHeader, checksum) == 60);

// CRC-32 of IEEE 802.3, as RFC 1952 section 8 writes it down. Headers only, so a table will do.
inline std::uint32_t crc32(std::span<const std::byte> bytes)
{
    static constexpr auto kTable = [] {
        std::array<std::uint32_t, 256> table{};
        for (std::uint32_t i = 0; i < table.size(); i++) {
            std::uint32_t c = i;
            for (int bit = 0; bit < 8; bit++)
                c = (c & 1) != 0 ? 0xedb88320u ^ (c >> 1) : c >> 1;
            table[i] = c;
        }
        return table;
    }();
    std::uint32_t crc = 0xffffffffu;
    for (std::byte b : bytes)
        crc = kTable[(crc ^ static_cast<std::uint32_t>(b)) & 0xff] ^ (crc >> 8);
    return ~crc;
}

// Of either header: everything before its last field, which is the checksum.
template <class Header> std::uint32_t header_checksum(const Header& header)
{
    static_assert(std::has_unique_object_representations_v<Header>);
    return crc32(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, checksum)));
}

// Whether this is a header of a block of that recording, undamaged.
inline bool is_block(const BlockHeader& header, std::uint64_t recording_id)
{
    return std::memcmp(header.magic, kBlockMagic.data(), sizeof header.magic) == 0 &&
           header.recording_id == recording_id && header.checksum == header_checksum(header);
}

constexpr std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

} // namespace davylamp::recording
