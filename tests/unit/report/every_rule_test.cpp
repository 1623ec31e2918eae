// SPDX-License-Identifier: Apache-2.0
// Every rule of the book is reported, in text and in OCSF, and kill mode ends a process by it. A
// rule that was forgotten between record and report fails here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "engine/rule_book.h"
#include "report/attack_table.h"
#include "report/report.h"
#include "report/told.h"
#include "stories.h"
#include "support/ocsf_schema.h"

namespace davylamp {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct RuleKind {
    const RuleRow* rule;
    std::uint16_t kind;
};

void PrintTo(const RuleKind& one, std::ostream* out)
{
    *out << one.rule->code() << " of a record " << kind_name(one.kind);
}

std::vector<RuleKind> every_rule()
{
    std::vector<RuleKind> out;
    for (const RuleRow& rule : rule_book()) {
        for (const KindExplainer& one : rule.explainers) {
            if (one.kind != 0)
                out.push_back({&rule, one.kind});
        }
    }
    return out;
}

class EveryRule : public testing::TestWithParam<RuleKind> {
protected:
    // A connect to where the program spoke Stratum before is refused, and takes nobody.
    static bool takes_nobody()
    {
        return GetParam().kind == DAVY_EVENT_POOL &&
               GetParam().rule->number == DAVY_RULE_STRATUM_PAYLOAD;
    }

    // Of a record of that kind by that rule; nothing had been done about it.
    Alert told(std::uint8_t mode, std::uint32_t verdict)
    {
        Policy policy;
        policy.image = mode == DAVY_MODE_KILL ? Mode::kill : Mode::monitor;
        Teller teller(policy);
        auto judged = [&](auto event) {
            event.decision.rule = GetParam().rule->number;
            event.decision.did = 0;
            event.header.verdict = verdict;
            teller << event;
        };
        switch (GetParam().kind) {
        case DAVY_EVENT_CHAIN: judged(chain(kAt, mode, kCurl, kBash, kRemote)); break;
        case DAVY_EVENT_IMAGE:
            judged(removed(kAt, mode, kBash, kMiner.id, gone(kMiner.image), "kdevtmpfsi"));
            break;
        case DAVY_EVENT_POOL:
            judged(pool(kAt, mode, kMiner, kPool,
                        takes_nobody() ? DAVY_POOL_PROVEN : DAVY_POOL_ADDRESS, 0));
            break;
        case DAVY_EVENT_STRATUM: judged(stratum(kAt, mode, kMiner, kPool, kLogin)); break;
        case DAVY_EVENT_PROCESS:
            teller << swept(kAt, with_image(kMiner, gone(kMiner.image)));
            break;
        default: ADD_FAILURE() << "a kind that this test cannot write: " << GetParam().kind;
        }
        EXPECT_EQ(teller.alerts.size(), 1u);
        return teller.alerts.empty() ? Alert{} : teller.alerts.front();
    }
};

INSTANTIATE_TEST_SUITE_P(Book, EveryRule, testing::ValuesIn(every_rule()), [](const auto& param) {
    std::string name(param.param.rule->code());
    std::erase(name, '-');
    return name + "_" + std::string(kind_name(param.param.kind));
});

TEST_P(EveryRule, IsToldInTextAndInOcsf)
{
    const RuleRow& rule = *GetParam().rule;
    const Alert alert = told(DAVY_MODE_MONITOR, DAVY_ALERT);
    EXPECT_EQ(alert_code(alert), rule.code());
    EXPECT_THAT(std::vector<std::string_view>({rule.title, rule.shell_title, rule.second_title}),
                testing::Contains(alert_title(alert)));
    EXPECT_THAT(alert_message(alert), Not(HasSubstr("is named by"))) << "as of an unknown rule";
    EXPECT_THAT(alert_action(alert), Not(HasSubstr("does not know")));
    EXPECT_FALSE(alert_facts(alert).empty());
    EXPECT_FALSE(attack_rows(alert).empty());
    EXPECT_THAT(alert_text(alert, host()), HasSubstr(" " + std::string(rule.code()) + " "));
    json event = json::parse(alert_ocsf(alert, host()));
    EXPECT_THAT(ocsf_problems(event), IsEmpty()) << event;
    EXPECT_EQ(event["finding_info"]["analytic"]["name"], rule.analytic);
    EXPECT_EQ(event.contains("malware"), rule.malware);
    EXPECT_EQ(event["unmapped"]["rule"], rule.number);
}

TEST_P(EveryRule, EndsSomebodyInKillModeOrNobody)
{
    const Alert alert = told(DAVY_MODE_KILL, DAVY_KILL);
    EXPECT_EQ(alert.verdict, static_cast<std::uint32_t>(DAVY_KILL));
    EXPECT_EQ(alert.to_kill.empty(), takes_nobody()) << "see user/engine/condemned.cpp";
}

} // namespace
} // namespace davylamp
