// SPDX-License-Identifier: Apache-2.0
// Each program of the object has its row, and each row its program. A program without a row would
// load and never run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "call_graph.h"
#include "sensor/backend.h"
#include "sensor/programs.h"

namespace davylamp::test {
namespace {

TEST(ProgramRows, EachProgramHasOne)
{
    std::set<std::string> in_object, in_rows;
    for (const auto& [name, program] : programs_of(DAVY_BPF_OBJECT))
        in_object.insert(name);
    for (const ProgramRow& row : program_rows())
        in_rows.insert(row.name);
    for (const BackendRow& row : backend_rows())
        EXPECT_TRUE(in_rows.insert(row.program).second) << row.program << " has rows of both kinds";
    EXPECT_THAT(in_rows, testing::ContainerEq(in_object))
        << "see user/sensor/programs.cpp, and backend.cpp for what refuses";
}

// A row would otherwise name a hook that the kernel is not asked for.
TEST(ProgramRows, NameTheHookOfTheSection)
{
    const auto programs = programs_of(DAVY_BPF_OBJECT);
    for (const BackendRow& row : backend_rows())
        EXPECT_EQ(programs.at(row.program).section, row.attaches_to);
    for (const ProgramRow& row : program_rows()) {
        if (row.kind == AttachKind::tracepoint || row.kind == AttachKind::cgroup)
            EXPECT_EQ(programs.at(row.name).section, row.hook);
    }
}

} // namespace
} // namespace davylamp::test
