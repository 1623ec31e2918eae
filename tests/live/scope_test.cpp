// SPDX-License-Identifier: Apache-2.0
// A scope ends where its cgroup ends, and a guard takes everything with it when it goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "chain_site.h"
#include "support/fake_pool.h"

namespace davylamp::test {
namespace {

using testing::IsEmpty;

TEST(Scope, WhatHappensOutsideIsNotTouched)
{
    ChainSite site;
    FakePool pool;
    const std::string login = "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n";
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = bash(site.fill("touch @D/inside; until [ -e @D/done ]; do sleep 0.01; done"));
    Guard guard(options);
    ASSERT_TRUE(eventually([&] { return exists(site.folder / "inside"); }));
    ASSERT_TRUE(exists(guard.cgroup()));
    ASSERT_NE(guard.pins(), "");

    EXPECT_EQ(Subprocess(bash(site.fill("curl -s @URL | bash"))).wait(), 0);
    EXPECT_TRUE(exists(site.marker()));
    site.folder.write("go", "");
    EXPECT_EQ(Subprocess({program("live_fileless"), "memfd", program("live_victim"),
                          site.folder.path(), "v"})
                  .wait(),
              0);
    EXPECT_TRUE(exists(site.folder / "v.marker"));
    EXPECT_EQ(Subprocess({program("live_stratum_client"), "127.0.0.1", std::to_string(pool.port()),
                          site.folder.write("message", login), "one", site.folder / "result"})
                  .wait(),
              0);
    EXPECT_EQ(pool.bytes(), login);

    const std::string cgroup = guard.cgroup(), pins = guard.pins();
    site.folder.write("done", "");
    GuardResult result = guard.finish();
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
    EXPECT_FALSE(exists(cgroup));
    EXPECT_FALSE(exists(pins));
}

// Two guards side by side: each sees its own.
TEST(Scope, GuardsDoNotSeeEachOther)
{
    ChainSite left, right;
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = bash(left.fill("touch @D/inside; until [ -e @D/done ]; do sleep 0.01; done"));
    Guard quiet(options);
    ASSERT_TRUE(eventually([&] { return exists(left.folder / "inside"); }));
    GuardResult loud = run_guard(Mode::block, right.fill("curl -s @URL | bash"));
    EXPECT_EQ(loud.exit_code, 86);
    left.folder.write("done", "");
    GuardResult silent = quiet.finish();
    EXPECT_EQ(silent.exit_code, 0);
    EXPECT_THAT(silent.codes(), IsEmpty()) << silent.out;
}

// A cgroup below the guard's is the guard's.
TEST(Scope, ReachesBelow)
{
    ChainSite site;
    GuardOptions options;
    options.mode = Mode::block;
    options.command = bash(site.fill(
        "g=$(awk '$3 == \"cgroup2\" {print $2; exit}' /proc/self/mounts)$(sed -n s/^0:://p "
        "/proc/self/cgroup)/below; mkdir $g && echo $$ > $g/cgroup.procs || exit 9; "
        "curl -s @URL | bash; echo $$ > ${g%/below}/cgroup.procs; rmdir $g"));
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_FALSE(exists(site.marker()));
    result.first("CHAIN-001");
}

} // namespace
} // namespace davylamp::test
