// SPDX-License-Identifier: Apache-2.0
#include "sensor/process_tables.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_folder.h"

namespace davylamp::test {
namespace {

std::uint32_t with(const std::string& pids, const std::string& threads)
{
    TempFolder proc;
    std::filesystem::create_directories(proc / "sys/kernel");
    if (!pids.empty())
        proc.write("sys/kernel/pid_max", pids);
    if (!threads.empty())
        proc.write("sys/kernel/threads-max", threads);
    return most_processes(proc / "");
}

TEST(ProcessTables, HaveRoomForEachProcessThatTheHostCanHave)
{
    EXPECT_EQ(with("32768\n", "192729\n"), 32768u);
    EXPECT_EQ(with("4194304\n", "31000\n"), 31000u); // systemd's pid_max
    EXPECT_EQ(with("4194304\n", "8000000\n"), 262144u);
    EXPECT_EQ(with("400\n", "100\n"), 8192u); // a limit can be raised later
    EXPECT_EQ(with("", ""), 262144u);
    EXPECT_EQ(with("no number", "20000\n"), 20000u);
}

} // namespace
} // namespace davylamp::test
