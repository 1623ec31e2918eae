// SPDX-License-Identifier: Apache-2.0
#include "policy/document.h"

#include <gtest/gtest.h>

namespace davylamp {
namespace {

using Kind = JsonValue::Kind;

// "path@line" of every value, in the order of the file.
void collect(const JsonValue& value, const std::string& path, std::vector<std::string>& out)
{
    out.push_back(path + "@" + std::to_string(value.line));
    for (std::size_t i = 0; i < value.children.size(); i++) {
        const JsonValue& child = value.children[i];
        collect(child,
                value.kind == Kind::array ? path + "[" + std::to_string(i) + "]"
                                          : path + "." + child.key,
                out);
    }
}

TEST(Document, EveryPathHasItsLine)
{
    const char* text = "// a comment\n"       // 1
                       "{\n"                  // 2
                       "  \"a\": [1,\n"       // 3
                       "    22\n"             // 4: a number whose end the lexer sees in line 5
                       "\n"                   // 5
                       "    , true, /* two\n" // 6
                       "    lines */ null,\n" // 7
                       "    {}],\n"           // 8
                       "  \"b\":\n"           // 9
                       "\n"                   // 10
                       "    \"c\\nd\",\n"     // 11: an escape is no line
                       "  \"e\": { \"f\"\r\n" // 12: CR LF is one line
                       "    : -1.5e3 }\n"     // 13
                       "}\n";
    Result<JsonValue> root = read_document(text, "f");
    ASSERT_TRUE(root) << root.error().text();
    std::vector<std::string> lines;
    collect(*root, "", lines);
    EXPECT_EQ(lines, (std::vector<std::string>{"@2", ".a@3", ".a[0]@3", ".a[1]@4", ".a[2]@6",
                                               ".a[3]@7", ".a[4]@8", ".b@11", ".e@12", ".e.f@13"}));
    EXPECT_EQ(root->children[1].key_line, 9u);
    EXPECT_EQ(root->children[2].children[0].key_line, 12u);
}

TEST(Document, ValuesKeepTheirKindAndText)
{
    Result<JsonValue> root =
        read_document("[null, true, false, 0, 65535, 18446744073709551615, -1, 3333.0, 1e3, "
                      "18446744073709551616, \"\\u00e9/\\\"\", [], {}]",
                      "f");
    ASSERT_TRUE(root) << root.error().text();
    struct Case {
        Kind kind;
        bool whole;
        std::uint64_t number;
        std::string shown;
    };
    const Case cases[] = {
        {Kind::null, false, 0, "null"},
        {Kind::boolean, false, 0, "true"},
        {Kind::boolean, false, 0, "false"},
        {Kind::number, true, 0, "0"},
        {Kind::number, true, 65535, "65535"},
        {Kind::number, true, 18446744073709551615u, "18446744073709551615"},
        {Kind::number, false, 0, "-1"},
        {Kind::number, false, 0, "3333.0"},
        {Kind::number, false, 0, "1e3"},
        {Kind::number, false, 0, "18446744073709551616"},
        {Kind::string, false, 0, "\"\xc3\xa9/\"\""},
        {Kind::array, false, 0, "a list"},
        {Kind::object, false, 0, "an object"},
    };
    ASSERT_EQ(root->children.size(), std::size(cases));
    for (std::size_t i = 0; i < std::size(cases); i++) {
        const JsonValue& value = root->children[i];
        EXPECT_EQ(value.kind, cases[i].kind) << i;
        EXPECT_EQ(value.whole, cases[i].whole) << i;
        EXPECT_EQ(value.number, cases[i].number) << i;
        EXPECT_EQ(describe(value), cases[i].shown) << i;
    }
}

TEST(Document, EqualKeysAreBothKept)
{
    Result<JsonValue> root = read_document("{\"a\": 1,\n\"a\": 2}", "f");
    ASSERT_TRUE(root);
    ASSERT_EQ(root->children.size(), 2u);
    EXPECT_EQ(root->children[0].number, 1u);
    EXPECT_EQ(root->children[1].number, 2u);
    EXPECT_EQ(root->children[1].key_line, 2u);
}

TEST(Document, BrokenJsonNamesLineAndPath)
{
    struct Case {
        std::string text, error;
    };
    const Case cases[] = {
        {"", "f:1: the file is empty; give at least {}"},
        {" \n// nothing\n", "f:2: the file is empty; give at least {}"},
        {"{\n\"a\": [\n1,\n",
         "f:3: a: broken JSON: the file ends inside the [ of line 2; close it"},
        {"{\n\"a\": 1\n", "f:2: broken JSON: the file ends inside the { of line 1; close it"},
        {"{\n\"a\":", "f:2: broken JSON: the file ends inside the { of line 1; close it"},
        {"{\n\"a\": [1,\n2,\n]}", "f:4: a: broken JSON: a comma after the last entry; remove it"},
        {"{\n\"a\": 1,\n}", "f:3: broken JSON: a comma after the last entry; remove it"},
        {"[[{\"a\": [1,]}]]",
         "f:1: [0][0].a: broken JSON: a comma after the last entry; remove it"},
        {"[1\n2]", "f:2: broken JSON: no comma between two entries; add it"},
        {"{\"a\": 1\n\n\"b\": 2}", "f:3: broken JSON: no comma between two entries; add it"},
        {"{\"a\": \"b\n\"}",
         "f:1: broken JSON: a string without its closing quote on the line; add it"},
        {"{\"a\": \"b", "f:1: broken JSON: a string without its closing quote on the line; add it"},
        {"{\"a\": nul}", "f:1: broken JSON: invalid literal"},
        {"{\"a\": 'b'}", "f:1: broken JSON: invalid literal"},
        {"{\"a\": 1e999}", "f:1: broken JSON: a number too large for any use"},
        {"{\"a\": 01}", "f:1: broken JSON: no comma between two entries; add it"},
        {"{\"a\" 1}", "f:1: broken JSON: unexpected number literal; expected ':'"},
        {"{} {}", "f:1: broken JSON: unexpected '{'; expected end of input"},
        {"{}\n\n]", "f:3: broken JSON: unexpected ']'; expected end of input"},
        {"{\n/* no end", "f:2: broken JSON: invalid comment; missing closing '*/'"},
        {"{\"a\": \"\\ud800\"}", "f:1: broken JSON: invalid string: surrogate U+D800..U+DBFF must "
                                 "be followed by U+DC00..U+DFFF"},
        {"# yaml\n", "f:1: broken JSON: invalid literal"},
        {std::string("{}\0{", 4), "f:1: the byte 0x00 is no UTF-8 text; save the file as UTF-8"},
        {"{\n// caf\xe9\n}", "f:2: the byte 0xe9 is no UTF-8 text; save the file as UTF-8"},
        {"{\"a\": \"\xed\xa0\x80\"}",
         "f:1: the byte 0xed is no UTF-8 text; save the file as UTF-8"},
        {"\xef\xbb\xbf{}",
         "f:1: the file begins with a byte order mark; save it as UTF-8 without one"},
        {std::string("\xff\xfe{\0}\0", 6), "f:1: the file is UTF-16; save it as UTF-8"},
        {std::string("\xfe\xff\0{\0}", 6), "f:1: the file is UTF-16; save it as UTF-8"},
    };
    for (const Case& c : cases) {
        Result<JsonValue> root = read_document(c.text, "f");
        ASSERT_FALSE(root) << c.text;
        EXPECT_EQ(root.error().text(), c.error) << c.text;
    }
}

TEST(Document, DepthIsBounded)
{
    std::string deep(16, '['), closed(16, ']');
    EXPECT_TRUE(read_document(deep + closed, "f"));

    // A million levels must cost neither the stack nor the time.
    Result<JsonValue> root = read_document(std::string(1 << 20, '['), "f");
    ASSERT_FALSE(root);
    EXPECT_EQ(root.error().what, "nested deeper than 16 levels");
    EXPECT_TRUE(root.error().where.starts_with("f:1: [0][0]")) << root.error().where;
}

TEST(Document, NumberOfValuesIsBounded)
{
    std::string text = "[0";
    for (int i = 0; i < 1 << 20; i++)
        text += ",0";
    Result<JsonValue> root = read_document(text + "]", "f");
    ASSERT_FALSE(root);
    EXPECT_EQ(root.error().what, "more than 1048576 values");
}

TEST(Document, ALongCommentIsNotRepeatedInTheError)
{
    Result<JsonValue> root = read_document("{ /* " + std::string(100000, 'x'), "f");
    ASSERT_FALSE(root);
    EXPECT_LT(root.error().text().size(), 200u);
}

TEST(Document, PathKeysAreQuotedWhereTheyAreNoWords)
{
    EXPECT_EQ(path_key("ports_refuse"), "ports_refuse");
    EXPECT_EQ(path_key("ports-refuse"), "ports-refuse");
    EXPECT_EQ(path_key(""), "\"\"");
    EXPECT_EQ(path_key("a.b"), "\"a.b\"");
    EXPECT_EQ(path_key("\x1b[2J"), "\"\\x1b[2J\"");
}

} // namespace
} // namespace davylamp
