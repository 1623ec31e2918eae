// SPDX-License-Identifier: Apache-2.0
// rules/dns.h: which name led to which address, in what resolvers send, byte by byte.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "davylamp/rules/dns.h"

namespace {

std::string word(unsigned value)
{
    return {static_cast<char>(value >> 8), static_cast<char>(value & 255)};
}

std::string name(const std::string& dotted)
{
    std::string out;
    for (std::size_t at = 0; at < dotted.size();) {
        std::size_t end = std::min(dotted.find('.', at), dotted.size());
        out += static_cast<char>(end - at);
        out += dotted.substr(at, end - at);
        at = end + 1;
    }
    return out + '\0';
}

std::string header(unsigned answers, unsigned flags = 0x8180, unsigned questions = 1)
{
    return word(0x1234) + word(flags) + word(questions) + word(answers) + word(0) + word(0);
}

std::string question(const std::string& of, unsigned type = 1, unsigned kind = 1)
{
    return name(of) + word(type) + word(kind);
}

// Of that many characters, in labels.
std::string long_name(std::size_t size)
{
    std::string out(size, 'a');
    for (std::size_t at = 60; at + 1 < size; at += 61)
        out[at] = '.';
    return out;
}

std::string record(const std::string& owner, unsigned type, const std::string& data,
                   unsigned ttl = 300, unsigned kind = 1)
{
    return owner + word(type) + word(kind) + word(ttl >> 16) + word(ttl & 0xffff) +
           word(static_cast<unsigned>(data.size())) + data;
}

const std::string kPointer = "\xc0\x0c";
std::string four(unsigned char last) { return {'\xc0', '\0', '\2', static_cast<char>(last)}; }
std::string mapped(const std::string& ipv4) { return std::string(10, '\0') + "\xff\xff" + ipv4; }

struct Read {
    std::string question; // empty: refused before its end
    std::vector<std::pair<std::string, unsigned>> addresses;
    bool bad = false, done = false;
};

Read read(const std::string& message, bool answer = true)
{
    Read out;
    davy_dns_state dns;
    davy_dns_begin(&dns, answer);
    for (char byte : message) {
        if (dns.done)
            break;
        davy_dns_step(&dns, static_cast<__u8>(byte));
        if (dns.brought == DAVY_DNS_QUESTION)
            out.question = dns.name.text;
        if (dns.brought == DAVY_DNS_ADDRESS)
            out.addresses.emplace_back(std::string(reinterpret_cast<const char*>(dns.address), 16),
                                       davy_dns_lasts_s(&dns));
        out.bad = dns.brought == DAVY_DNS_BAD;
    }
    out.done = dns.done;
    return out;
}

// Whether a TCP stream to port 53 is DNS, by its first segment.
bool is_stream(std::string first, bool answer = false)
{
    const std::size_t size = first.size();
    first.resize(DAVY_DNS_STREAM_HEAD); // the hook reads so many at most
    return davy_dns_is_stream(reinterpret_cast<const std::uint8_t*>(first.data()),
                              static_cast<std::uint32_t>(size), answer);
}

TEST(Dns, AStreamIsToldByItsFirstBytes)
{
    const std::string query = header(0, 0x0100) + question("example.org");
    const std::string update =
        header(0, 0x2800) + question("example.org", 6) + std::string(900, 'k');
    EXPECT_TRUE(is_stream(word(query.size()) + query));
    EXPECT_TRUE(is_stream(word(query.size()) + query + word(query.size()) + query));
    EXPECT_TRUE(is_stream(word(update.size()) + update));
    EXPECT_TRUE(is_stream(word(query.size()))) << "the length alone";
    EXPECT_TRUE(is_stream(word(query.size()).substr(0, 1)));
    EXPECT_TRUE(is_stream(word(40000) + header(1), true));
    EXPECT_FALSE(is_stream(word(query.size()) + query, true)) << "a question is no answer";
    EXPECT_FALSE(is_stream(word(40) + header(1))) << "an answer is no question";
}

TEST(Dns, AnythingElseInAStreamIsNone)
{
    const std::string hello = std::string("\x16\3\1\2\0\1\0\1\xfc\3\3", 11) + std::string(506, 'r');
    for (const std::string& first :
         {std::string("{\"id\":1}\n"), std::string("{"), std::string("GET / HTTP/1.1\r\n\r\n"),
          std::string("G"), std::string("\5\1\0", 3), std::string("\4\1\0\x50\x01\0\0\1\0", 9),
          std::string("\4\1\0\x50\x0a\0\0\1\0", 9), std::string("PROXY UNKNOWN\r\n"), hello,
          word(40) + header(0, 0x0100, 2) + question("example.org"),
          word(400) + header(0, 0x0100) + question("example.org"), word(11)})
        EXPECT_FALSE(is_stream(first)) << testing::PrintToString(first);
}

TEST(Dns, OneAddress)
{
    Read seen = read(header(1) + question("get.example.org") + record(kPointer, 1, four(7)));
    EXPECT_EQ(seen.question, "get.example.org");
    ASSERT_EQ(seen.addresses.size(), 1u);
    EXPECT_EQ(seen.addresses[0].first, mapped(four(7)));
    EXPECT_EQ(seen.addresses[0].second, 300u);
    EXPECT_TRUE(seen.done);
}

TEST(Dns, IPv6)
{
    const std::string address = "\x20\x01\x0d\xb8" + std::string(11, '\0') + "\x05";
    Read seen = read(header(1) + question("a.b", 28) + record(kPointer, 28, address));
    ASSERT_EQ(seen.addresses.size(), 1u);
    EXPECT_EQ(seen.addresses[0].first, address);
}

TEST(Dns, CaseIsNone)
{
    EXPECT_EQ(read(header(1) + question("GeT.eXample.ORG")).question, "get.example.org");
}

davy_dns_state question_of(const std::string& message, bool answer)
{
    davy_dns_state dns;
    davy_dns_begin(&dns, answer);
    for (std::size_t i = 0; i < message.size() && dns.brought != DAVY_DNS_QUESTION; i++)
        davy_dns_step(&dns, static_cast<__u8>(message[i]));
    return dns;
}

// A question and its answer have the same id and hash, whatever the case of their letters.
TEST(Dns, AnAnswerIsToAQuestion)
{
    davy_dns_state asked = question_of(header(0, 0x0100) + question("GeT.eXample.org", 28), false);
    davy_dns_state told = question_of(header(1) + question("get.Example.org", 28), true);
    EXPECT_EQ(asked.id, 0x1234);
    EXPECT_EQ(told.id, 0x1234);
    EXPECT_EQ(asked.type, told.type);
    EXPECT_EQ(asked.hash, told.hash);
    for (const char* other : {"get.example.or", "getexample.org", "get.example.orgg", "g.et.org"})
        EXPECT_NE(question_of(header(1) + question(other, 28), true).hash, asked.hash) << other;
}

// Owners by pointer, in full, and half and half: none matters.
TEST(Dns, ChainsOfAliases)
{
    std::string message = header(4) + question("get.example.org") +
                          record(kPointer, 5, name("cdn.example.net")) +
                          record(name("cdn.example.net"), 5,
                                 "\x03"
                                 "edg" +
                                     kPointer) +
                          record("\x03"
                                 "edg" +
                                     kPointer,
                                 1, four(1)) +
                          record(name("edg.x"), 1, four(2));
    Read seen = read(message);
    EXPECT_EQ(seen.question, "get.example.org");
    ASSERT_EQ(seen.addresses.size(), 2u);
    EXPECT_EQ(seen.addresses[1].first, mapped(four(2)));
}

TEST(Dns, RecordsOfOtherKindsAreSkipped)
{
    std::string message = header(5) + question("a.b") + record(kPointer, 46, std::string(90, 'x')) +
                          record(kPointer, 1, four(1), 300, 3) + // class CHAOS
                          record(kPointer, 1, "\x01\x02\x03") +  // no address of four bytes
                          record(kPointer, 65, "") +             // no data
                          record(kPointer, 1, four(9));
    Read seen = read(message);
    ASSERT_EQ(seen.addresses.size(), 1u);
    EXPECT_EQ(seen.addresses[0].first, mapped(four(9)));
}

TEST(Dns, OnlySoManyRecordsAreRead)
{
    std::string message = header(300) + question("a.b");
    for (int i = 0; i < 300; i++)
        message += record(kPointer, 1, four(static_cast<unsigned char>(i)));
    EXPECT_EQ(read(message).addresses.size(), std::size_t{DAVY_DNS_RECORDS_MAX});
}

// Additional records are no answers.
TEST(Dns, WhatFollowsTheAnswersIsNotRead)
{
    Read seen = read(header(1) + question("a.b") + record(kPointer, 1, four(1)) +
                     record(name("evil"), 1, four(66)));
    ASSERT_EQ(seen.addresses.size(), 1u);
}

TEST(Dns, WhatIsNoAnswer)
{
    const std::string rest = question("a.b") + record(kPointer, 1, four(1));
    struct {
        const char* what;
        std::string message;
    } const cases[] = {
        {"a question", header(1, 0x0100) + rest},
        {"another opcode", header(1, 0x8900) + rest},
        {"no such name", header(1, 0x8183) + rest},
        {"no question", header(1, 0x8180, 0) + rest},
        {"two questions", header(1, 0x8180, 2) + question("a.b") + rest},
        {"257 questions", header(1, 0x8180, 257) + rest},
        {"no answers", header(0) + rest},
        {"another type", header(1) + question("a.b", 15) + record(kPointer, 1, four(1))},
        {"another class", header(1) + question("a.b", 1, 3) + record(kPointer, 1, four(1))},
        {"the root", header(1) + question("") + record(kPointer, 1, four(1))},
        {"a compressed question",
         header(1) + kPointer + word(1) + word(1) + record(kPointer, 1, four(1))},
        {"a dot within a label", header(1) + std::string("\x0bget.example\x03org\0", 17) + word(1) +
                                     word(1) + record(kPointer, 1, four(1))},
        {"a NUL within a label", header(1) +
                                     std::string("\x03"
                                                 "a\0b\0",
                                                 5) +
                                     word(1) + word(1) + record(kPointer, 1, four(1))},
        {"a name too long",
         header(1) + question(long_name(DAVY_HOST_NAME_MAX)) + record(kPointer, 1, four(1))},
        {"a label of 64", header(1) + "\x40" + std::string(64, 'a') + rest},
    };
    for (const auto& one : cases) {
        Read seen = read(one.message);
        EXPECT_TRUE(seen.addresses.empty()) << one.what;
        EXPECT_TRUE(seen.bad) << one.what;
    }
}

TEST(Dns, TheLongestName)
{
    const std::string longest = long_name(DAVY_HOST_NAME_MAX - 1);
    EXPECT_EQ(read(header(1) + question(longest)).question, longest);
    EXPECT_EQ(read(header(0, 0x0100) + question(longest), false).question, longest);
}

// A question says what is asked for, of whatever type; nothing behind it is read.
TEST(Dns, Questions)
{
    for (unsigned type : {1u, 28u, 65u, 16u}) {
        Read seen = read(header(0, 0x0100) + question("Pool.Example", type) + "more", false);
        EXPECT_EQ(seen.question, "pool.example");
        EXPECT_TRUE(seen.done);
    }
    for (const std::string& other :
         {header(0, 0x8180) + question("a.b"), header(0, 0x0900) + question("a.b"),
          header(0, 0x0100, 0), header(0, 0x0100) + question("a.b", 1, 3)})
        EXPECT_TRUE(read(other, false).bad);
}

// Cut anywhere, an answer gives a part of its addresses, and never another one.
TEST(Dns, CutAnywhere)
{
    std::string message = header(2) + question("get.example.org") + record(kPointer, 1, four(1)) +
                          record(kPointer, 1, four(2));
    for (std::size_t size = 0; size <= message.size(); size++) {
        Read seen = read(message.substr(0, size));
        std::size_t whole = size == message.size() ? 2 : size >= message.size() - 16 ? 1 : 0;
        ASSERT_EQ(seen.addresses.size(), whole) << size;
    }
}

TEST(Dns, HowLongItCounts)
{
    struct {
        unsigned ttl, lasts;
    } const cases[] = {{0, 60}, {59, 60}, {60, 60}, {3600, 3600}, {86400, 3600}, {0x80000e10, 60}};
    for (const auto& one : cases) {
        Read seen = read(header(1) + question("a.b") + record(kPointer, 1, four(1), one.ttl));
        ASSERT_EQ(seen.addresses.size(), 1u);
        EXPECT_EQ(seen.addresses[0].second, one.lasts) << one.ttl;
    }
}

} // namespace
