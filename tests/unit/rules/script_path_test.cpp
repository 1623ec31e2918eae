// SPDX-License-Identifier: Apache-2.0
// Paths as one number, and how deep they lead.
#include "davylamp/rules/script_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

namespace davylamp::test {
namespace {

std::uint64_t whole(const std::string& path)
{
    struct davy_whole_path state;
    davy_whole_path_begin(&state);
    for (std::size_t at = 0; at < path.size() + 1; at += 8) {
        std::uint64_t word = 0;
        if (at < path.size())
            std::memcpy(&word, path.data() + at, std::min<std::size_t>(8, path.size() - at));
        davy_whole_path_step(&state, word);
    }
    return davy_whole_path_end(&state);
}

std::uint32_t depth(const std::string& path)
{
    struct davy_path_depth state;
    davy_path_depth_begin(&state);
    for (char byte : path)
        davy_path_depth_step(&state, static_cast<std::uint8_t>(byte));
    return davy_path_depth_end(&state);
}

TEST(ScriptPath, WholePathsDiffer)
{
    const std::set<std::string> paths{"eval",
                                      "./eval",
                                      "/home/u/eval",
                                      "/home/v/eval",
                                      "exit trap",
                                      "",
                                      "/",
                                      "a",
                                      "b",
                                      "12345678",
                                      "123456",
                                      "12345678a",
                                      "a12345678",
                                      "87654321",
                                      "8765432112345678",
                                      "1234567887654321"};
    std::set<std::uint64_t> numbers;
    for (const std::string& path : paths) {
        numbers.insert(whole(path));
        EXPECT_EQ(davy_path_has_slash(whole(path)) != 0, path.find('/') != std::string::npos)
            << path;
        EXPECT_NE(whole(path), 0u);
    }
    EXPECT_EQ(numbers.size(), paths.size());
}

TEST(ScriptPath, DepthOfRelativePathsAlone)
{
    EXPECT_EQ(depth("x.py"), 1u);
    EXPECT_EQ(depth("a/x.py"), 2u);
    EXPECT_EQ(depth("a/b.c/x.py"), 3u);
    for (const char* unclear :
         {"/x.py", "../x.py", "a/../x.py", "a//x.py", "a/./x.py", "a/", "", "./x.py"})
        EXPECT_EQ(depth(unclear), 0u) << unclear;
}

} // namespace
} // namespace davylamp::test
