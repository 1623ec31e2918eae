// SPDX-License-Identifier: Apache-2.0
// Many images of one name: java in a dozen folders, each a file of its own.
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

class ExeNamesakes : public testing::TestWithParam<std::tuple<int, Mode>> {};

TEST_P(ExeNamesakes, AreAllCaught)
{
    const auto& [count, mode] = GetParam();
    Removal removal{"namesakes", "", {}};
    for (int i = 1; i <= count; i++)
        removal.victims.push_back("v" + std::to_string(i));
    std::string each = "for i in {1.." + std::to_string(count) + "}; do ";
    std::string command = each +
                          "mkdir @W/$i; cp @VICTIM @W/$i/java; start v$i @W/$i/java; done; " +
                          each + "rm @W/$i/java; done; go";
    removal.command = command.c_str();
    expect_removed(removal, mode);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeNamesakes,
                         testing::Combine(testing::Values(12, 40),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             return test_name(std::to_string(std::get<0>(test.param)),
                                              std::get<1>(test.param));
                         });

} // namespace
} // namespace davylamp::test
