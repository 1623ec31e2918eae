// SPDX-License-Identifier: Apache-2.0
// The chain's allow rules at work, in kill mode: for each condition the chain that it lets pass and
// beside it the one that it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <sstream>

#include "chain_site.h"
#include "support/dns_server.h"

namespace davylamp::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kWho = R"(, "owner": "team-ci", "reason": "installs its tools" })";

std::string policy(const std::string& rules, const std::string& resolvers = {})
{
    return R"({ "detections": { "chain": { "allow": [)" + rules + "]" +
           (resolvers.empty() ? "" : R"(, "resolvers": [")" + resolvers + R"("])") + " } } }";
}

// A rule of `conditions`, with somebody behind it.
std::string rule(const std::string& conditions) { return "{ " + conditions + kWho; }

struct Outcome {
    bool ran;
    GuardResult result;
};

Outcome outcome_of(const std::string& policy_text, const std::string& command,
                   const std::string& record = {})
{
    ChainSite site;
    // A program that starts others and is no ancestor of the tests themselves.
    if (std::system(site.fill("cp /usr/bin/timeout @D/agent").c_str()) != 0)
        throw std::runtime_error("timeout is needed");
    GuardOptions options;
    options.mode = Mode::kill;
    options.policy = site.fill(policy_text);
    options.record = record;
    // The site's folder is root's alone, and some of these run as somebody else.
    options.command = bash(site.fill("chmod 777 @D; " + command));
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

struct Case {
    const char* name;
    const char* conditions;
    const char* passes;
    const char* refused;
};

void PrintTo(const Case& one, std::ostream* stream) { *stream << one.name; }

#define CHAIN "curl -s @URL | bash"
#define AS(uid, command) "setpriv --reuid " uid " --clear-groups bash -c '" command "'"
#define ONCE_SERVED "until [ -e @D/served ]; do sleep 0.01; done"

const Case kCases[] = {
    {"user by number", R"("user": 65534)", AS("65534", CHAIN), AS("1", CHAIN)},
    {"user by name", R"("user": ["games", "nobody"])", AS("65534", CHAIN), CHAIN},
    {"parent", R"("parent": "@D/agent")", "@D/agent 20 bash -c '" CHAIN "'", CHAIN},
    {"grandparent", R"("parent": "@D/agent")", "@D/agent 20 bash -c '(" CHAIN "); true'",
     "bash -c '(" CHAIN "); true'"},
    {"interpreter by path", R"("interpreter": "/bin/bash")", CHAIN, "curl -s @URL | dash"},
    {"interpreter by name", R"("interpreter": "dash")", "curl -s @URL | dash", CHAIN},
    // The verdict falls at the shell's exec, since the script is on its way.
    {"interpreter at its exec", R"("interpreter": "/bin/bash")",
     "curl -s @URL | (" ONCE_SERVED "; exec bash)", "curl -s @URL | (" ONCE_SERVED "; exec dash)"},
    {"user at the exec", R"("user": 65534)",
     AS("65534", "curl -s @URL | (" ONCE_SERVED "; exec bash)"),
     AS("1", "curl -s @URL | (" ONCE_SERVED "; exec bash)")},
    // The vendor's own uninstaller: the destination is fine, and who fetches from it is not.
    {"destination for one user", R"("to": "127.0.0.0/8", "user": 65534)", AS("65534", CHAIN),
     AS("33", CHAIN)},
    {"stages between", R"("interpreter": "/bin/bash")",
     "curl -s @B64_URL | base64 -d | gunzip | bash", "curl -s @B64_URL | base64 -d | gunzip | sh"},
};

class Allow : public testing::TestWithParam<Case> {};

TEST_P(Allow, LetsPassWhatTheRuleNames)
{
    expect_passes(outcome_of(policy(rule(GetParam().conditions)), GetParam().passes));
}

TEST_P(Allow, RefusesItsTwin)
{
    expect_refused(outcome_of(policy(rule(GetParam().conditions)), GetParam().refused));
}

INSTANTIATE_TEST_SUITE_P(Live, Allow, testing::ValuesIn(kCases), [](const auto& test) {
    std::string name = test_name(test.param.name, Mode::kill);
    return name.substr(0, name.rfind('_'));
});

TEST(AllowTo, IsTheDestinationAndNoOther)
{
    expect_passes(outcome_of(policy(R"("127.0.0.1")"), CHAIN));
    expect_passes(outcome_of(policy(R"({ "to": ["192.0.2.1", "127.0.0.0/8"] })"), CHAIN));
    expect_refused(outcome_of(policy(R"({ "to": "127.0.0.2", "note": "another" })"), CHAIN));
}

TEST(AllowExpiry, ARuleThatHasEndedAllowsNobody)
{
    expect_refused(
        outcome_of(policy(rule(R"("to": "127.0.0.1", "expires": "2020-01-01")")), CHAIN));
    expect_passes(outcome_of(policy(rule(R"("to": "127.0.0.1", "expires": "2099-12-31")")), CHAIN));
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
    for (const auto& one : cases) {
        ChainSite site;
        const std::string file =
            site.folder.write("policy.in", policy(rule(R"("cgroup": "@CGROUP/late")")));
        const std::string script = site.folder.write(
            "inside.sh", site.fill("set -e; own=$(sed -n s/^0:://p /proc/self/cgroup)\n"
                                   "at=$1$own/$2; mkdir -p $at; echo $$ > $at/cgroup.procs\n" CHAIN
                                   " || true\necho $$ > $1$own/cgroup.procs\n"
                                   "[ -z $2 ] || find $at -depth -type d -exec rmdir {} + || true\n"
                                   "rmdir $1$own/late 2>/dev/null || true\n"));
        std::string mount = cgroup2_folder(), own;
        std::string groups = slurp("/proc/self/cgroup");
        std::size_t line = groups.rfind("0::");
        own = groups.substr(line + 3, groups.find('\n', line) - line - 3);
        if (own == "/")
            own.clear();
        mount.resize(mount.size() - own.size());
        Subprocess guard({"/bin/bash", "-c",
                          "sed \"s:@CGROUP:" + own + "/davylamp-guard-$$:\" " + file + " > " +
                              file + ".json && exec " + davylamp() +
                              " guard --mode kill --policy " + file + ".json -- bash " + script +
                              " " + mount + " '" + one.where + "'"});
        int code = guard.wait();
        EXPECT_EQ(exists(site.marker()), one.passes) << one.where << "\n" << guard.err();
        EXPECT_EQ(code == 86, !one.passes) << one.where << "\n" << guard.out() << guard.err();
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

TEST(AllowName, IsTheNameThatTheResolverAnswered)
{
    DnsServer server("127.0.0.66", {{"get.example.org", "127.0.0.1"},
                                    {"GET.Example.org", "127.0.0.1"},
                                    {"get.example.org.evil.test", "127.0.0.1"},
                                    {"elsewhere.example.org", "127.0.0.9"}});
    const std::string exact = policy(rule(R"("name": "get.example.org")"), "127.0.0.66");
    const std::string below = policy(rule(R"("name": ".example.org")"), "127.0.0.66");
    expect_passes(outcome_of(exact, ask("get.example.org") + CHAIN));
    expect_passes(outcome_of(exact, ask("GET.Example.org") + CHAIN));
    expect_passes(outcome_of(below, ask("get.example.org") + CHAIN));
    expect_refused(outcome_of(exact, CHAIN)); // nobody asked
    expect_refused(outcome_of(exact, ask("elsewhere.example.org") + CHAIN));
    expect_refused(outcome_of(below, ask("get.example.org.evil.test") + CHAIN));
}

// Anybody can run a name server; it is one that policy trusts or it is none.
TEST(AllowName, AnotherServersAnswerIsNone)
{
    DnsServer trusted("127.0.0.66", {});
    DnsServer own("127.0.0.67", {{"get.example.org", "127.0.0.1"}});
    const std::string exact = policy(rule(R"("name": "get.example.org")"), "127.0.0.66");
    expect_refused(outcome_of(exact, ask("get.example.org", "127.0.0.67") + CHAIN));
    expect_passes(outcome_of(policy(rule(R"("name": "get.example.org")"), "127.0.0.67"),
                             ask("get.example.org", "127.0.0.67") + CHAIN));
}

std::string single_quoted(const std::string& script)
{
    return "'" + replaced(script, "'", "'\\''") + "'";
}

// In a network namespace of one's own one may be every address, the resolver's too.
TEST(AllowName, AnAnswerOfAnotherNetworkIsNone)
{
    const std::string exact = policy(rule(R"("name": "get.example.org")"), "127.0.0.66");
    const std::string liar =
        "/usr/bin/python3 -c \"import socket as s; k = s.socket(s.AF_INET, s.SOCK_DGRAM); "
        "k.bind(('127.0.0.66', 53)); open('@D/up', 'w'); q, a = k.recvfrom(512); "
        "k.sendto(q[:2] + bytes.fromhex('81800001000100000000') + q[12:] + "
        "bytes.fromhex('c00c000100010000003c00047f000001'), a)\" & "
        "until [ -e @D/up ]; do sleep 0.01; done; ";
    const std::string inside =
        single_quoted("ip link set lo up; " + liar + ask("get.example.org") + "wait");
    expect_refused(outcome_of(exact, "unshare -n bash -c " + inside + "; " CHAIN));
    // The same server and question in the sensor's own network.
    expect_passes(outcome_of(exact, "bash -c " + inside + "; " CHAIN));
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
