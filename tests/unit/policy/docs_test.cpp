// SPDX-License-Identifier: Apache-2.0
// docs/policy.md shows policy files and the errors of faulty ones; they are held to it here.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "policy/policy.h"
#include "policy/policy_words.h"
#include "policy/pool_list.h"

namespace davylamp {
namespace {

std::string manual()
{
    std::ifstream file(DAVY_DOCS "/policy.md");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// What stands between ```KIND and ```, in the order of the page.
std::vector<std::string> blocks(const std::string& text, const std::string& kind)
{
    const std::string open = "\n```" + kind + "\n", close = "\n```\n";
    std::vector<std::string> out;
    for (std::size_t at = text.find(open); at != text.npos; at = text.find(open, at)) {
        at += open.size();
        std::size_t end = text.find(close, at);
        if (end == text.npos)
            break;
        out.push_back(text.substr(at, end - at));
        at = end;
    }
    return out;
}

TEST(Docs, ExamplesAreGoodPolicies)
{
    std::vector<std::string> examples = blocks(manual(), "json");
    ASSERT_GE(examples.size(), 5u);
    for (const std::string& example : examples) {
        Result<Policy> policy = parse_policy(example, "policy.json");
        EXPECT_TRUE(policy) << policy.error().text() << "\n" << example;
    }
}

TEST(Docs, TheListFileIsAGoodOne)
{
    std::vector<std::string> examples = blocks(manual(), "pools");
    ASSERT_EQ(examples.size(), 1u);
    auto entries = parse_pool_list(examples[0], "pools.txt");
    ASSERT_TRUE(entries) << entries.error().text();
    EXPECT_EQ(entries->addresses.size(), 5u);
    EXPECT_EQ(entries->names.size(), 4u);
}

TEST(Docs, FaultyExamplesHaveTheErrorShown)
{
    std::vector<std::string> examples = blocks(manual(), "json faulty");
    std::vector<std::string> errors = blocks(manual(), "text");
    ASSERT_GE(examples.size(), 4u);
    ASSERT_EQ(examples.size(), errors.size());
    for (std::size_t i = 0; i < examples.size(); i++) {
        Result<Policy> policy = parse_policy(examples[i], "policy.json");
        ASSERT_FALSE(policy) << examples[i];
        EXPECT_EQ(policy.error().text(), errors[i]);
    }
}

TEST(Docs, InterpretersAndPortsAreThoseBuiltIn)
{
    std::string page = manual();
    Policy policy = default_policy();
    for (std::uint16_t family = DAVY_FAMILY_SHELL; family < DAVY_FAMILY_COUNT; family++) {
        std::string row = "| `" + std::string(kFamilyNames[family]) + "` |";
        for (const Interpreter& one : policy.interpreters) {
            if (one.family == family)
                row += " " + one.name;
        }
        EXPECT_NE(page.find(row), page.npos) << row;
    }
    for (const PoolName& one : policy.pool_names)
        EXPECT_NE(page.find("`" + one.name + "`"), page.npos) << one.name;
    EXPECT_NE(page.find(std::to_string(policy.pool_names.size()) + " names, supportxmr.com"),
              page.npos);
    std::string ports;
    for (const Port& one : policy.pool_ports)
        ports += (ports.empty() ? "" : ", ") + std::to_string(one.port);
    EXPECT_NE(page.find("usual ones: " + ports + "."), page.npos) << ports;
    EXPECT_NE(page.find(std::to_string(policy.pool_ports.size()) + " ports, 3333 among them"),
              page.npos);
}

} // namespace
} // namespace davylamp
