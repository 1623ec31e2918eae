// SPDX-License-Identifier: Apache-2.0
// List files: what is accepted, in all the shapes of published lists, and every fault of one.
#include "policy/pool_list.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "support/temp_folder.h"

namespace davylamp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "LINE ENTRY" of each.
std::vector<std::string> addresses_of(const PoolListEntries& entries)
{
    std::vector<std::string> out;
    for (const auto& one : entries.addresses)
        out.push_back(std::to_string(one.line) + " " + prefix_text({one.address, one.bits, {}}));
    return out;
}

std::vector<std::string> names_of(const PoolListEntries& entries)
{
    std::vector<std::string> out;
    for (const auto& one : entries.names)
        out.push_back(std::to_string(one.line) + " " + one.name);
    return out;
}

PoolListEntries read_list(const std::string& text)
{
    auto entries = parse_pool_list(text, "l.txt");
    EXPECT_TRUE(entries) << entries.error().text();
    return entries ? *entries : PoolListEntries{};
}

TEST(PoolList, TakesOneEntryALine)
{
    PoolListEntries entries = read_list("# pools\n"
                                        "\n"
                                        "198.51.100.7\n"
                                        "  203.0.113.0/24\t# a network\r\n"
                                        "2001:db8::/32\n"
                                        "pool.example\r\n"
                                        "XMR.Pool.Example # in capitals\n"
                                        "a_b-c.example.org");
    EXPECT_THAT(addresses_of(entries),
                ElementsAre("3 198.51.100.7", "4 203.0.113.0/24", "5 2001:db8::/32"));
    EXPECT_THAT(names_of(entries),
                ElementsAre("6 pool.example", "7 xmr.pool.example", "8 a_b-c.example.org"));
}

TEST(PoolList, TakesTheShapesOfPublishedLists)
{
    PoolListEntries entries = read_list("\xef\xbb\xbf*.pool.example\n"
                                        ".mine.example\n"
                                        "pool.example:3333\n"
                                        "stratum+tcp://xmr.example:3333\n"
                                        "stratum+ssl://tls.example/\n"
                                        "198.51.100.7:3333\n"
                                        "[2001:db8::7]:3333\n"
                                        "[2001:db8::8]\n"
                                        "stratum+tcp://198.51.100.8:80\n"
                                        "http://198.51.100.9\n"
                                        "::ffff:192.0.2.1\n"
                                        "10.0.0.0/8\n"
                                        "2001::/16\n");
    EXPECT_THAT(names_of(entries), ElementsAre("1 pool.example", "2 mine.example", "3 pool.example",
                                               "4 xmr.example", "5 tls.example"));
    EXPECT_THAT(addresses_of(entries),
                ElementsAre("6 198.51.100.7", "7 2001:db8::7", "8 2001:db8::8", "9 198.51.100.8",
                            "10 198.51.100.9", "11 192.0.2.1", "12 10.0.0.0/8", "13 2001::/16"));
}

TEST(PoolList, TakesAHostsFileWithoutTheHostsOwnNames)
{
    PoolListEntries entries = read_list("127.0.0.1 localhost\n"
                                        "127.0.0.1 localhost.localdomain\n"
                                        "::1 ip6-localhost ip6-loopback\n"
                                        "0.0.0.0 0.0.0.0\n"
                                        "0.0.0.0 pool.example www.pool.example # two\n"
                                        ":: six.example\n");
    EXPECT_THAT(names_of(entries),
                ElementsAre("5 pool.example", "5 www.pool.example", "6 six.example"));
    EXPECT_THAT(entries.addresses, IsEmpty());
}

TEST(PoolList, NothingIsAList)
{
    for (const char* text : {"", "\n", "\r\n\r\n", "# nothing", "\xef\xbb\xbf"}) {
        PoolListEntries entries = read_list(text);
        EXPECT_THAT(entries.names, IsEmpty());
        EXPECT_THAT(entries.addresses, IsEmpty());
    }
}

TEST(PoolList, FaultsAreNamedWithLineAndMend)
{
    const std::string such = "; give one such as \"pool.example\"; letters beyond ASCII as xn--...";
    const std::pair<std::string, std::string> faults[] = {
        {"198.51.100.7\n300.1.1.1\n",
         "l.txt:2: \"300.1.1.1\" is no address; each of the four numbers is 0..255"},
        {"10.0.0.1/24", "l.txt:1: \"10.0.0.1/24\" has host bits set; the network is 10.0.0.0/24, "
                        "the address alone is 10.0.0.1"},
        {"0.0.0.0/0", "l.txt:1: \"0.0.0.0/0\" is too wide for a list file; list /8 (IPv6: /16) or "
                      "longer, or give it in the policy's \"addresses\""},
        {"2000::/3", "l.txt:1: \"2000::/3\" is too wide for a list file; list /8 (IPv6: /16) or "
                     "longer, or give it in the policy's \"addresses\""},
        {"::/64", "l.txt:1: \"::/64\" is too wide for a list file; list /8 (IPv6: /16) or longer, "
                  "or give it in the policy's \"addresses\""}, // all of IPv4 is in it
        {"0.0.0.0\n", "l.txt:1: \"0.0.0.0\" is nobody's address; give the name that stood behind "
                      "it in a hosts file"},
        {"::0\n", "l.txt:1: \"::0\" is nobody's address; give the name that stood behind it in a "
                  "hosts file"},
        {"\n\n198.51.100.7 pool.example",
         "l.txt:3: \"pool.example\" is a second entry on the line; give one entry a line, or "
         "\"0.0.0.0 NAME\" as in a hosts file"},
        {"com", "l.txt:1: \"com\" is a whole top-level domain; give a name with a dot in it"},
        {"*.", "l.txt:1: \"*.\" is no host name; give one such as pool.example"},
        {"*.x*.example", "l.txt:1: \"*.x*.example\" is no host name" + such},
        {"||pool.example^", "l.txt:1: \"||pool.example^\" is no host name" + such},
        {"/xmrig/", "l.txt:1: \"/xmrig/\" is no host name" + such},
        {"pool.example:", "l.txt:1: \"pool.example:\" has no TCP port behind its colon; give "
                          "1..65535, or leave colon and port out"},
        {"pool.example:70000", "l.txt:1: \"pool.example:70000\" has no TCP port behind its colon; "
                               "give 1..65535, or leave colon and port out"},
        {"198.51.100.7:0", "l.txt:1: \"198.51.100.7:0\" has no TCP port behind its colon; give "
                           "1..65535, or leave colon and port out"},
        {"[2001:db8::1", "l.txt:1: \"[2001:db8::1\" is no address with a port; write it as "
                         "\"[2001:db8::1]:3333\""},
        {"[pool.example]", "l.txt:1: \"pool.example\" is no address; a name is not looked up here; "
                           "give its address"},
        {"https://host.example/miner", "l.txt:1: \"https://host.example/miner\" names a page; give "
                                       "the host alone, if all of it is a pool"},
        {"stratum+tcp://user@pool.example",
         "l.txt:1: \"stratum+tcp://user@pool.example\" is no host name" + such},
        {"pool.ex\x1b[2J.org", "l.txt:1: \"pool.ex\\x1b[2J.org\" is no host name" + such},
        {std::string("pool.example\0.org", 17),
         "l.txt:1: \"pool.example\\x00.org\" is no host name" + such},
    };
    for (const auto& [text, error] : faults) {
        auto entries = parse_pool_list(text, "l.txt");
        ASSERT_FALSE(entries) << text;
        EXPECT_EQ(entries.error().text(), error);
    }
}

TEST(PoolList, IsReadFromARegularFile)
{
    test::TempFolder folder;
    auto entries = read_pool_list(folder.write("pools", "pool.example\n"));
    ASSERT_TRUE(entries) << entries.error().text();
    EXPECT_THAT(names_of(*entries), ElementsAre("1 pool.example"));

    std::string missing = folder / "missing";
    EXPECT_EQ(read_pool_list(missing).error().text(),
              missing + ": cannot open: No such file or directory");
    EXPECT_EQ(read_pool_list(folder.path()).error().text(),
              folder.path() + ": is no regular file; give one that can be read again when it "
                              "changes");
    std::string fifo = folder / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(read_pool_list(fifo).error().what, "is no regular file");
    std::string bad = folder.write("bad", "pool.example\nbad bad\n");
    EXPECT_TRUE(read_pool_list(bad).error().where == bad + ":2");
}

} // namespace
} // namespace davylamp
