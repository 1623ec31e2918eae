// SPDX-License-Identifier: Apache-2.0
// Who runs an image without a link, and who of them is left alone.
#include "davylamp/rules/image.h"

#include <gtest/gtest.h>

#include "davylamp/rules/image_taken.h"

namespace davylamp::test {
namespace {

constexpr std::uint64_t kHour = 3600ull * 1'000'000'000;

struct Found {
    davy_process process{};
    davy_image_state state{};
    std::uint64_t lived_ns = kHour;

    bool is_quiet() const { return davy_image_is_quiet(&process, &state, lived_ns) != 0; }
};

// A runtime's sealed helper, as the development machine runs several.
Found helper()
{
    Found found;
    found.process.auid = 0xffffffff;
    found.process.image.flags = DAVY_IMAGE_MEMFD | DAVY_IMAGE_SEALED;
    found.state.flags = DAVY_STATE_STARTER | DAVY_STATE_INITS_CGROUP;
    found.state.cpu_ns = kHour / 100;
    return found;
}

TEST(Image, ARuntimesSealedHelperIsQuiet) { EXPECT_TRUE(helper().is_quiet()); }

// Each of the facts is needed: a miner that has all but one is found.
TEST(Image, WhatImitatesItIsNot)
{
    Found unsealed = helper(), file = helper(), adopted = helper(), service = helper(),
          user = helper(), owned = helper(), login = helper(), busy = helper();
    unsealed.process.image.flags = DAVY_IMAGE_MEMFD;
    file.process.image.flags = DAVY_IMAGE_SEALED;
    adopted.state.flags = DAVY_STATE_INITS_CGROUP;
    service.state.flags = DAVY_STATE_STARTER;
    user.process.uid = 1000;
    owned.process.image.owner = 33;
    login.process.auid = 0;
    busy.state.cpu_ns = kHour; // one thread, all the time
    for (const Found* found : {&unsealed, &file, &adopted, &service, &user, &owned, &login, &busy})
        EXPECT_FALSE(found->is_quiet());
}

TEST(Image, ASweepTakesWhatWentLaterAlone)
{
    davy_image image{};
    EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_FOUND, DAVY_MODE_MONITOR),
              static_cast<std::uint32_t>(DAVY_ALERT));
    EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_FOUND, DAVY_MODE_KILL),
              static_cast<std::uint32_t>(DAVY_KILL));
    image.flags = DAVY_IMAGE_BEFORE_US;
    EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_FOUND, DAVY_MODE_KILL),
              static_cast<std::uint32_t>(DAVY_ALERT));
    EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_TALKING, DAVY_MODE_KILL),
              static_cast<std::uint32_t>(DAVY_KILL));
    image.flags |= DAVY_IMAGE_EXEMPT;
    EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_FOUND, DAVY_MODE_KILL),
              static_cast<std::uint32_t>(DAVY_ALLOW));
}

// Another user took the image away: what is done without it is told, and takes nothing. To start an
// image without a name is one's own act.
TEST(ImageRule, TakenByAnotherUser)
{
    davy_image image{};
    image.flags = DAVY_IMAGE_TAKEN;
    for (std::uint8_t mode : {DAVY_MODE_MONITOR, DAVY_MODE_BLOCK, DAVY_MODE_KILL}) {
        for (std::uint16_t rule :
             {DAVY_RULE_IMAGE_FOUND, DAVY_RULE_IMAGE_TALKING, DAVY_RULE_IMAGE_STARTING})
            EXPECT_EQ(davy_judge_image(&image, rule, mode), static_cast<std::uint32_t>(DAVY_ALERT))
                << rule << ", mode " << int{mode};
    }
    EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_FILELESS, DAVY_MODE_KILL),
              static_cast<std::uint32_t>(DAVY_KILL));
}

// A removal that nobody saw is another's where another could have made it.
TEST(ImageRule, MayBeTakenByWhoMayWriteItsFolder)
{
    constexpr std::uint32_t kRoot = 0, kUser = 1000, kOther = 1001;
    struct Place {
        std::uint32_t folder, mode, file, runs;
        bool taken;
    };
    for (const Place& place : std::initializer_list<Place>{
             {kUser, 0755, kRoot, kRoot, true},
             {kOther, 0755, kUser, kUser, true},
             {kRoot, 0777, kRoot, kRoot, true},
             {kRoot, 0775, kUser, kUser, true},
             {kRoot, 01777, kUser, kRoot, true},
             {kRoot, 01777, kOther, kUser, true},
             {kRoot, 0755, kUser, kUser, false},
             {kRoot, 01777, kRoot, kRoot, false},
             {kRoot, 01777, kUser, kUser, false},
             {kUser, 0755, kUser, kUser, false},
             {kUser, 0777, kUser, kUser, false}, // else whoever opens his folder pays for nothing
             {kRoot, 0755, kRoot, kUser, false},
         }) {
        EXPECT_EQ(davy_may_be_taken(place.folder, place.mode, place.file, place.runs, place.runs) !=
                      0,
                  place.taken)
            << "folder of " << place.folder << ", mode " << std::oct << place.mode << std::dec
            << ", file of " << place.file << ", run by " << place.runs;
    }
    // Who started a set-user-ID program may signal it.
    EXPECT_FALSE(davy_may_be_taken(kUser, 0755, kRoot, kUser, kRoot));
}

// A row that denies the file convicts, whatever its links; without one the rule is silent.
TEST(ImageRule, Denied)
{
    davy_image image{};
    image.nlink = 1;
    EXPECT_EQ(davy_exec_rule(&image), DAVY_RULE_IMAGE_FILELESS);
    EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_DENIED, DAVY_MODE_KILL),
              static_cast<std::uint32_t>(DAVY_ALLOW));
    for (std::uint32_t links : {1u, 0u}) {
        image.nlink = links;
        image.flags = DAVY_IMAGE_DENIED | DAVY_IMAGE_EXEMPT;
        EXPECT_EQ(davy_exec_rule(&image), DAVY_RULE_IMAGE_DENIED);
        EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_DENIED, DAVY_MODE_MONITOR),
                  static_cast<std::uint32_t>(DAVY_ALERT));
        EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_DENIED, DAVY_MODE_BLOCK),
                  static_cast<std::uint32_t>(DAVY_DENY));
        EXPECT_EQ(davy_judge_image(&image, DAVY_RULE_IMAGE_DENIED, DAVY_MODE_KILL),
                  static_cast<std::uint32_t>(DAVY_KILL));
    }
}

} // namespace
} // namespace davylamp::test
