// SPDX-License-Identifier: Apache-2.0
#include "sensor/budget_tables.h"

#include <gtest/gtest.h>

namespace davylamp::test {
namespace {

TEST(BudgetTables, HaveRoomBesideWhatWaitsWithEachProcessor)
{
    EXPECT_EQ(lru_entries(40960, 1), 41088u);
    EXPECT_EQ(lru_entries(40960, 64), 49152u);
    EXPECT_EQ(lru_entries(40960, 8192), 40960u + 131072u);
    EXPECT_EQ(lru_entries(1024, -95), 1152u) << "it is not known how many there are";
}

} // namespace
} // namespace davylamp::test
