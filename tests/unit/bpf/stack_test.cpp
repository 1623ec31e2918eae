// SPDX-License-Identifier: Apache-2.0
// No chain of calls needs more stack than a kernel gives it. Newer kernels count frames by 16
// bytes, and some by the program's own: what loads here may not load on 5.10 and 6.1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "call_graph.h"

namespace davylamp::test {
namespace {

constexpr std::uint32_t kStack = 512; // MAX_BPF_STACK, linux/filter.h
constexpr std::size_t kCalls = 8;     // MAX_CALL_FRAMES, linux/bpf_verifier.h

TEST(Stack, SufficesForEachChainOfCalls)
{
    const auto programs = programs_of(DAVY_BPF_OBJECT);
    ASSERT_FALSE(programs.empty());
    for (const auto& [name, program] : programs) {
        EXPECT_LE(program.stack, kStack) << testing::PrintToString(program.deepest);
        EXPECT_LE(program.deepest.size(), kCalls) << testing::PrintToString(program.deepest);
        EXPECT_GE(program.stack, 32u) << name;
    }
}

} // namespace
} // namespace davylamp::test
