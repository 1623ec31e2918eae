// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "policy/policy.h"

namespace davylamp {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

Bytes ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
{
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

TEST(Prefix, AddressesAndNetworks)
{
    struct Case {
        std::string_view text;
        Bytes address;
        std::uint32_t bits;
        std::string_view shown;
    };
    const Case cases[] = {
        {"198.51.100.7", ipv4(198, 51, 100, 7), 128, "198.51.100.7"},
        {"198.51.100.7/32", ipv4(198, 51, 100, 7), 128, "198.51.100.7"},
        {"10.0.0.0/8", ipv4(10, 0, 0, 0), 104, "10.0.0.0/8"},
        {"192.0.2.128/25", ipv4(192, 0, 2, 128), 121, "192.0.2.128/25"},
        {"0.0.0.0/0", ipv4(0, 0, 0, 0), 96, "0.0.0.0/0"},
        {"0.0.0.0", ipv4(0, 0, 0, 0), 128, "0.0.0.0"},
        {"255.255.255.255", ipv4(255, 255, 255, 255), 128, "255.255.255.255"},
        // The same hosts in IPv6 clothes.
        {"::ffff:198.51.100.7", ipv4(198, 51, 100, 7), 128, "198.51.100.7"},
        {"::ffff:c633:6407", ipv4(198, 51, 100, 7), 128, "198.51.100.7"},
        {"::FFFF:10.0.0.0/104", ipv4(10, 0, 0, 0), 104, "10.0.0.0/8"},
        {"::ffff:0:0/96", ipv4(0, 0, 0, 0), 96, "0.0.0.0/0"},
        {"2001:db8::1",
         {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
         128,
         "2001:db8::1"},
        {"2001:DB8::/32", {0x20, 0x01, 0x0d, 0xb8}, 32, "2001:db8::/32"},
        {"2001:db8:8000::/33", {0x20, 0x01, 0x0d, 0xb8, 0x80}, 33, "2001:db8:8000::/33"},
        {"::/0", {}, 0, "::/0"},
        {"::", {}, 128, "::"},
        {"::1/128", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "::1"},
        // Not mapped: an address of its own (RFC 4291 section 2.5.5.1).
        {"::192.0.2.1", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1}, 128, "::192.0.2.1"},
        // One bit short of the mapped network, so not IPv4.
        {"::fffe:0:0/95", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe}, 95, "::fffe:0:0/95"},
    };
    for (const Case& c : cases) {
        Result<Prefix> prefix = parse_prefix(c.text);
        ASSERT_TRUE(prefix) << c.text << ": " << prefix.error().text();
        EXPECT_EQ(prefix->address, c.address) << c.text;
        EXPECT_EQ(prefix->bits, c.bits) << c.text;
        EXPECT_EQ(prefix->note, "");
        EXPECT_EQ(prefix_text(*prefix), c.shown) << c.text;
        Result<Prefix> again = parse_prefix(prefix_text(*prefix));
        ASSERT_TRUE(again) << c.text;
        EXPECT_EQ(*again, *prefix) << c.text;
    }
}

TEST(Prefix, FaultsNameTheMend)
{
    const std::string no_address = "give an IPv4 or IPv6 address, or a network such as "
                                   "192.0.2.0/24";
    const std::string octal = "leading zeros mean octal to some programs; leave them out";
    const std::string four = "an IPv4 address is four numbers, 0..255, with dots between";
    struct Case {
        std::string text, what, mend;
    };
    const Case cases[] = {
        {"", "\"\" is no address", no_address},
        {"/8", "\"/8\" is no address", no_address},
        {"10.0.0.1/8", "\"10.0.0.1/8\" has host bits set",
         "the network is 10.0.0.0/8, the address alone is 10.0.0.1"},
        {"10.0.0.1/0", "\"10.0.0.1/0\" has host bits set",
         "the network is 0.0.0.0/0, the address alone is 10.0.0.1"},
        {"192.0.2.129/31", "\"192.0.2.129/31\" has host bits set",
         "the network is 192.0.2.128/31, the address alone is 192.0.2.129"},
        {"2001:db8::1/32", "\"2001:db8::1/32\" has host bits set",
         "the network is 2001:db8::/32, the address alone is 2001:db8::1"},
        {"::ffff:10.0.0.1/104", "\"::ffff:10.0.0.1/104\" has host bits set",
         "the network is 10.0.0.0/8, the address alone is ::ffff:10.0.0.1"},
        {"10.0.0.0/33", "\"10.0.0.0/33\" has no IPv4 prefix length", "give /0../32"},
        {"::ffff:10.0.0.0/129", "\"::ffff:10.0.0.0/129\" has no IPv6 prefix length",
         "give /0../128"},
        {"2001:db8::/129", "\"2001:db8::/129\" has no IPv6 prefix length", "give /0../128"},
        {"10.0.0.0/4294967304", "\"10.0.0.0/4294967304\" has no IPv4 prefix length",
         "give /0../32"},
        {"10.0.0.0/", "\"10.0.0.0/\" has no IPv4 prefix length", "give /0../32"},
        {"10.0.0.0/08", "\"10.0.0.0/08\" has no IPv4 prefix length", "give /0../32"},
        {"10.0.0.0/+8", "\"10.0.0.0/+8\" has no IPv4 prefix length", "give /0../32"},
        {"10.0.0.0/-1", "\"10.0.0.0/-1\" has no IPv4 prefix length", "give /0../32"},
        {"10.0.0.0/ 8", "\"10.0.0.0/ 8\" has no IPv4 prefix length", "give /0../32"},
        {"10.0.0.0/8/8", "\"10.0.0.0/8/8\" has no IPv4 prefix length", "give /0../32"},
        {"10.0.0.0/255.0.0.0", "\"10.0.0.0/255.0.0.0\" has no IPv4 prefix length", "give /0../32"},
        {"010.0.0.1", "\"010.0.0.1\" is no address", octal},
        {"10.0.0.01", "\"10.0.0.01\" is no address", octal},
        {"10.1", "\"10.1\" is no address", four},
        {"167772161", "\"167772161\" is no address", four},
        {"1.2.3.4.5", "\"1.2.3.4.5\" is no address", four},
        {"256.0.0.1", "\"256.0.0.1\" is no address", "each of the four numbers is 0..255"},
        {"10.0.0.", "\"10.0.0.\" is no address", "each of the four numbers is 0..255"},
        {"198.51.100.7:3333", "\"198.51.100.7:3333\" is no address",
         "give the address without a port"},
        {"[2001:db8::1]", "\"[2001:db8::1]\" is no address",
         "write it without brackets and without a port"},
        {"fe80::1%eth0", "\"fe80::1%eth0\" is no address",
         "a zone names an interface of this host; leave it out"},
        {" 10.0.0.1", "\" 10.0.0.1\" is no address", "write it without spaces"},
        {"pool.example.com", "\"pool.example.com\" is no address",
         "a name is not looked up here; give its address"},
        {"0x0a000001", "\"0x0a000001\" is no address",
         "a name is not looked up here; give its address"},
        {"2001:db8::1::2", "\"2001:db8::1::2\" is no address", no_address},
        {"2001:db8::12345", "\"2001:db8::12345\" is no address", no_address},
        {std::string("10.0.0.1\0", 9), "\"10.0.0.1\\x00\" is no address",
         "a name is not looked up here; give its address"},
        {std::string(300, '1'), "\"" + std::string(64, '1') + "...\" is no address", four},
    };
    for (const Case& c : cases) {
        Result<Prefix> prefix = parse_prefix(c.text);
        ASSERT_FALSE(prefix) << c.text;
        EXPECT_EQ(prefix.error().where, "");
        EXPECT_EQ(prefix.error().what, c.what);
        EXPECT_EQ(prefix.error().mend, c.mend) << c.text;
    }
}

// Every length of both families: the network of the length is taken, one bit below it is not.
TEST(Prefix, EveryLengthReadsBack)
{
    for (std::uint32_t bits = 0; bits <= 128; bits++) {
        Prefix prefix;
        prefix.address.fill(0);
        for (std::uint32_t bit = 0; bit < bits; bit++)
            prefix.address[bit / 8] |= static_cast<std::uint8_t>(0x80u >> (bit % 8));
        prefix.bits = bits;
        Result<Prefix> again = parse_prefix(prefix_text(prefix));
        ASSERT_TRUE(again) << prefix_text(prefix) << ": " << again.error().text();
        EXPECT_EQ(*again, prefix) << bits;

        if (bits == 128)
            continue;
        Prefix dirty = prefix;
        dirty.address[bits / 8] |= static_cast<std::uint8_t>(0x80u >> (bits % 8));
        EXPECT_FALSE(parse_prefix(prefix_text(dirty))) << prefix_text(dirty);
    }
}

} // namespace
} // namespace davylamp
