// SPDX-License-Identifier: Apache-2.0
// docs/events.md shows real output, and names every key that we write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/rule_book.h"
#include "report/report.h"
#include "report/told.h"
#include "stories.h"

namespace davylamp {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;

std::string page()
{
    std::ifstream file(DAVY_EVENTS_PAGE);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// The table of event codes, between its two marks.
std::string table_of_rules()
{
    std::string out = "| code | what was seen | severity | what block mode does |\n"
                      "| --- | --- | --- | --- |\n";
    for (const RuleRow& row : rule_book()) {
        for (std::string_view cell : {row.code(), row.seen, row.how_severe, row.block})
            out += "| " + std::string(cell) + " ";
        out += "|\n";
    }
    return out;
}

TEST(EventsPage, HasTheRuleBooksTable)
{
    const std::string begin =
        "<!-- rules: made from user/engine/rule_book.cpp by tests/unit/report/docs_test.cpp -->\n";
    const std::string end = "<!-- end of rules -->\n";
    std::string text = page();
    std::size_t from = text.find(begin), to = text.find(end);
    ASSERT_NE(from, text.npos) << "docs/events.md lacks the line " << begin;
    ASSERT_NE(to, text.npos) << "docs/events.md lacks the line " << end;
    from += begin.size();
    ASSERT_LE(from, to);
    if (std::getenv("DAVY_WRITE_DOCS")) {
        text.replace(from, to - from, table_of_rules());
        ASSERT_TRUE(std::ofstream(DAVY_EVENTS_PAGE) << text);
        return;
    }
    EXPECT_EQ(text.substr(from, to - from), table_of_rules())
        << "docs/events.md is not what user/engine/rule_book.cpp says. Write it anew with\n"
           "  DAVY_WRITE_DOCS=1 build/tests/unit/report/unit_report "
           "--gtest_filter=EventsPage.HasTheRuleBooksTable\n"
           "and read the difference.";
}

TEST(EventsPage, ShowsWhatWeWrite)
{
    Alert alert = every_kind(DAVY_MODE_BLOCK)[0];
    std::string text = page();
    EXPECT_THAT(text, HasSubstr("```\n" + alert_text(alert, host()) + "```"));
    std::size_t begin = text.find("```json\n");
    ASSERT_NE(begin, text.npos);
    begin += 8;
    json example = json::parse(text.substr(begin, text.find("```", begin) - begin));
    EXPECT_EQ(example, json::parse(alert_ocsf(alert, host())));
}

TEST(EventsPage, NamesWhatEvidenceAdds)
{
    std::string text = page();
    for (const char* name : {"evidence", "sha256", "evidence_size", "evidence_cut",
                             "evidence_missing", "evidence_error"})
        EXPECT_THAT(text, HasSubstr("`" + std::string(name) + "`"));
    EXPECT_THAT(text, HasSubstr("`hashes`"));
}

TEST(EventsPage, NamesEveryCodeFactAndKey)
{
    std::string text = page();
    auto names = [&](const std::string& what) { return text.find(what) != text.npos; };
    std::string severities = text.substr(text.find("| `severity_id` |"));
    severities.resize(severities.find('\n'));
    for (std::uint8_t mode : {DAVY_MODE_MONITOR, DAVY_MODE_KILL}) {
        for (const Alert& alert : every_kind(mode)) {
            EXPECT_TRUE(names("| " + alert_code(alert) + " |")) << alert_code(alert);
            for (const auto& [fact, value] : alert_facts(alert))
                EXPECT_TRUE(names("`" + fact + "`")) << fact;
            json event = json::parse(alert_ocsf(alert, host()));
            for (const auto& [key, value] : event.items())
                EXPECT_TRUE(names("`" + key)) << key;
            EXPECT_THAT(severities, HasSubstr(" " + event["severity_id"].dump() + " "));
            for (const auto& [key, value] : event["unmapped"].items())
                EXPECT_TRUE(names("`" + key + "`")) << key;
            for (const auto& [key, value] : event["evidences"][0]["process"].items())
                EXPECT_TRUE(names("`process." + key) || names("`." + key)) << key;
        }
    }
}

} // namespace
} // namespace davylamp
