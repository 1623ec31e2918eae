// SPDX-License-Identifier: Apache-2.0
#include "engine/websocket.h"

#include <gtest/gtest.h>

#include "engine/stratum_details.h"

namespace davylamp {
namespace {

using namespace std::string_literals;

// RFC 6455 section 5.7: "Hello", bare and masked.
const std::string kBare = "\x81\x05Hello";
const std::string kMasked = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";

std::string frame(std::string_view text, unsigned first = 0x81)
{
    const char key[] = {'\x12', '\x34', '\x56', '\x78'};
    std::string out(1, static_cast<char>(first));
    if (text.size() < 126) {
        out += static_cast<char>(0x80 | text.size());
    } else {
        out += '\xfe';
        out += static_cast<char>(text.size() >> 8);
        out += static_cast<char>(text.size() & 0xff);
    }
    out.append(key, 4);
    for (std::size_t i = 0; i < text.size(); i++)
        out += static_cast<char>(text[i] ^ key[i % 4]);
    return out;
}

TEST(WebSocketText, UnmasksTheStandardsExamples)
{
    EXPECT_EQ(websocket_text(kBare), "Hello\n");
    EXPECT_EQ(websocket_text(kMasked), "Hello\n");
    EXPECT_EQ(websocket_text("\x01\x03Hel\x80\x02lo"s), "Hello\n") << "in two fragments";
    EXPECT_EQ(websocket_text("\x01\x03Hel\x89\x02hi\x80\x02lo"s), "Hello\n") << "a ping between";
    EXPECT_EQ(websocket_text(kMasked + kBare), "Hello\nHello\n");
}

TEST(WebSocketText, ReadsWideLengths)
{
    const std::string text(300, 'a');
    EXPECT_EQ(websocket_text(frame(text)), text + "\n");
    EXPECT_EQ(websocket_text("\x81\x7f\0\0\0\0\0\0\0\x05Hello"s), "Hello\n");
}

TEST(WebSocketText, ACutFrameGivesWhatIsThere)
{
    for (std::size_t size = 0; size <= kMasked.size(); size++) {
        std::string text = websocket_text(kMasked.substr(0, size));
        EXPECT_EQ(text, size == kMasked.size() ? "Hello\n"
                                               : std::string("Hello", size > 6 ? size - 6 : 0));
    }
}

TEST(WebSocketText, WhatIsNoFrameGivesNothing)
{
    for (const std::string& bytes :
         {"GET / HTTP/1.1"s, "\xc1\x05Hello"s /* compressed */, "\x82\x05Hello"s /* binary */,
          "\x8b\x05Hello"s /* no such opcode */, "\x89\x7e\x00\x05Hello"s /* a long ping */,
          "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"s /* 2^64 - 1 bytes */, "{\"method\""s, ""s})
        EXPECT_EQ(websocket_text(bytes), "") << bytes;
}

TEST(WebSocketText, ALoginIsReadThroughFrames)
{
    StratumDetails wanted;
    wanted.method = "auth";
    wanted.login = "48edf";
    auto details = stratum_details(websocket_text(
        frame(R"({"type":"auth","params":{"site_key":"48edf","type":"anonymous"}})")));
    EXPECT_TRUE(details == wanted) << details.method << ", " << details.login;
}

} // namespace
} // namespace davylamp
