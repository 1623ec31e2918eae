// SPDX-License-Identifier: Apache-2.0
// The lists in force: their rows, where a row comes from, and the limits.
#include "policy/pool_book.h"

#include <gmock/gmock.h>

#include <cstring>

#include "support/temp_folder.h"

namespace davylamp {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

Prefix prefix(const char* text, const char* note = "")
{
    Prefix out = *parse_prefix(text);
    out.note = note;
    return out;
}

struct AddressBytes {
    explicit AddressBytes(const char* text)
    {
        std::memcpy(address, parse_prefix(text)->address.data(), sizeof address);
    }
    std::uint8_t address[16];
};

Policy policy()
{
    Policy out;
    out.pool_addresses = {prefix("198.51.100.0/23", "ours"), prefix("2001:db8::7")};
    out.pool_names = {{"pool.example", "a pool"}, {"mine.example", ""}};
    out.pool_ports = {{3333, "Stratum"}};
    out.pool_alpn = {"stratum"};
    return out;
}

TEST(PoolBook, KnowsThePolicysRows)
{
    PoolBook book(policy());
    EXPECT_EQ(book.address(0, AddressBytes("198.51.101.9").address),
              (PoolEntry{"198.51.100.0/23", "ours"}));
    EXPECT_EQ(book.address(1, AddressBytes("2001:db8::7").address), (PoolEntry{"2001:db8::7", ""}));
    EXPECT_EQ(book.name(0, "pool.example"), (PoolEntry{"pool.example", "a pool"}));
    EXPECT_EQ(book.name(1, "xmr.mine.example"), (PoolEntry{"mine.example", ""}));
    EXPECT_EQ(book.port(0, 3333), (PoolEntry{"3333", "Stratum"}));
    EXPECT_EQ(book.protocol(0, "stratum"), (PoolEntry{"stratum", ""}));
}

// A row of another policy's recording must not lend its note to a stranger.
TEST(PoolBook, ARowThatIsNotTheEntrysSaysNothing)
{
    PoolBook book(policy());
    EXPECT_FALSE(book.address(0, AddressBytes("198.51.102.1").address));
    EXPECT_FALSE(book.address(1, AddressBytes("2001:db8::8").address));
    EXPECT_FALSE(book.address(2, AddressBytes("198.51.100.1").address));
    EXPECT_FALSE(book.name(0, "notpool.example"));
    EXPECT_FALSE(book.name(0, "example"));
    EXPECT_FALSE(book.name(1, "pool.example"));
    EXPECT_FALSE(book.name(2, "pool.example"));
    EXPECT_FALSE(book.name(0, ""));
    EXPECT_FALSE(book.port(0, 3334));
    EXPECT_FALSE(book.port(1, 3333));
    EXPECT_FALSE(book.protocol(0, "h2"));
    EXPECT_FALSE(book.protocol(0xffffffff, "stratum"));
}

TEST(PoolBook, ListFilesComeBehindThePolicy)
{
    test::TempFolder folder;
    Policy with = policy();
    with.pool_lists = {{folder.write("a", "pool.example\nnew.example\n203.0.113.5\n"), ""},
                       {folder.write("b", "203.0.113.5\nnew.example\n\n203.0.113.6\n"), "from b"}};
    auto book = PoolBook::read(with);
    ASSERT_TRUE(book) << book.error().text();
    ASSERT_THAT(book->names(), SizeIs(3));
    ASSERT_THAT(book->addresses(), SizeIs(4));
    EXPECT_EQ(book->name(2, "x.new.example"), (PoolEntry{"new.example", folder / "a:2"}));
    EXPECT_EQ(book->address(2, AddressBytes("203.0.113.5").address),
              (PoolEntry{"203.0.113.5", folder / "a:3"}));
    EXPECT_EQ(book->address(3, AddressBytes("203.0.113.6").address),
              (PoolEntry{"203.0.113.6", "from b (" + folder / "b:4" + ")"}));
    EXPECT_EQ(book->name(0, "pool.example"), (PoolEntry{"pool.example", "a pool"}))
        << "the policy's own entry counts, which came first";
    EXPECT_THAT(PoolBook(with).names(), SizeIs(2)) << "without its files";
}

TEST(PoolBook, OneBadFileIsTheError)
{
    test::TempFolder folder;
    Policy with = policy();
    with.pool_lists = {{folder.write("a", "new.example\n"), ""},
                       {folder.write("b", "good.example\nbad_\x01\n"), ""}};
    auto book = PoolBook::read(with);
    ASSERT_FALSE(book);
    EXPECT_EQ(book.error().where, folder / "b:2");
    with.pool_lists[1].file = folder / "c";
    EXPECT_EQ(PoolBook::read(with).error().text(),
              folder / "c: cannot open: No such file or directory");
}

TEST(PoolBook, HoldsAsManyRowsAsTheMaps)
{
    test::TempFolder folder;
    std::string names, addresses;
    for (int i = 0; i < 131072; i++) {
        names += "p" + std::to_string(i) + ".example\n";
        addresses += "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." +
                     std::to_string(i & 255) + "\n";
    }
    Policy bare;
    bare.pool_lists = {{folder.write("names", names), ""},
                       {folder.write("addresses", addresses), ""}};
    auto full = PoolBook::read(bare);
    ASSERT_TRUE(full) << full.error().text();
    EXPECT_THAT(full->names(), SizeIs(131072));
    EXPECT_THAT(full->addresses(), SizeIs(131072));

    bare.pool_lists.push_back({folder.write("more", "p1.example\nmore.example\n"), ""});
    EXPECT_EQ(PoolBook::read(bare).error().text(),
              folder / "more:2: more than 131072 names in the policy and its list files; shorten "
                       "the lists");
    bare.pool_lists.back().file = folder.write("more", "10.0.0.1\n\n10.9.0.1\n");
    EXPECT_THAT(PoolBook::read(bare).error().text(),
                HasSubstr("more:3: more than 131072 addresses"));
}

} // namespace
} // namespace davylamp
