// SPDX-License-Identifier: Apache-2.0
// What is written to a pipe arrives, whatever others do to the pipe.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "base/files.h"

namespace davylamp {
namespace {

TEST(WriteWhole, WaitsForAPipeThatDoesNotBlock)
{
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    const std::string text(1 << 20, 'x'); // sixteen times what a pipe has room for
    std::string got;
    std::thread reader([&] {
        char buffer[4096];
        while (got.size() < text.size()) {
            const ssize_t size = ::read(ends[0], buffer, sizeof buffer);
            if (size > 0)
                got.append(buffer, static_cast<std::size_t>(size));
        }
    });
    EXPECT_TRUE(write_whole(ends[1], text));
    reader.join();
    EXPECT_EQ(got, text);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(WriteWhole, SaysWhatWasNotWritten)
{
    auto done = write_whole(-1, "x");
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().text().find("cannot be written"), std::string::npos);
}

} // namespace
} // namespace davylamp
