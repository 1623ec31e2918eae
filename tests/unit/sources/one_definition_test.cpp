// SPDX-License-Identifier: Apache-2.0
// A program has one type for each name: two structs of one name in one namespace are undefined
// behaviour (C++20 [basic.def.odr]/13) that neither compiler nor linker reports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "definitions.h"

namespace davylamp::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Sources = std::map<std::string, std::string>; // path and text

Sources sources()
{
    Sources out;
    for (const char* folder : {"user", "include"}) {
        const std::filesystem::path root(DAVY_SOURCES);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            const std::filesystem::path path = entry.path();
            if (path.extension() != ".h" && path.extension() != ".cpp")
                continue;
            std::ostringstream text;
            text << std::ifstream(path).rdbuf();
            out[std::filesystem::relative(path, root)] = text.str();
        }
    }
    return out;
}

std::map<std::string, std::vector<std::string>> places(const Sources& all)
{
    std::map<std::string, std::vector<std::string>> out;
    for (const auto& [path, text] : all) {
        for (const Definition& one : definitions(text))
            out[one.name].push_back(path + ":" + std::to_string(one.line));
    }
    return out;
}

// A line for each name that is defined twice.
std::vector<std::string> duplicates(const Sources& all)
{
    std::vector<std::string> out;
    for (const auto& [name, where] : places(all)) {
        if (where.size() < 2)
            continue;
        std::string line = name + " is defined in";
        for (const std::string& place : where)
            line += " " + place;
        out.push_back(line);
    }
    return out;
}

std::vector<std::string> names(const char* source)
{
    std::vector<std::string> out;
    for (const Definition& one : definitions(source))
        out.push_back(one.name);
    return out;
}

TEST(OneDefinition, EveryTypeOfTheProgramHasOne)
{
    EXPECT_THAT(duplicates(sources()), IsEmpty())
        << "rename one of them, or put it into an unnamed namespace";
}

// The test above would hold of nothing at all as well.
TEST(OneDefinition, FindsTheTypesThatAreThere)
{
    auto found = places(sources());
    EXPECT_GE(found.size(), 100u);
    for (const char* known : {"davylamp::Alert", "davylamp::Lineage", "davylamp::Policy",
                              "davylamp::Role", "davylamp::Event", "davy_event_chain"})
        EXPECT_EQ(found[known].size(), 1u) << known;
}

TEST(OneDefinition, FindsASecondOneInTheTree)
{
    Sources all = sources();
    all["user/other/alert.h"] = "namespace davylamp {\n\nstruct Alert {\n    int a;\n};\n}\n";
    std::vector<std::string> found = duplicates(all);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_THAT(found[0], HasSubstr("davylamp::Alert is defined in user/engine/alert.h:"));
    EXPECT_THAT(found[0], HasSubstr(" user/other/alert.h:3"));
}

TEST(Definitions, OfNamespacesAndOfTheGlobalOne)
{
    EXPECT_THAT(names("struct a { int x; };\n"
                      "namespace n { class B final : public a {}; enum class C : char { d }; }\n"
                      "namespace n::m { template <class T, class U = V<T>> struct E {}; }\n"
                      "extern \"C\" { struct f { int y; }; }\n"
                      "inline namespace v { union G { int z; }; }\n"
                      "namespace n { struct B::H : I { int z; }; }\n"),
                ElementsAre("a", "n::B", "n::C", "n::m::E", "f", "v::G", "n::B::H"));
}

TEST(Definitions, NotOfWhatStaysInItsFileOrHasNoBody)
{
    EXPECT_THAT(names("namespace { struct A {}; }\n"
                      "namespace n { namespace { struct B {}; } struct C; }\n"
                      "void f() { struct D {}; }\n"
                      "struct E g() { return {}; }\n"
                      "template <> struct F<int> {};\n"
                      "enum { h };\n"
                      "// struct I {};\n"
                      "/* struct J {}; */\n"
                      "#define K struct K \\\n    { }\n"
                      "const char* l = \"struct L {\"; const char* m = R\"x(struct M { \")x\";\n"
                      "int n = 1'000; char o = '{'; char p = '\\'';\n"
                      "struct Q { struct R {}; enum S { t }; };\n"),
                ElementsAre("Q"));
}

TEST(Definitions, HaveTheirLines)
{
    auto found = definitions(
        "\n/* two\nlines */\nstruct A {};\nconst char* b = R\"(\n)\";\nstruct C\n{\n};\n");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].line, 4);
    EXPECT_EQ(found[1].line, 7);
}

} // namespace
} // namespace davylamp::test
