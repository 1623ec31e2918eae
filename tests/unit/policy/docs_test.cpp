// SPDX-License-Identifier: Apache-2.0
// docs/policy.md shows policy files and the errors of faulty ones: both must be true.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "policy/policy.h"
#include "policy/policy_keys.h"
#include "policy/policy_words.h"
#include "policy/pool_list.h"

namespace davylamp {
namespace {

constexpr const char* kManual = DAVY_DOCS "/policy.md";

std::string manual()
{
    std::ifstream file(kManual);
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

// The tables of keys are made of policy_keys.cpp. One stands between "<!-- keys OBJECT... -->" and
// "<!-- end of keys -->", and has the keys of these objects: "detections.chain.allow[]". Without an
// OBJECT it is the table of the whole file, without those of entries.
constexpr std::string_view kOpen = "<!-- keys", kClose = "<!-- end of keys -->";

std::string object_above(const std::string& path) { return path.substr(0, path.rfind('.')); }

std::string table_of_the_file(std::set<std::string>& told)
{
    std::string out = "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";
    for (const Key<Policy>& key : policy_keys()) {
        for (const KeyRow& row : policy_key_rows()) {
            if (row.path == key.path) {
                out += "| `" + row.path + "` | " + row.type + " | " + row.standard + " | " +
                       row.help + " |\n";
                told.insert(row.path);
            }
        }
    }
    return out;
}

std::string table_of_objects(const std::set<std::string>& objects, std::set<std::string>& told)
{
    std::string out = "| key | value | meaning |\n| --- | --- | --- |\n";
    for (const KeyRow& row : policy_key_rows()) {
        if (objects.count(object_above(row.path))) {
            std::string key =
                objects.size() > 1 ? row.path : row.path.substr(row.path.rfind('.') + 1);
            out += "| `" + key + "` | " + row.type + " | " + row.help + " |\n";
            told.insert(row.path);
        }
    }
    return out;
}

// The page with its tables of keys made anew; `told` are the keys in them.
std::string with_tables(const std::string& page, std::set<std::string>& told)
{
    std::string out;
    std::size_t at = 0;
    for (std::size_t open; (open = page.find(kOpen, at)) != page.npos;) {
        std::size_t line = page.find('\n', open), close = page.find(kClose, open);
        if (line == page.npos || close == page.npos) {
            ADD_FAILURE() << "a table of keys without " << kClose;
            break;
        }
        std::istringstream words(page.substr(open + kOpen.size(), line - open - kOpen.size()));
        std::set<std::string> objects;
        for (std::string word; words >> word && word != "-->";)
            objects.insert(word);
        out += page.substr(at, line + 1 - at);
        out += objects.empty() ? table_of_the_file(told) : table_of_objects(objects, told);
        at = close;
    }
    return out + page.substr(at);
}

TEST(Docs, TablesOfKeysAreThoseOfTheTable)
{
    const std::string page = manual();
    std::set<std::string> told;
    std::string wanted = with_tables(page, told);
    if (std::getenv("DAVY_WRITE_DOCS")) {
        std::ofstream(kManual) << wanted;
        return;
    }
    EXPECT_TRUE(page == wanted)
        << "docs/policy.md differs from user/policy/policy_keys.cpp; write its tables anew by\n"
           "  DAVY_WRITE_DOCS=1 build/tests/unit/policy/unit_policy --gtest_filter='Docs.Tables*'";
    for (const KeyRow& row : policy_key_rows()) {
        // The families have a table by hand, with the names of each (the test above).
        bool by_hand = object_above(row.path) == "detections.chain.interpreters";
        EXPECT_TRUE(by_hand || told.count(row.path))
            << "docs/policy.md has no table with " << row.path;
    }
}

} // namespace
} // namespace davylamp
