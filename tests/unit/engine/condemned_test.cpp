// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "curl_and_bash.h"
#include "davylamp/rules/image.h"
#include "davylamp/rules/reach.h"
#include "engine/engine.h"
#include "support/records.h"

namespace davylamp {
namespace {

using namespace test;

std::vector<std::uint32_t> pids(const Record& record)
{
    std::vector<std::uint32_t> out;
    for (const Condemned& who : condemned(record.event())) {
        EXPECT_EQ(who.id.start_ns, id(who.id.tgid).start_ns);
        out.push_back(who.id.tgid);
    }
    return out;
}
using Pids = std::vector<std::uint32_t>;

const davy_process kMiner = process(900, 813, "kdevtmpfsi");

davy_event_chain chain_in(std::uint8_t mode, std::uint16_t did)
{
    auto event = chain(kSecond, mode, kCurl, kBash, kRemote);
    event.decision.did = did;
    event.stages_count = 2;
    event.stages[0] = id(820);
    event.stages[1] = id(821);
    return event;
}

TEST(Condemned, Chain)
{
    struct {
        const char* what;
        std::uint8_t mode;
        std::uint16_t did;
        Pids expected;
    } rows[] = {
        {"monitor", DAVY_MODE_MONITOR, 0, {}},
        {"block, refused", DAVY_MODE_BLOCK, DAVY_DID_REFUSE, {}},
        {"block, killed", DAVY_MODE_BLOCK, DAVY_DID_KILL_CURRENT, {}},
        {"block, helper failed", DAVY_MODE_BLOCK, DAVY_DID_FAIL, {813}},
        {"kill", DAVY_MODE_KILL, DAVY_DID_REFUSE, {813, 812, 820, 821}},
        {"kill, current is dead", DAVY_MODE_KILL, DAVY_DID_KILL_CURRENT, {813, 820, 821}},
        {"kill, peer is dead", DAVY_MODE_KILL, DAVY_DID_KILL_PEER, {812, 820, 821}},
        {"kill, both dead", DAVY_MODE_KILL, DAVY_DID_KILL_CURRENT | DAVY_DID_KILL_PEER, {820, 821}},
    };
    for (const auto& row : rows)
        EXPECT_EQ(pids(Record(chain_in(row.mode, row.did))), row.expected) << row.what;
}

TEST(Condemned, ChainThatTheSinkCompleted)
{
    auto event = chain_in(DAVY_MODE_KILL, DAVY_DID_KILL_CURRENT);
    event.process = kBash;
    EXPECT_EQ(pids(Record(event)), (Pids{812, 820, 821}));
    event.decision.did = DAVY_DID_KILL_PEER;
    EXPECT_EQ(pids(Record(event)), (Pids{813, 820, 821}));
}

// The interpreter read the code itself; the others pay for the act of who caused it.
TEST(Condemned, ForWhoseAct)
{
    auto event = chain_in(DAVY_MODE_KILL, DAVY_DID_REFUSE);
    event.causer_uid = 1001;
    auto list = condemned(Record(event).event());
    ASSERT_EQ(list.size(), 4u);
    EXPECT_EQ(list[0].causer, DAVY_OWN_ACT);
    for (std::size_t i = 1; i < list.size(); i++)
        EXPECT_EQ(list[i].causer, 1001u) << i;

    davy_process remover = kBash;
    remover.uid = 1002;
    auto removal = removed(1, DAVY_MODE_BLOCK, remover, id(900), gone(kMiner.image), "");
    removal.decision.did = 0;
    list = condemned(Record(removal).event());
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].causer, 1002u) << "who removed it, and not who runs it";
}

TEST(Condemned, NobodyTwiceAndNobodyUnknown)
{
    auto event = chain_in(DAVY_MODE_KILL, 0);
    event.source = {};
    event.stages[0] = event.sink;
    event.stages[1] = {};
    EXPECT_EQ(pids(Record(event)), (Pids{813}));
}

TEST(Condemned, AChainRecordThatCountsBeyondItsStages)
{
    auto event = chain_in(DAVY_MODE_KILL, 0);
    event.stages_count = 4'000'000'000;
    EXPECT_EQ(pids(Record(event)), (Pids{813, 812, 820, 821}));
}

davy_event_image denied(std::uint8_t mode, const davy_process& process)
{
    davy_image image = process.image;
    image.flags |= DAVY_IMAGE_DENIED;
    davy_event_image event = fileless(1, mode, process, image, "/opt/miner");
    event.decision.rule = DAVY_RULE_IMAGE_DENIED;
    event.header.verdict = davy_judge_image(&image, DAVY_RULE_IMAGE_DENIED, mode);
    return event;
}

TEST(Condemned, Images)
{
    const davy_image image = gone(kMiner.image);
    const davy_process talker = with_image(kMiner, image);
    struct {
        const char* what;
        davy_event_image event;
        std::uint16_t did;
        Pids expected;
    } rows[] = {
        {"fileless, monitor", fileless(1, DAVY_MODE_MONITOR, kMiner, image, ""), 0, {}},
        {"fileless, refused", fileless(1, DAVY_MODE_BLOCK, kMiner, image, ""), DAVY_DID_REFUSE, {}},
        {"fileless, killed",
         fileless(1, DAVY_MODE_BLOCK, kMiner, image, ""),
         DAVY_DID_KILL_CURRENT,
         {}},
        {"fileless, signal failed",
         fileless(1, DAVY_MODE_BLOCK, kMiner, image, ""),
         DAVY_DID_FAIL,
         {900}},
        {"fileless, kill, only refused",
         fileless(1, DAVY_MODE_KILL, kMiner, image, ""),
         DAVY_DID_REFUSE,
         {900}},
        {"denied, block, refused", denied(DAVY_MODE_BLOCK, kMiner), DAVY_DID_REFUSE, {}},
        {"denied, kill, refused", denied(DAVY_MODE_KILL, kMiner), DAVY_DID_REFUSE, {900}},
        {"denied, block, killed", denied(DAVY_MODE_BLOCK, kMiner), DAVY_DID_KILL_CURRENT, {}},
        {"talking, block, refused",
         talking(1, DAVY_MODE_BLOCK, talker, kRemote),
         DAVY_DID_REFUSE,
         {}},
        {"talking, kill, refused",
         talking(1, DAVY_MODE_KILL, talker, kRemote),
         DAVY_DID_REFUSE,
         {900}},
        {"talking, kill, killed",
         talking(1, DAVY_MODE_KILL, talker, kRemote),
         DAVY_DID_REFUSE | DAVY_DID_KILL_CURRENT,
         {}},
        {"removed, monitor", removed(1, DAVY_MODE_MONITOR, kBash, id(900), image, ""), 0, {}},
        {"removed, block, noticed after",
         removed(1, DAVY_MODE_BLOCK, kBash, id(900), image, ""),
         0,
         {900}},
        {"removed, block, refused",
         removed(1, DAVY_MODE_BLOCK, kBash, id(900), image, ""),
         DAVY_DID_REFUSE,
         {}},
        {"removed, kill, refused",
         removed(1, DAVY_MODE_KILL, kBash, id(900), image, ""),
         DAVY_DID_REFUSE,
         {900}},
        {"removed, kill, victim killed",
         removed(1, DAVY_MODE_KILL, kBash, id(900), image, ""),
         DAVY_DID_KILL_PEER,
         {}},
        {"removed itself, killed",
         removed(1, DAVY_MODE_KILL, kMiner, id(900), image, ""),
         DAVY_DID_KILL_CURRENT,
         {}},
        {"removed itself, killed by pid",
         removed(1, DAVY_MODE_KILL, kMiner, id(900), image, ""),
         DAVY_DID_KILL_PEER,
         {}},
        {"removed by a copy of it",
         removed(1, DAVY_MODE_KILL, kBash, id(900), image, ""),
         DAVY_DID_KILL_CURRENT,
         {900}},
        {"removed, victim stopped to be saved",
         removed(1, DAVY_MODE_KILL, kBash, id(900), image, ""),
         DAVY_DID_STOP_PEER,
         {900}},
        {"removed by a copy of it, both stopped",
         removed(1, DAVY_MODE_KILL, kBash, id(900), image, ""),
         DAVY_DID_STOP_CURRENT | DAVY_DID_STOP_PEER,
         {900, kBash.id.tgid}},
        {"removed, victim unknown", removed(1, DAVY_MODE_KILL, kBash, {}, image, ""), 0, {}},
    };
    for (auto& row : rows) {
        row.event.decision.did = row.did;
        EXPECT_EQ(pids(Record(row.event)), row.expected) << row.what;
    }
}

// Who wrote what a packet asks for pays for himself; who connected, as far as that one reaches him.
TEST(Condemned, WhoConnectedAndWhoAskedForAPool)
{
    auto event =
        pool(1, DAVY_MODE_KILL, with_uid(kMiner, 1000), kRemote, DAVY_POOL_PROXY_ADDRESS, 0);
    auto list = condemned(Record(event).event());
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].causer, 1000u) << "nobody was seen to write";
    event.writer = id(901);
    event.writer_uid = 33;
    list = condemned(Record(event).event());
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].causer, 33u);
    EXPECT_EQ(list[1].id.tgid, 901u);
    EXPECT_EQ(list[1].causer, DAVY_OWN_ACT);
    event.writer = event.process.id;
    list = condemned(Record(event).event());
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].causer, DAVY_OWN_ACT);
}

// In block mode the packet is what is taken; a question takes nobody.
TEST(Condemned, WhoSendsAPacketForAPoolInKillModeAlone)
{
    for (std::uint8_t match :
         {DAVY_POOL_SERVER_NAME, DAVY_POOL_ALPN, DAVY_POOL_PROXY_NAME, DAVY_POOL_PROXY_ADDRESS}) {
        auto event = pool(1, DAVY_MODE_BLOCK, kMiner, kRemote, match, 0);
        EXPECT_EQ(event.decision.did, DAVY_DID_DROP);
        EXPECT_EQ(pids(Record(event)), Pids{});
        event.decision.did = 0;
        EXPECT_EQ(pids(Record(event)), Pids{}) << "a packet that got away kills nobody";
        event = pool(1, DAVY_MODE_KILL, kMiner, kRemote, match, 0);
        EXPECT_EQ(pids(Record(event)), Pids{900});
        event.process = {};
        EXPECT_EQ(pids(Record(event)), Pids{}) << "nobody is known";
    }
    auto answer = pool(1, DAVY_MODE_BLOCK, kMiner, kRemote, DAVY_POOL_ANSWER, 0);
    EXPECT_EQ(pids(Record(answer)), Pids{});
    answer.decision.did = 0; // the connect went through
    EXPECT_EQ(pids(Record(answer)), Pids{900});
    EXPECT_EQ(pids(Record(pool(1, DAVY_MODE_KILL, kMiner, kRemote, DAVY_POOL_QUESTION, 0))),
              Pids{});
}

// That the program spoke Stratum there is no act of who connects.
TEST(Condemned, NobodyForAConnectToWhereAnotherSpoke)
{
    for (std::uint8_t mode : {DAVY_MODE_BLOCK, DAVY_MODE_KILL})
        EXPECT_EQ(pids(Record(pool(1, mode, kMiner, kRemote, DAVY_POOL_PROVEN, 0))), Pids{});
}

TEST(Condemned, PoolsAndStratum)
{
    auto refused = pool(1, DAVY_MODE_BLOCK, kMiner, kRemote, DAVY_POOL_ADDRESS, 0);
    EXPECT_EQ(pids(Record(refused)), Pids{});
    auto killing = pool(1, DAVY_MODE_KILL, kMiner, kRemote, DAVY_POOL_ADDRESS, 0);
    EXPECT_EQ(pids(Record(killing)), Pids{900});
    killing.decision.did |= DAVY_DID_KILL_CURRENT;
    EXPECT_EQ(pids(Record(killing)), Pids{});

    constexpr std::string_view kAuthorize = R"({"method":"mining.authorize","params":[]})";
    auto dropped = stratum(1, DAVY_MODE_BLOCK, kMiner, kRemote, kAuthorize);
    EXPECT_EQ(pids(Record(dropped)), Pids{});
    auto login = stratum(1, DAVY_MODE_KILL, kMiner, kRemote, kAuthorize);
    EXPECT_EQ(pids(Record(login)), Pids{900});
    login.facts.midstream = 1; // a verdict of ALERT by the rule; this one lies
    EXPECT_EQ(pids(Record(login)), Pids{}) << "a match in mid-stream alone never kills";
    login.facts.midstream = 0;
    login.relayed = 1;
    EXPECT_EQ(pids(Record(login)), Pids{}) << "it only passed through";
    login.relayed = 0;
    login.facts.direction = DAVY_TO_CLIENT; // this verdict lies too
    EXPECT_EQ(pids(Record(login)), Pids{}) << "what a server says kills nobody";
    login.facts.direction = DAVY_TO_SERVER;
    login.owner = {};
    EXPECT_EQ(pids(Record(login)), Pids{});
}

TEST(Condemned, WhoConnectedAndWhoWroteAStratumFlow)
{
    auto login = stratum(1, DAVY_MODE_KILL, with_uid(kMiner, 1000), kRemote,
                         R"({"method":"mining.authorize","params":[]})");
    login.writer = id(901);
    login.writer_uid = 33;
    auto list = condemned(Record(login).event());
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].id.tgid, 900u);
    EXPECT_EQ(list[0].causer, 33u) << "it may have connected for another user, who wrote";
    EXPECT_EQ(list[1].id.tgid, 901u);
    EXPECT_EQ(list[1].causer, DAVY_OWN_ACT);
    login.writer = login.owner;
    login.writer_uid = 1000;
    list = condemned(Record(login).event());
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].causer, DAVY_OWN_ACT);
    login.writer = {};
    list = condemned(Record(login).event());
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].causer, 1000u) << "it may have become root since it connected";
    login.holds = 1;
    login.holders[0] = id(902);
    login.holders_count = 1;
    EXPECT_EQ(pids(Record(login)), Pids{}) << "to hold a socket is no act";
}

// Userspace says which of those who hold the socket were forked from them since.
TEST(Condemned, TheForksOfWhoConnected)
{
    auto login = stratum(1, DAVY_MODE_KILL, with_uid(kMiner, 1000), kRemote,
                         R"({"method":"mining.authorize","params":[]})");
    login.holders[0] = id(902);
    login.holders[1] = id(903);
    login.holders_count = 2;
    login.heirs = 2;
    auto list = condemned(Record(login).event());
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[1].id.tgid, 903u);
    EXPECT_EQ(list[1].causer, 1000u);
    login.holders_count = 200; // beyond its list
    login.heirs = 0xffffffff;
    EXPECT_EQ(pids(Record(login)), (Pids{900, 902, 903}));
    login.decision.mode = DAVY_MODE_BLOCK;
    judge(login);
    EXPECT_EQ(pids(Record(login)), Pids{});
}

TEST(Condemned, TelemetryCondemnsNobody)
{
    auto event = execs(1, kBash, "/bin/bash", {"bash"});
    event.header.verdict = DAVY_KILL; // a header that lies
    EXPECT_EQ(pids(Record(event)), Pids{});
}

} // namespace
} // namespace davylamp
