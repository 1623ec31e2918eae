// SPDX-License-Identifier: Apache-2.0
#include "enforcer/socket_holders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "base/unique_fd.h"
#include "support/temp_folder.h"

namespace davylamp::test {
namespace {

using testing::ElementsAre;

TEST(SocketHolders, AreFoundByTheirDescriptors)
{
    UniqueFd own(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct stat status {};
    ASSERT_EQ(::fstat(own.get(), &status), 0);
    auto inode = static_cast<std::uint32_t>(status.st_ino);
    EXPECT_THAT(socket_holders(inode),
                ElementsAre(SocketHolder{start_ticks(::getpid()).value_or(0),
                                         static_cast<std::uint32_t>(::getpid())}));
    own.reset();
    EXPECT_TRUE(socket_holders(inode).empty());
}

// A /proc of our own, whose processes all hold the same socket.
struct Holders : testing::Test {
    void add(int pid, int ticks)
    {
        const std::string name = std::to_string(pid);
        ASSERT_EQ(::mkdir((proc / name).c_str(), 0755), 0);
        ASSERT_EQ(::mkdir((proc / (name + "/fd")).c_str(), 0755), 0);
        ASSERT_EQ(::symlink("socket:[4711]", (proc / (name + "/fd/3")).c_str()), 0);
        proc.write(name + "/stat", name + " (a) b) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " +
                                       std::to_string(ticks) + " 0\n");
    }
    TempFolder proc;
};

TEST_F(Holders, ComeOldestFirst)
{
    add(10, 500);
    add(11, 400);
    EXPECT_THAT(socket_holders(4711, proc.path()),
                ElementsAre(SocketHolder{400, 11}, SocketHolder{500, 10}));
    EXPECT_TRUE(socket_holders(4712, proc.path()).empty());
}

TEST_F(Holders, AreLookedForNoLongerThanTwoSeconds)
{
    for (int pid = 10; pid < 20; pid++)
        add(pid, 500);
    std::int64_t now = 0;
    auto slow = [&](clockid_t) { return now += 1'000'000'000; };
    // The clock is read once at the start and once a process.
    EXPECT_EQ(socket_holders(4711, proc.path(), slow).size(), 3u);
}

} // namespace
} // namespace davylamp::test
