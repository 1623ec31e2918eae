// SPDX-License-Identifier: Apache-2.0
// The chain's allow rules: how the file gives them, their faults, and the tables they become.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "davylamp/rules/allow.h"
#include "policy/allow_expiry.h"
#include "policy/allow_tables.h"
#include "policy/expiry_time.h"
#include "policy/policy.h"

namespace davylamp {
namespace {

using testing::ElementsAre;

std::string file(const std::string& rules)
{
    return "{\"detections\": {\"chain\": {\"allow\": [\n" + rules + "]}}}";
}

Policy policy(const std::string& rules)
{
    Result<Policy> out = parse_policy(file(rules), "p.json");
    EXPECT_TRUE(out) << out.error().text();
    return out ? *out : Policy{};
}

constexpr const char* kWho = R"(, "owner": "o", "reason": "r"})";

std::string narrow(const std::string& conditions) { return "{" + conditions + kWho; }

TEST(AllowFile, AWholeRule)
{
    Policy read = policy(R"({"to": ["192.0.2.0/24", "::1"], "name": ["GET.Example.org", ".x.test"],
        "user": ["deploy", 33], "cgroup": "/system.slice/ci.service", "parent": "/usr/bin/agent",
        "interpreter": ["bash", "/opt/sh"], "owner": "team-ci", "reason": "tools",
        "expires": "2026-12-31"})");
    ASSERT_EQ(read.allow.size(), 1u);
    const AllowRule& rule = read.allow[0];
    EXPECT_EQ(rule.to.size(), 2u);
    EXPECT_THAT(rule.names, ElementsAre("get.example.org", ".x.test"));
    EXPECT_THAT(rule.users, ElementsAre(AllowUser{"deploy", {}}, AllowUser{"", 33}));
    EXPECT_THAT(rule.cgroups, ElementsAre("/system.slice/ci.service"));
    EXPECT_THAT(rule.parents, ElementsAre("/usr/bin/agent"));
    EXPECT_THAT(rule.interpreters, ElementsAre("bash", "/opt/sh"));
    EXPECT_EQ(rule.owner, "team-ci");
    EXPECT_EQ(rule.reason, "tools");
    EXPECT_EQ(rule.expires_s, 1798761600u); // 2027-01-01T00:00:00Z
}

TEST(AllowFile, TheShortForms)
{
    Policy read =
        policy(R"("192.0.2.1", {"to": "192.0.2.2"}, {"to": "192.0.2.3", "note": "ours"})");
    ASSERT_EQ(read.allow.size(), 3u);
    EXPECT_EQ(read.allow[2].reason, "ours");
    EXPECT_EQ(read.allow[2].owner, "");
}

TEST(AllowFile, Faults)
{
    const std::string at = "p.json:2: detections.chain.allow[0]";
    struct {
        std::string rules, error;
    } const cases[] = {
        {"7", at + ": 7 is no allow rule; give { \"to\": ..., \"user\": ..., \"owner\": ..., "
                   "\"reason\": ... }, or an address in quotes"},
        {"{}", at + ": a rule without a condition, which would allow every chain; add \"to\", "
                    "\"name\", \"user\", \"cgroup\", \"parent\" or \"interpreter\""},
        {R"({"user": "x", "reason": "r"})",
         at + ": a rule without an owner; add \"owner\": who wants it"},
        {R"({"user": "x", "owner": "o"})",
         at + ": a rule without a reason; add \"reason\": what it is for"},
        {R"({"to": "::1", "expires": "2026-12-31"})",
         at + ": a rule without an owner; add \"owner\": who wants it"},
        {R"({"to": "::1", "note": "a", "reason": "b"})",
         at + ": a rule with \"note\" and \"reason\", which are the same; keep \"reason\""},
        {narrow(R"("to": [])"), at + ".to: an empty list; leave the key out, or give a value"},
        {narrow(R"("usr": "x")"), at + ".usr: unknown key; did you mean \"user\"?"},
        {narrow(R"("user": -1)"), at + ".user: -1 is no uid; give 0..4294967294"},
        {narrow(R"("user": "33")"),
         at + ".user: \"33\" is a number in quotes; a uid stands without quotes"},
        {narrow(R"("user": "a b")"), at + ".user: \"a b\" is no user's name; give a name such as "
                                          "\"deploy\", or a uid without quotes"},
        {narrow(R"("user": ["a", "a"])"), at + ".user[1]: listed already, on line 2; keep one"},
        {narrow(R"("name": "*.example.org")"),
         at + ".name: \"*.example.org\" is a pattern; write \".example.org\" for all names below "
              "it"},
        {narrow(R"("name": "192.0.2.1")"),
         at + ".name: \"192.0.2.1\" is an address; give it under \"to\""},
        {narrow(R"("name": "a..b")"),
         at + ".name: \"a..b\" is no DNS name; give one such as \"get.example.org\", or "
              "\".example.org\" for all below it; letters beyond ASCII as xn--..."},
        {narrow(R"("name": "a.b.")"), at + ".name: \"a.b.\" ends in a dot; leave it out"},
        {narrow(R"("cgroup": "ci.service")"),
         at + ".cgroup: \"ci.service\" is no path of a cgroup; give the path from the hierarchy's "
              "root, as /proc/PID/cgroup has it"},
        {narrow(R"("cgroup": "/")"), at + ".cgroup: \"/\" is every cgroup; leave the condition "
                                          "out"},
        {narrow(R"("cgroup": "/a//b")"), at + ".cgroup: \"/a//b\" goes a roundabout way; write the "
                                              "path without \".\", \"..\", \"//\" and a slash at "
                                              "its end"},
        {narrow(R"("parent": "agent")"),
         at + ".parent: \"agent\" is no absolute path; begin with a slash"},
        {narrow(R"("interpreter": "bin/bash")"),
         at + ".interpreter: \"bin/bash\" is a path; give the file name alone"},
        {R"({"to": "::1", "owner": "o", "reason": "r", "expires": "2026-02-30"})",
         at + ".expires: \"2026-02-30\" is no time; give a day such as \"2026-12-31\", or a time "
              "such as \"2026-12-31T18:00:00Z\""},
        {"\"::1\",\n{\"to\": \"::1\", \"note\": \"again\"}",
         "p.json:3: detections.chain.allow[1]: listed already, on line 2; keep one"},
    };
    for (const auto& one : cases) {
        Result<Policy> read = parse_policy(file(one.rules), "p.json");
        ASSERT_FALSE(read) << one.rules;
        EXPECT_EQ(read.error().text(), one.error);
    }
}

TEST(AllowFile, ResolversAreAddresses)
{
    Result<Policy> read = parse_policy(
        R"({"detections": {"chain": {"resolvers": ["127.0.0.53", "10.0.0.0/8"]}}})", "p.json");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().text(), "p.json:1: detections.chain.resolvers[1]: \"10.0.0.0/8\" is a "
                                   "network; give the address of each server");
}

TEST(AllowFile, WhenARuleEnds)
{
    struct {
        const char* text;
        std::uint64_t seconds;
    } const cases[] = {
        {"1970-01-01", 86400},
        {"2024-02-29", 1709251200},
        {"2026-12-31T18:00:00Z", 1798740000},
        {"2026-12-31t18:00:00.25z", 1798740000},
        {"2026-12-31T18:00:00+02:00", 1798732800},
        {"2026-12-31T18:00:00-00:30", 1798741800},
    };
    for (const auto& one : cases) {
        Result<std::uint64_t> seconds = parse_expiry(one.text);
        ASSERT_TRUE(seconds) << one.text;
        EXPECT_EQ(*seconds, one.seconds) << one.text;
    }
    for (const char* wrong :
         {"", "2026", "2026-13-01", "2026-00-10", "2025-02-29", "26-12-31", "2026-12-31 18:00:00Z",
          "2026-12-31T18:00Z", "2026-12-31T24:00:00Z", "2026-12-31T18:00:00", "2026-12-31x",
          "2026-12-31T18:00:00.Z", "2026-12-31T18:00:00+2:00", "tomorrow"})
        EXPECT_FALSE(parse_expiry(wrong)) << wrong;
}

AllowHost host()
{
    return {[](const std::string& path) -> std::optional<FileKey> {
                if (path == "/usr/bin/agent")
                    return FileKey{7, 1};
                if (path == "/bin/bash" || path == "/usr/bin/bash")
                    return FileKey{8, 1};
                return std::nullopt;
            },
            [](const std::string& name) {
                return name == "deploy" ? std::optional<std::uint32_t>(1001) : std::nullopt;
            }};
}

struct Facts {
    davy_flow flow{};
    davy_allow_facts facts{};

    explicit Facts(const char* to = "192.0.2.9")
    {
        Prefix address = *parse_prefix(to);
        std::memcpy(flow.remote, address.address.data(), 16);
        flow.family = 4;
        facts.flags = DAVY_FACTS_GATHERED;
        facts.uid = 1001;
        facts.ancestors[3] = {7, 1, 0};
        facts.interpreter = {8, 1, 0};
        std::strcpy(facts.name, "a.get.example.org");
        std::strcpy(facts.cgroup, "/system.slice/ci.service/job-1");
    }
};

std::int32_t first(const std::string& rules, const Facts& facts = Facts())
{
    AllowTables tables = allow_tables(policy(rules), host());
    davy_allow_sets sets = allow_sets(tables, facts.flow, facts.facts);
    return davy_allow_first(&tables.rules, &sets, 1);
}

TEST(AllowTables, EachConditionAndItsTwin)
{
    struct {
        const char *matches, *not_this;
    } const cases[] = {
        {R"("to": "192.0.2.0/24")", R"("to": "192.0.3.0/24")"},
        {R"("to": ["10.0.0.0/8", "192.0.2.9"])", R"("to": "192.0.2.8")"},
        {R"("to": "192.0.2.8/29")", R"("to": "192.0.2.16/29")"},
        {R"("to": "0.0.0.0/0")", R"("to": "2001:db8::/32")"},
        {R"("name": "a.get.example.org")", R"("name": "get.example.org")"},
        {R"("name": ".example.org")", R"("name": ".a.get.example.org")"},
        {R"("name": ".org")", R"("name": ".ample.org")"},
        {R"("user": "deploy")", R"("user": "nobody")"},
        {R"("user": [0, 1001])", R"("user": 0)"},
        {R"("cgroup": "/system.slice/ci.service")", R"("cgroup": "/system.slice/ci")"},
        {R"("cgroup": "/system.slice/ci.service/job-1")", R"("cgroup": "/ci.service")"},
        {R"("parent": "/usr/bin/agent")", R"("parent": "/bin/bash")"},
        {R"("interpreter": "bash")", R"("interpreter": "dash")"},
        {R"("interpreter": "/bin/bash")", R"("interpreter": "/usr/bin/agent")"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(first(narrow(one.matches)), 0) << one.matches;
        EXPECT_EQ(first(narrow(one.not_this)), -1) << one.not_this;
        EXPECT_EQ(first(narrow(one.not_this) + "," + narrow(one.matches)), 1) << one.matches;
        EXPECT_EQ(first(narrow(one.matches) + "," + narrow(R"("user": 1001)")), 0);
    }
    EXPECT_EQ(first(narrow(R"("to": "192.0.2.9", "user": 0)")), -1);
}

// The trie gives the longest prefix alone, and rules with wider ones count all the same.
TEST(AllowTables, AWiderNetworkOfAnEarlierRuleDecides)
{
    EXPECT_EQ(first(R"("192.0.2.9", "192.0.2.0/24", "0.0.0.0/0")"), 0);
    EXPECT_EQ(first(R"("0.0.0.0/0", "192.0.2.0/24", "192.0.2.9")"), 0);
    AllowTables tables =
        allow_tables(policy(R"("0.0.0.0/0", "192.0.2.0/24", "192.0.2.9", "10.0.0.0/8")"), host());
    for (const auto& [prefix, set] : tables.to) {
        std::uint64_t expected = prefix_text(prefix) == "0.0.0.0/0"      ? 1
                                 : prefix_text(prefix) == "192.0.2.0/24" ? 3
                                 : prefix_text(prefix) == "192.0.2.9"    ? 7
                                                                         : 9;
        EXPECT_EQ(set.word[0], expected) << prefix_text(prefix);
    }
}

TEST(AllowTables, WhatAnEventLacksHoldsForNobody)
{
    Facts old;
    old.facts = {};
    EXPECT_EQ(first(R"("192.0.2.9")", old), 0);
    EXPECT_EQ(first(narrow(R"("user": 0)"), old), -1); // not gathered is not root
    Facts rooted;
    rooted.facts.cgroup[0] = '\0';
    EXPECT_EQ(first(narrow(R"("cgroup": "/system.slice")"), rooted), -1);
}

TEST(AllowTables, WhatTheHostLacksIsSaid)
{
    AllowTables tables = allow_tables(
        policy(narrow(R"("user": "nobody", "parent": "/opt/x", "interpreter": "zsh")")), host());
    EXPECT_THAT(
        tables.notes,
        ElementsAre("detections.chain.allow[0].user: \"nobody\" is no user of this host: the "
                    "condition never holds",
                    "detections.chain.allow[0].parent: \"/opt/x\" is not on this host: the "
                    "condition never holds",
                    "detections.chain.allow[0].interpreter: \"zsh\" is not on this host: the "
                    "condition never holds"));
    EXPECT_EQ(tables.rules.rule[0].conditions, 1u << DAVY_ALLOW_BY_USER |
                                                   1u << DAVY_ALLOW_BY_PARENT |
                                                   1u << DAVY_ALLOW_BY_INTERPRETER);
}

constexpr std::uint64_t kSecond = 1'000'000'000;

// Two rules: one without an end, one that ends at second 1,000 of the calendar.
AllowExpiry ends_at_1000()
{
    davy_allow_rules rules{};
    rules.count = 2;
    rules.rule[1].until_ns = 1000 * kSecond;
    return AllowExpiry(rules);
}

TEST(AllowExpiry, IsTheCalendarsOnTheOtherClock)
{
    AllowExpiry expiry = ends_at_1000();
    EXPECT_TRUE(expiry.ends());
    const davy_allow_rules& rules = expiry.on_boot_clock(900 * kSecond, 50 * kSecond);
    EXPECT_EQ(rules.rule[0].until_ns, 0u);
    EXPECT_EQ(rules.rule[1].until_ns, 150 * kSecond);
    EXPECT_FALSE(AllowExpiry(davy_allow_rules{}).ends());
}

TEST(AllowExpiry, WhatHasPassedIsNotNever)
{
    AllowExpiry expiry = ends_at_1000();
    EXPECT_EQ(expiry.on_boot_clock(1000 * kSecond, 50 * kSecond).rule[1].until_ns, 1u);
}

TEST(AllowExpiry, AClockThatIsSetBackExtendsNothing)
{
    AllowExpiry expiry = ends_at_1000();
    expiry.on_boot_clock(900 * kSecond, 50 * kSecond);
    EXPECT_EQ(expiry.on_boot_clock(0, 60 * kSecond).rule[1].until_ns, 150 * kSecond);
    EXPECT_EQ(expiry.on_boot_clock(910 * kSecond, 60 * kSecond).rule[1].until_ns, 150 * kSecond);
}

TEST(AllowExpiry, AClockThatIsSetForwardEndsIt)
{
    AllowExpiry expiry = ends_at_1000();
    expiry.on_boot_clock(0, 50 * kSecond); // a host that does not know the date yet
    EXPECT_EQ(expiry.on_boot_clock(990 * kSecond, 60 * kSecond).rule[1].until_ns, 70 * kSecond);
    EXPECT_EQ(expiry.on_boot_clock(2000 * kSecond, 61 * kSecond).rule[1].until_ns, 1u);
    EXPECT_EQ(expiry.on_boot_clock(0, 62 * kSecond).rule[1].until_ns, 1u);
}

} // namespace
} // namespace davylamp
