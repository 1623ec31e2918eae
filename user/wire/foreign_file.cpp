// SPDX-License-Identifier: Apache-2.0
#include "wire/foreign_file.h"

#include <algorithm>
#include <cstdio>

#include "wire/recording_format.h"

namespace davylamp {

namespace {

using namespace std::string_view_literals;

struct Magic {
    std::string_view bytes;
    std::string_view what;
};

constexpr Magic kMagics[] = {
    {"\x1f\x8b"sv, "it is gzip data, no recording; unpack it if a recording is inside"},
    {"\x28\xb5\x2f\xfd"sv, "it is zstd data, no recording; unpack it if a recording is inside"},
    {"\xfd"
     "7zXZ\0"sv,
     "it is xz data, no recording; unpack it if a recording is inside"},
    {"BZh"sv, "it is bzip2 data, no recording; unpack it if a recording is inside"},
    {"PK\x03\x04"sv, "it is a zip archive, no recording; unpack it if a recording is inside"},
    {"\x7f"
     "ELF"sv,
     "it is an ELF file, no recording"},
    {"\xd4\xc3\xb2\xa1"sv, "it is a packet capture (pcap), no recording"},
    {"\x0a\x0d\x0d\x0a"sv, "it is a packet capture (pcapng), no recording"},
    {"\0\0\0\0"sv, "it begins with zero bytes and is no recording"},
    {"\x89"
     "DAVY\n"sv,
     "it was a recording, but a transfer in text mode has changed its line ends"},
    {"{"sv, "it is JSON text, no recording (the output of `davylamp dump`, or a policy?)"},
    {"["sv, "it is JSON text, no recording"},
};

bool text_byte(unsigned char c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
}

} // namespace

std::optional<std::string> foreign_file(std::span<const std::byte> head)
{
    if (head.empty())
        return "it is empty, no recording";
    std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
    std::size_t known = std::min(text.size(), recording::kFileMagic.size());
    if (text.substr(0, known) == recording::kFileMagic.substr(0, known))
        return std::nullopt;

    for (const Magic& magic : kMagics) {
        if (text.substr(0, magic.bytes.size()) == magic.bytes)
            return std::string(magic.what);
    }
    if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return text_byte(c); }))
        return "it is text, no recording";
    std::string what = "it is no recording: it begins with";
    for (unsigned char c : text.substr(0, 8)) {
        char hex[4];
        std::snprintf(hex, sizeof hex, " %02x", c);
        what += hex;
    }
    return what;
}

} // namespace davylamp
