// SPDX-License-Identifier: Apache-2.0
// `davylamp policy explain`: reads events back, and says why they were decided so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstring>

#include "report/allow_explained.h"
#include "report/report.h"
#include "report/told.h"
#include "stories.h"
#include "wire/event_json.h"

namespace davylamp {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

davy_allow_facts facts()
{
    davy_allow_facts out{};
    out.flags = DAVY_FACTS_GATHERED | DAVY_FACTS_NAMED;
    out.uid = 33;
    out.interpreter = {8, 254 << 20, 0};
    out.ancestors[0] = {7, 254 << 20 | 3, 0};
    std::strcpy(out.name, "get.example.org");
    std::strcpy(out.cgroup, "/system.slice/ci.service");
    return out;
}

AllowHost host_of_the_event()
{
    return {[](const std::string& path) {
                return path == "/usr/bin/agent" ? std::optional<FileKey>({7, 254 << 20 | 3})
                                                : std::nullopt;
            },
            [](const std::string& name) {
                return name == "www-data" ? std::optional<std::uint32_t>(33) : std::nullopt;
            }};
}

std::string alert_json()
{
    Alert alert = every_kind(DAVY_MODE_BLOCK)[0]; // the chain from 198.51.100.9
    alert.allow = facts();
    return alert_ocsf(alert, test::host());
}

std::string explained(const std::string& event, const std::string& rules)
{
    auto read = read_judged_event(event, "event.json");
    EXPECT_TRUE(read) << read.error().text();
    auto policy = parse_policy(R"({"detections": {"chain": {"allow": [)" + rules + "]}}}", "p");
    EXPECT_TRUE(policy) << policy.error().text();
    return read && policy ? allow_explained(*read, *policy, host_of_the_event()) : "";
}

std::string rule(const std::string& conditions)
{
    return "{" + conditions + R"(, "owner": "team-ci", "reason": "tools"})";
}

TEST(Explain, AnAlertHasTheFactsItWasJudgedOn)
{
    auto event = read_judged_event(alert_json(), "event.json");
    ASSERT_TRUE(event) << event.error().text();
    EXPECT_EQ(event->code, "CHAIN-001");
    EXPECT_EQ(event->verdict, "deny");
    EXPECT_EQ(event->row, DAVY_NO_ROW);
    EXPECT_EQ(address_text(event->flow.remote), "198.51.100.9");
    davy_allow_facts wanted = facts();
    EXPECT_EQ(std::memcmp(&event->facts, &wanted, sizeof wanted), 0);
}

TEST(Explain, NamesEachConditionThatFailed)
{
    std::string text = explained(
        alert_json(), rule(R"("to": "192.0.2.0/24", "user": "www-data", "parent": "/opt/other")"));
    EXPECT_THAT(text,
                HasSubstr("detections.chain.allow[0] (owner team-ci: tools): does not match\n"
                          "  to           no: wants 192.0.2.0/24; the event has 198.51.100.9\n"
                          "  user         yes: wants www-data; the event has uid 33\n"
                          "  parent       no: wants /opt/other; the event has 254:3:7\n"));
    EXPECT_THAT(text, HasSubstr("note: detections.chain.allow[0].parent: \"/opt/other\" is not on "
                                "this host"));
    EXPECT_THAT(text, HasSubstr("No allow rule matches; CHAIN-001 convicts"));
    EXPECT_THAT(text, Not(HasSubstr("otherwise")));
}

TEST(Explain, NamesTheRuleThatWouldDecideNow)
{
    std::string text =
        explained(alert_json(), rule(R"("user": 0)") + "," + rule(R"("name": ".example.org")") +
                                    "," + rule(R"("cgroup": "/system.slice")"));
    EXPECT_THAT(text, HasSubstr("allow[0] (owner team-ci: tools): does not match"));
    EXPECT_THAT(text, HasSubstr("allow[1] (owner team-ci: tools): matches, and decides"));
    EXPECT_THAT(text, HasSubstr("allow[2] (owner team-ci: tools): matches too"));
    EXPECT_THAT(text, HasSubstr("Decided by detections.chain.allow[1]: allowed."));
    EXPECT_THAT(text, HasSubstr("It was decided otherwise then: no rule allowed it"));
}

TEST(Explain, ARuleThatHadEndedWhenItHappened)
{
    std::string dated =
        R"({"to": "198.51.100.9", "owner": "o", "reason": "r", "expires": "2001-01-01"})";
    EXPECT_THAT(explained(alert_json(), dated), HasSubstr("  expires      no: it had ended\n"));
}

TEST(Explain, NoRulesAtAll)
{
    EXPECT_THAT(explained(alert_json(), ""), HasSubstr("There are no allow rules; CHAIN-001"));
}

TEST(Explain, AnotherDetectionIsNoneOfTheRules)
{
    for (const Alert& alert : every_kind(DAVY_MODE_BLOCK)) {
        if (alert_code(alert).starts_with("CHAIN-"))
            continue;
        std::string text = explained(alert_ocsf(alert, test::host()), "");
        EXPECT_THAT(text, HasSubstr(alert_code(alert) + " convicted by itself")) << text;
    }
}

// Its name may begin as a chain's: what the newer version asked is not known here.
TEST(Explain, ARuleOfANewerVersionIsNotJudged)
{
    json event = json::parse(alert_json());
    for (const char* code : {"CHAIN-099", "RULE-106", "EXE-099", "none"}) {
        event["metadata"]["event_code"] = code;
        std::string text = explained(event.dump(), "\"198.51.100.9\"");
        EXPECT_THAT(text, HasSubstr(std::string(code) + " is a rule that this version does not "
                                                        "know"));
        EXPECT_THAT(text, Not(HasSubstr("Decided by")));
        EXPECT_THAT(text, Not(HasSubstr("convict")));
    }
}

TEST(Explain, ARecordWithoutFactsIsJudgedByItsDestination)
{
    json event = json::parse(alert_json());
    event["unmapped"].erase("allow");
    std::string text = explained(event.dump(), rule(R"("user": 0)") + ", \"198.51.100.9\"");
    EXPECT_THAT(text, HasSubstr("only destinations can be judged"));
    EXPECT_THAT(text, HasSubstr("Decided by detections.chain.allow[1]"));
}

TEST(Explain, BadInputIsNamedWithItsPlace)
{
    auto with = [](auto change) {
        json event = json::parse(alert_json());
        change(event);
        return event.dump();
    };
    const std::string mend = "; give one alert of --format json, or one record of `davylamp dump`";
    struct {
        std::string text, error;
    } const cases[] = {
        {"", "event.json:1: "},
        {"[]", "event.json:1: a list is no event" + mend},
        {"{}", "event.json:1: an object without \"class_uid\" and without \"kind\"" + mend},
        {"{\n\"kind\": \"fork\"}", "event.json:1: a record that decided nothing; give one of the "
                                   "kinds chain, image, pool or stratum"},
        {with([](json& e) { e.erase("unmapped"); }), "event.json:1: no \"unmapped\" here" + mend},
        {with([](json& e) { e["time"] = "now"; }),
         "event.json:1: time: \"now\" is no number" + mend},
        {with([](json& e) { e["unmapped"]["allow"]["uid"] = -1; }),
         "event.json:1: unmapped.allow.uid: -1 is no whole number" + mend},
        {with([](json& e) { e["unmapped"]["allow"]["interpreter"] = "1:2"; }),
         "event.json:1: unmapped.allow.interpreter: \"1:2\" is no file (MAJOR:MINOR:INODE)" + mend},
        {with([](json& e) {
             e["unmapped"]["allow"]["ancestors"] = {"254:0:1", 7};
         }),
         "event.json:1: unmapped.allow.ancestors[1]: 7 is no file (MAJOR:MINOR:INODE)" + mend},
        {with([](json& e) { e["unmapped"]["allow"]["name"] = std::string(128, 'a'); }),
         "event.json:1: unmapped.allow.name: "},
        {with([](json& e) { e["evidences"][1]["dst_endpoint"]["ip"] = "here"; }),
         "event.json:1: evidences[1].dst_endpoint.ip: \"here\" is no address" + mend},
    };
    for (const auto& one : cases) {
        auto event = read_judged_event(one.text, "event.json");
        ASSERT_FALSE(event) << one.text;
        EXPECT_EQ(event.error().text().substr(0, one.error.size()), one.error);
    }
}

} // namespace
} // namespace davylamp
