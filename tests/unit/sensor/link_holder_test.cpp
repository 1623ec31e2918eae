// SPDX-License-Identifier: Apache-2.0
#include "sensor/link_holder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "support/temp_folder.h"

namespace davylamp::test {
namespace {

// Whether nobody has the other end open any more.
bool ends_within(const UniqueFd& reader, int milliseconds)
{
    pollfd wait{reader.get(), 0, 0};
    return ::poll(&wait, 1, milliseconds) == 1 && (wait.revents & POLLHUP);
}

struct Pipe {
    Pipe()
    {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        reader.reset(ends[0]);
        writer.reset(ends[1]);
    }
    UniqueFd reader, writer;
};

TEST(LinkHolder, HoldsUntilTheFolderIsRemoved)
{
    TempFolder folder;
    const std::string pins = folder / "pins";
    ASSERT_EQ(::mkdir(pins.c_str(), 0700), 0);
    Pipe held, other;
    ASSERT_TRUE(hold_until_removed({held.writer.get()}, pins));
    held.writer.reset();
    other.writer.reset();
    EXPECT_TRUE(ends_within(other.reader, 5000)) << "what it was not given it does not keep";
    EXPECT_FALSE(ends_within(held.reader, 200));

    folder.write("pins/a", "");
    ::unlink((pins + "/a").c_str());
    EXPECT_FALSE(ends_within(held.reader, 200)) << "a pin of several went";
    ASSERT_EQ(::rmdir(pins.c_str()), 0);
    EXPECT_TRUE(ends_within(held.reader, 5000));
}

TEST(LinkHolder, AFolderThatIsGoneIsAnError)
{
    Pipe held;
    auto done = hold_until_removed({held.writer.get()}, "/nonexistent/pins");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().where, "/nonexistent/pins");
    held.writer.reset();
    EXPECT_TRUE(ends_within(held.reader, 5000));
}

} // namespace
} // namespace davylamp::test
