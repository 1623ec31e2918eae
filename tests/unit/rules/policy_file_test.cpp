// SPDX-License-Identifier: Apache-2.0
// Which file is the one that policy lists.
#include "davylamp/rules/policy_file.h"

#include <gtest/gtest.h>

namespace davylamp::test {
namespace {

// The number alone is given again, and a generation may be chosen by who owns the new file.
TEST(PolicyFile, IsKnownByGenerationAndOwner)
{
    constexpr std::uint32_t kRoot = 0, kUser = 1000;
    davy_image_row row{DAVY_FAMILY_NONE, DAVY_ROLE_INSTALLER, 7, kRoot};
    EXPECT_TRUE(davy_row_is_of(&row, 7, kRoot));
    EXPECT_FALSE(davy_row_is_of(&row, 8, kRoot));
    EXPECT_FALSE(davy_row_is_of(&row, 7, kUser));
    row.roles = DAVY_ROLE_DENIED; // chown frees nobody
    EXPECT_TRUE(davy_row_is_of(&row, 7, kUser));
    EXPECT_FALSE(davy_row_is_of(&row, 8, kUser));
}

} // namespace
} // namespace davylamp::test
