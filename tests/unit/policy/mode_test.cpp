// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "policy/policy.h"

namespace davylamp {
namespace {

TEST(Mode, NamesReadBack)
{
    for (Mode mode : {Mode::off, Mode::monitor, Mode::block, Mode::kill}) {
        Result<Mode> parsed = parse_mode(mode_name(mode));
        ASSERT_TRUE(parsed) << mode_name(mode);
        EXPECT_EQ(*parsed, mode);
    }
}

TEST(Mode, WrongWordsAreRefusedWithTheWordMeant)
{
    struct Case {
        std::string_view text, what, mend_begins;
    };
    const Case cases[] = {
        {"blok", "\"blok\" is no mode", "did you mean \"block\"?"},
        {"KILL", "\"KILL\" is no mode", "did you mean \"kill\"?"},
        {"montior", "\"montior\" is no mode", "did you mean \"monitor\"?"},
        {"enforce", "\"enforce\" is no mode", "give \"off\", \"monitor\", \"block\" or \"kill\""},
        {"", "\"\" is no mode", "give \"off\""},
        {" block", "\" block\" is no mode", "did you mean \"block\"?"},
    };
    for (const Case& c : cases) {
        Result<Mode> parsed = parse_mode(c.text);
        ASSERT_FALSE(parsed) << c.text;
        EXPECT_EQ(parsed.error().where, "");
        EXPECT_EQ(parsed.error().what, c.what);
        EXPECT_TRUE(parsed.error().mend.starts_with(c.mend_begins)) << parsed.error().mend;
    }
}

TEST(Mode, EachDetectionHasItsOwn)
{
    Policy policy;
    policy.chain = Mode::kill;
    policy.image = Mode::block;
    policy.stratum = Mode::off;
    EXPECT_EQ(policy.mode_of(DAVY_DETECTION_CHAIN), Mode::kill);
    EXPECT_EQ(policy.mode_of(DAVY_DETECTION_IMAGE), Mode::block);
    EXPECT_EQ(policy.mode_of(DAVY_DETECTION_STRATUM), Mode::off);
    EXPECT_EQ(policy.mode_of(DAVY_DETECTION_NONE), Mode::off);
    EXPECT_EQ(policy.mode_of(DAVY_DETECTION_COUNT), Mode::off);
    EXPECT_EQ(policy.mode_of(0xffff), Mode::off);
}

TEST(Mode, OverrideLeavesOffOff)
{
    for (Mode wanted : {Mode::monitor, Mode::block, Mode::kill}) {
        Policy policy;
        policy.chain = Mode::off;
        policy.image = Mode::kill;
        policy.stratum = Mode::monitor;
        policy.override_mode(wanted);
        EXPECT_EQ(policy.chain, Mode::off);
        EXPECT_EQ(policy.image, wanted);
        EXPECT_EQ(policy.stratum, wanted);
    }
}

TEST(Mode, OverrideOffEndsAll)
{
    Policy policy = default_policy();
    policy.override_mode(Mode::off);
    for (std::uint16_t detection = 0; detection < DAVY_DETECTION_COUNT; detection++)
        EXPECT_EQ(policy.mode_of(detection), Mode::off);
}

} // namespace
} // namespace davylamp
