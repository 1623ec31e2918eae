// SPDX-License-Identifier: Apache-2.0
// Paths as numbers, made from their ends.
#include "davylamp/rules/path_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace davylamp::test {
namespace {

std::uint64_t hash_of(const std::vector<std::uint64_t>& last_to_first)
{
    std::uint64_t hash = DAVY_PATH_HASH_BEGIN;
    for (std::uint64_t name : last_to_first)
        hash = davy_path_step(hash, name);
    return hash;
}

TEST(PathHash, TellsPathsAndTheirEndsApart)
{
    const std::uint64_t dpkg = DAVY_HASH_OF("dpkg"), bin = DAVY_HASH_OF("bin"),
                        usr = DAVY_HASH_OF("usr");
    const std::vector<std::vector<std::uint64_t>> paths{
        {dpkg},           {dpkg, bin}, {dpkg, bin, usr}, {dpkg, usr, bin},
        {bin, dpkg, usr}, {bin},       {bin, usr},       {usr},
        {usr, usr},       {}};
    std::set<std::uint64_t> hashes;
    for (const auto& path : paths)
        hashes.insert(hash_of(path));
    EXPECT_EQ(hashes.size(), paths.size());
}

// A walk meets a path's ends on its way.
TEST(PathHash, GoesOnFromAnEnd)
{
    const std::uint64_t end = hash_of({DAVY_HASH_OF("apk"), DAVY_HASH_OF("sbin")});
    EXPECT_EQ(davy_path_step(end, DAVY_HASH_OF("usr")),
              hash_of({DAVY_HASH_OF("apk"), DAVY_HASH_OF("sbin"), DAVY_HASH_OF("usr")}));
}

} // namespace
} // namespace davylamp::test
