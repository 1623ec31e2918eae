// SPDX-License-Identifier: Apache-2.0
// The chain's allow rules at work, in kill mode: for each condition the chain that it lets pass and
// beside it the one that it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <sstream>

#include "chain_site.h"
#include "stratum_site.h"
#include "support/dns_server.h"

namespace davylamp::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kWho = R"(, "owner": "team-ci", "reason": "installs its tools" })";

// `more` detections, after a comma.
std::string policy(const std::string& rules, const std::string& resolvers = {},
                   const std::string& more = {})
{
    return R"({ "detections": { "chain": { "allow": [)" + rules + "]" +
           (resolvers.empty() ? "" : R"(, "resolvers": [")" + resolvers + R"("])") + " }" + more +
           " } }";
}

// A rule of `conditions`, with somebody behind it.
std::string rule(const std::string& conditions) { return "{ " + conditions + kWho; }

// A program that starts others and is no ancestor of the tests themselves.
const std::string& agent()
{
    static const TempFolder folder;
    static const std::string path = [] {
        std::filesystem::copy_file("/usr/bin/timeout", folder / "agent");
        return folder / "agent";
    }();
    return path;
}

struct Outcome {
    bool ran;
    GuardResult result;
};

// `address`: of the web server.
Outcome outcome_of(const std::string& policy_text, const std::string& command,
                   const std::string& record = {}, const std::string& address = "127.0.0.1")
{
    ChainSite site(address);
    GuardOptions options;
    options.mode = Mode::kill;
    options.policy = policy_text;
    options.record = record;
    // The site's folder is root's alone, and some of these run as somebody else.
    options.command = bash(site.fill(replaced("chmod 777 @D; " + command, "@AGENT", agent())));
    GuardResult result = run_guard(options);
    return {exists(site.marker()), std::move(result)};
}

void expect_passes(const Outcome& outcome)
{
    EXPECT_TRUE(outcome.ran) << outcome.result.err;
    EXPECT_TRUE(outcome.result.findings.empty()) << outcome.result.out;
    EXPECT_NE(outcome.result.exit_code, 86);
}

void expect_refused(const Outcome& outcome)
{
    EXPECT_FALSE(outcome.ran);
    EXPECT_EQ(outcome.result.exit_code, 86) << outcome.result.err;
    outcome.result.first("CHAIN-001");
}

// Each of these rules stands for a case, and none lets anything pass that is another's: so they can
// be one policy, and its cases share a guard.
std::string rules_that_do_not_meet()
{
    std::string text;
    for (const std::string& one : {
             rule(R"("user": 65534)"),
             rule(R"("user": ["man", "games"])"),
             rule("\"parent\": \"" + agent() + "\""),
             rule(R"("interpreter": "dash")"),
             // The vendor's own uninstaller: the destination is fine, and who fetches from it is
             // not.
             rule(R"("to": "127.0.0.0/8", "user": 33)"),
             std::string(R"("127.0.0.3")"),
             std::string(R"({ "to": ["192.0.2.1", "127.0.4.0/24"] })"),
             std::string(R"({ "to": "127.0.0.4", "note": "another" })"),
             rule(R"("to": "127.0.0.5", "expires": "2020-01-01")"),
             rule(R"("to": "127.0.0.6", "expires": "2099-12-31")"),
         })
        text += (text.empty() ? "" : ", ") + one;
    return policy(text);
}

// Meets some of those.
std::string rule_of_an_interpreter() { return policy(rule(R"("interpreter": "/bin/bash")")); }

struct Case {
    const char* name;
    std::string (*policy)();
    const char* passes;
    const char* refused;
};

void PrintTo(const Case& one, std::ostream* stream) { *stream << one.name; }

#define CHAIN "curl -s @URL | bash"
#define AS(uid, command) "setpriv --reuid " uid " --clear-groups bash -c '" command "'"
#define ONCE_SERVED "until [ -e @D/served ]; do sleep 0.01; done"

const Case kCases[] = {
    {"user by number", rules_that_do_not_meet, AS("65534", CHAIN), AS("1", CHAIN)},
    {"user by name", rules_that_do_not_meet, AS("5", CHAIN), CHAIN},
    {"parent", rules_that_do_not_meet, "@AGENT 20 bash -c '" CHAIN "'", CHAIN},
    {"grandparent", rules_that_do_not_meet, "@AGENT 20 bash -c '(" CHAIN "); true'",
     "bash -c '(" CHAIN "); true'"},
    {"interpreter by path", rule_of_an_interpreter, CHAIN, "curl -s @URL | dash"},
    {"interpreter by name", rules_that_do_not_meet, "curl -s @URL | dash", CHAIN},
    // The verdict falls at the shell's exec, since the script is on its way.
    {"interpreter at its exec", rule_of_an_interpreter,
     "curl -s @URL | (" ONCE_SERVED "; exec bash)", "curl -s @URL | (" ONCE_SERVED "; exec dash)"},
    {"user at the exec", rules_that_do_not_meet,
     AS("65534", "curl -s @URL | (" ONCE_SERVED "; exec bash)"),
     AS("1", "curl -s @URL | (" ONCE_SERVED "; exec bash)")},
    {"destination for one user", rules_that_do_not_meet, AS("33", CHAIN), AS("34", CHAIN)},
    {"stages between", rule_of_an_interpreter, "curl -s @B64_URL | base64 -d | gunzip | bash",
     "curl -s @B64_URL | base64 -d | gunzip | sh"},
};

class Allow : public testing::TestWithParam<Case> {};

TEST_P(Allow, LetsPassWhatTheRuleNames)
{
    expect_passes(outcome_of(GetParam().policy(), GetParam().passes));
}

TEST_P(Allow, RefusesItsTwin)
{
    expect_refused(outcome_of(GetParam().policy(), GetParam().refused));
}

INSTANTIATE_TEST_SUITE_P(Live, Allow, testing::ValuesIn(kCases), [](const auto& test) {
    std::string name = test_name(test.param.name, Mode::kill);
    return name.substr(0, name.rfind('_'));
});

// A chain from that address.
Outcome outcome_from(const std::string& address)
{
    return outcome_of(rules_that_do_not_meet(), CHAIN, {}, address);
}

TEST(AllowTo, IsTheDestinationAndNoOther)
{
    expect_passes(outcome_from("127.0.0.3"));
    expect_passes(outcome_from("127.0.4.9"));
    expect_passes(outcome_from("127.0.0.4"));
    expect_refused(outcome_from("127.0.0.1"));
    expect_refused(outcome_from("127.0.3.255"));
}

TEST(AllowExpiry, ARuleThatHasEndedAllowsNobody)
{
    expect_refused(outcome_from("127.0.0.5"));
    expect_passes(outcome_from("127.0.0.6"));
}

// The rule ends while the sensor runs.
TEST(AllowExpiry, EndsOnTime)
{
    std::time_t soon = std::time(nullptr) + 4;
    char text[32];
    std::tm fields{};
    gmtime_r(&soon, &fields);
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &fields);
    expect_refused(outcome_of(
        policy(rule(R"("to": "127.0.0.1", "expires": ")" + std::string(text) + "\"")),
        "while [ $(date +%s) -le " + std::to_string(soon) + " ]; do sleep 0.1; done; " CHAIN));
}

// By path: the cgroup is made when the rules have long been loaded. $$ is the guard's pid, since
// the shell becomes the guard.
TEST(AllowCgroup, ComesToLifeWithItsCgroup)
{
    struct {
        const char* where;
        bool passes;
    } const cases[] = {{"late", true}, {"late/deeper", true}, {"later", false}, {"", false}};
    std::string mount = cgroup2_folder(), own;
    std::string groups = slurp("/proc/self/cgroup");
    std::size_t line = groups.rfind("0::");
    own = groups.substr(line + 3, groups.find('\n', line) - line - 3);
    if (own == "/")
        own.clear();
    mount.resize(mount.size() - own.size());

    TempFolder folder;
    ChainSite sites[std::size(cases)];
    std::string script = "own=$(sed -n s/^0:://p /proc/self/cgroup)\n";
    for (std::size_t i = 0; i < std::size(cases); i++) {
        script += "at=" + mount + "$own/" + cases[i].where +
                  "; mkdir -p $at; echo $$ > $at/cgroup.procs\n" + sites[i].fill(CHAIN) +
                  "\necho $$ > " + mount + "$own/cgroup.procs\n";
        if (*cases[i].where)
            script += "find $at -depth -type d -exec rmdir {} +; rmdir " + mount +
                      "$own/late 2>/dev/null\n";
    }
    const std::string inside = folder.write("inside.sh", script + "exit 0\n");
    const std::string file = folder.write("policy.in", policy(rule(R"("cgroup": "@CGROUP/late")")));
    Subprocess guard({"/bin/bash", "-c",
                      "sed \"s:@CGROUP:" + own + "/davylamp-guard-$$:\" " + file + " > " + file +
                          ".json && exec " + davylamp() +
                          " guard --format json --mode kill --policy " + file + ".json -- bash " +
                          inside});
    EXPECT_EQ(guard.wait(), 86) << guard.err();
    GuardResult result;
    result.findings = findings_in(guard.out());
    for (std::size_t i = 0; i < std::size(cases); i++) {
        SCOPED_TRACE(std::string("in ") + cases[i].where + "\n" + guard.out() + guard.err());
        EXPECT_EQ(exists(sites[i].marker()), cases[i].passes);
        std::vector<Finding> found = findings_of(result, sites[i].web.port());
        EXPECT_EQ(found.size(), cases[i].passes ? 0u : 1u);
        for (const Finding& finding : found)
            EXPECT_EQ(finding.code(), "CHAIN-001");
    }
}

// Asks 127.0.0.66 for a name, as a resolver library does.
std::string ask(const std::string& name, const std::string& server = "127.0.0.66")
{
    return "/usr/bin/python3 -c \"import socket as s; n = '" + name +
           "'; k = s.socket(s.AF_INET, s.SOCK_DGRAM); k.settimeout(5); k.connect(('" + server +
           "', 53)); k.send(bytes.fromhex('123401000001000000000000') + b''.join(bytes([len(l)]) + "
           "l.encode() for l in n.split('.')) + bytes.fromhex('0000010001')); k.recv(512)\"; ";
}

// Names of two domains, and two servers that may tell them. What was answered stays known for as
// long as its guard lives: each chain has an address of its own.
std::string rules_of_names(const std::string& more = {})
{
    return policy(rule(R"("name": "get.example.org")") + ", " + rule(R"("name": ".example.net")"),
                  R"(127.0.0.66", "127.0.0.68)", more);
}

// A chain from that address, after `before`.
Outcome outcome_after(const std::string& before, const std::string& address)
{
    return outcome_of(rules_of_names(), before + CHAIN, {}, address);
}

TEST(AllowName, IsTheNameThatTheResolverAnswered)
{
    DnsServer server("127.0.0.66", {{"get.example.org", "127.0.1.1"},
                                    {"GET.Example.org", "127.0.1.2"},
                                    {"get.example.net", "127.0.1.3"},
                                    {"elsewhere.example.org", "127.0.1.5"},
                                    {"get.example.net.evil.test", "127.0.1.6"}});
    expect_passes(outcome_after(ask("get.example.org"), "127.0.1.1"));
    expect_passes(outcome_after(ask("GET.Example.org"), "127.0.1.2"));
    expect_passes(outcome_after(ask("get.example.net"), "127.0.1.3"));
    expect_refused(outcome_after("", "127.0.1.4")); // nobody asked
    expect_refused(outcome_after(ask("get.example.org"), "127.0.1.4"));
    expect_refused(outcome_after(ask("elsewhere.example.org"), "127.0.1.5"));
    expect_refused(outcome_after(ask("get.example.net.evil.test"), "127.0.1.6"));
}

// Anybody can run a name server; it is one that policy trusts or it is none.
TEST(AllowName, AnotherServersAnswerIsNone)
{
    DnsServer trusted("127.0.0.66", {});
    DnsServer own("127.0.0.67", {{"get.example.org", "127.0.1.7"}});
    DnsServer other("127.0.0.68", {{"get.example.org", "127.0.1.8"}});
    expect_refused(outcome_after(ask("get.example.org", "127.0.0.67"), "127.0.1.7"));
    expect_passes(outcome_after(ask("get.example.org", "127.0.0.68"), "127.0.1.8"));
}

// A resolver's answer is one to whom asked it, and to what.
struct Answer {
    const char* name; // of answers.py
    bool counts;
    const char* server = "127.0.0.66";
};

constexpr Answer kAnswers[] = {
    {"asked", true},
    {"connected", true},
    {"two_at_once", true},
    {"unasked", false},
    {"another_server", false, "127.0.0.67"}, // 127.0.0.68 answers
    {"another_id", false},
    {"another_name", false},
    {"another_listed_name", false},
    {"another_socket", false},
    {"another_answer", false},
    {"late", false},
    {"in_a_flood", false}, // of questions on one socket, this one was lost
};

// Once read by the payload hooks, and once by those that are there for names alone.
TEST(AllowName, AnAnswerIsToAQuestion)
{
    int last = 0;
    for (const char* more : {"", R"(, "stratum": { "mode": "off" })"}) {
        for (const Answer& answer : kAnswers) {
            SCOPED_TRACE(std::string(answer.name) + more);
            const std::string address = "127.0.2." + std::to_string(++last);
            Outcome outcome =
                outcome_of(rules_of_names(more),
                           "/usr/bin/python3 -BS " + scripts() + "/answers.py " + answer.name +
                               " get.example.net " + address + " " + answer.server + "; " CHAIN,
                           {}, address);
            if (answer.counts)
                expect_passes(outcome);
            else
                expect_refused(outcome);
        }
    }
}

std::string single_quoted(const std::string& script)
{
    return "'" + replaced(script, "'", "'\\''") + "'";
}

// In a network namespace of one's own one may be every address, the resolver's too.
TEST(AllowName, AnAnswerOfAnotherNetworkIsNone)
{
    // Answers with 127.0.1. and this byte, in hex.
    auto liar = [](const std::string& byte) {
        return single_quoted(
            "ip link set lo up; "
            "/usr/bin/python3 -c \"import socket as s; k = s.socket(s.AF_INET, s.SOCK_DGRAM); "
            "k.bind(('127.0.0.66', 53)); open('@D/up', 'w'); q, a = k.recvfrom(512); "
            "k.sendto(q[:2] + bytes.fromhex('81800001000100000000') + q[12:] + "
            "bytes.fromhex('c00c000100010000003c00047f0001" +
            byte +
            "'), a)\" & "
            "until [ -e @D/up ]; do sleep 0.01; done; " +
            ask("get.example.org") + "wait");
    };
    expect_refused(outcome_after("unshare -n bash -c " + liar("09") + "; ", "127.0.1.9"));
    // The same server and question in the sensor's own network.
    expect_passes(outcome_after("bash -c " + liar("0a") + "; ", "127.0.1.10"));
}

json chain_record(const std::string& recording)
{
    Subprocess dump({davylamp(), "dump", recording});
    EXPECT_EQ(dump.wait(), 0) << dump.err();
    std::istringstream lines(dump.out());
    for (std::string line; std::getline(lines, line);) {
        json record = json::parse(line);
        if (record["kind"] == "chain")
            return record;
    }
    ADD_FAILURE() << "no chain in " << dump.out();
    return json{{"decision", {{"row", nullptr}}}};
}

std::string explained(const TempFolder& folder, const json& event, const std::string& policy_text)
{
    Subprocess explain({davylamp(), "policy", "explain", folder.write("event.json", event.dump()),
                        "--policy", folder.write("policy.json", policy_text)});
    EXPECT_EQ(explain.wait(), 0) << explain.err();
    return explain.out();
}

TEST(AllowNamed, TheFirstThatMatchesIsInTheRecordAndExplained)
{
    TempFolder folder;
    const std::string rules =
        policy(rule(R"("to": "192.0.2.1", "interpreter": "bash")") + ", " +
               rule(R"("user": 65534, "interpreter": "/bin/bash")") + ", \"127.0.0.1\"");
    expect_passes(outcome_of(rules, AS("65534", CHAIN), folder / "first.davy"));
    json record = chain_record(folder / "first.davy");
    EXPECT_EQ(record["decision"]["row"], 1);
    EXPECT_EQ(record["verdict"], "allow");
    EXPECT_EQ(record["allow"]["uid"], 65534);
    EXPECT_THAT(record["allow"]["cgroup"].get<std::string>(), HasSubstr("/davylamp-guard-"));
    std::string why = explained(folder, record, rules);
    EXPECT_THAT(why, HasSubstr("Decided by detections.chain.allow[1]: allowed."));
    EXPECT_THAT(why, HasSubstr("to           no: wants 192.0.2.1; the event has 127.0.0.1"));
    EXPECT_THAT(why, HasSubstr("allow[2]: matches too, but an earlier rule has decided"));
    EXPECT_THAT(why, testing::Not(HasSubstr("otherwise then")));

    expect_passes(outcome_of(rules, CHAIN, folder / "third.davy"));
    EXPECT_EQ(chain_record(folder / "third.davy")["decision"]["row"], 2);
}

TEST(AllowNamed, AnAlertSaysWhyNoRuleMatched)
{
    TempFolder folder;
    const std::string rules = policy(rule(R"("to": "127.0.0.1", "user": 65534)"));
    Outcome outcome = outcome_of(rules, CHAIN);
    expect_refused(outcome);
    std::string why = explained(folder, outcome.result.first("CHAIN-001").json, rules);
    EXPECT_THAT(why, HasSubstr("to           yes: wants 127.0.0.1; the event has 127.0.0.1"));
    EXPECT_THAT(why, HasSubstr("user         no: wants 65534; the event has uid 0"));
    EXPECT_THAT(why, HasSubstr("No allow rule matches; CHAIN-001 convicts"));
}

} // namespace
} // namespace davylamp::test
