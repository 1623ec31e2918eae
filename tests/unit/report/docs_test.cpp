// SPDX-License-Identifier: Apache-2.0
// docs/events.md shows real output, and names every key that we write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

#include "report/report.h"
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
    for (std::uint8_t mode : {DAVY_MODE_MONITOR, DAVY_MODE_KILL}) {
        for (const Alert& alert : every_kind(mode)) {
            EXPECT_TRUE(names("| " + alert.event_code + " |")) << alert.event_code;
            for (const auto& [fact, value] : alert.facts)
                EXPECT_TRUE(names("`" + fact + "`")) << fact;
            json event = json::parse(alert_ocsf(alert, host()));
            for (const auto& [key, value] : event.items())
                EXPECT_TRUE(names("`" + key)) << key;
            for (const auto& [key, value] : event["unmapped"].items())
                EXPECT_TRUE(names("`" + key + "`")) << key;
            for (const auto& [key, value] : event["evidences"][0]["process"].items())
                EXPECT_TRUE(names("`process." + key) || names("`." + key)) << key;
        }
    }
}

} // namespace
} // namespace davylamp
