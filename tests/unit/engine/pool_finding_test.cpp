// SPDX-License-Identifier: Apache-2.0
// What the sentence of each kind of pool record says, and what it does not claim.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "engine/engine.h"
#include "report/told.h"
#include "support/records.h"
#include "support/temp_folder.h"

namespace davylamp {
namespace {

using namespace test;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

const davy_process kXmrig = with_uid(process(900, 1, "xmrig"), 33);
const davy_flow kPool = flow("198.51.100.7", 443);

Policy listing()
{
    Policy policy;
    Prefix network = *parse_prefix("198.51.100.0/24");
    network.note = "a network of theirs";
    policy.pool_addresses = {network};
    policy.pool_names = {{"supportxmr.com", "a pool"}};
    policy.pool_alpn = {"stratum"};
    return policy;
}

// A record of a packet: of the process id, uid and comm alone.
davy_event_pool in_packet(davy_event_pool event)
{
    davy_process bare{};
    bare.id = event.process.id;
    bare.uid = event.process.uid;
    std::memcpy(bare.comm, event.process.comm, sizeof bare.comm);
    event.process = bare;
    return event;
}

davy_event_pool event_of(std::uint8_t match, std::uint8_t mode = DAVY_MODE_BLOCK)
{
    auto event = pool(kSecond, mode, kXmrig, kPool, match, 0);
    if (match == DAVY_POOL_ALPN)
        event = with_name(event, "stratum");
    else if (match != DAVY_POOL_ADDRESS && match != DAVY_POOL_PROXY_ADDRESS &&
             match != DAVY_POOL_PROVEN)
        event = with_name(event, "pool.supportxmr.com");
    const davy_flow behind = flow("198.51.100.99", 3333);
    if (match == DAVY_POOL_PROXY_ADDRESS) {
        event.flow = flow("127.0.0.1", 9050);
        std::memcpy(event.proxied, behind.remote, sizeof event.proxied);
    }
    if (match == DAVY_POOL_PROVEN) {
        event.tries = 3;
        event.facts.row = event.decision.row = DAVY_NO_ROW;
    }
    if (match == DAVY_POOL_ANSWER)
        event.ttl_s = 60;
    return event;
}

Alert explained(const davy_event_pool& event, const Policy& policy = listing())
{
    Engine engine(policy);
    std::vector<Alert> alerts;
    Record record(event);
    engine.feed(record.event(), [&](const Alert& alert) { alerts.push_back(alert); });
    EXPECT_EQ(engine.counts().disagreements, 0u);
    EXPECT_EQ(alerts.size(), 1u);
    return alerts.empty() ? Alert{} : alerts.front();
}

TEST(PoolFinding, SaysWhatHappened)
{
    const struct {
        std::uint8_t match;
        const char *code, *message, *note;
    } rows[] = {
        {DAVY_POOL_ADDRESS, "MINE-002",
         "xmrig (900) connects to 198.51.100.7:443, a listed mining pool; connect refused",
         "a network of theirs"},
        {DAVY_POOL_ANSWER, "MINE-004",
         "xmrig (900) connects to 198.51.100.7:443, which DNS gave for pool.supportxmr.com; "
         "connect refused",
         "a pool"},
        {DAVY_POOL_SERVER_NAME, "MINE-004",
         "xmrig (900) opens TLS to a server named pool.supportxmr.com, at 198.51.100.7:443; packet "
         "dropped",
         "a pool"},
        {DAVY_POOL_ALPN, "MINE-004",
         "xmrig (900) opens TLS to 198.51.100.7:443 for the protocol stratum; packet dropped", ""},
        {DAVY_POOL_PROXY_NAME, "MINE-004",
         "xmrig (900) asks the proxy 198.51.100.7:443 for pool.supportxmr.com; packet dropped",
         "a pool"},
        {DAVY_POOL_PROXY_ADDRESS, "MINE-002",
         "xmrig (900) asks the proxy 127.0.0.1:9050 for 198.51.100.99, a listed mining pool; "
         "packet dropped",
         "a network of theirs"},
        {DAVY_POOL_QUESTION, "MINE-005",
         "xmrig (900) asks DNS for pool.supportxmr.com; reported only: a question takes nothing",
         "a pool"},
        {DAVY_POOL_PROVEN, "MINE-001",
         "xmrig (900) connects again to 198.51.100.7:443, which spoke Stratum before (3 tries); "
         "connect refused",
         ""},
    };
    for (const auto& row : rows) {
        Alert alert = explained(event_of(row.match));
        EXPECT_EQ(alert_code(alert), row.code);
        EXPECT_EQ(alert_message(alert), row.message);
        EXPECT_EQ(alert.policy_note, row.note) << row.message;
    }
}

TEST(PoolFinding, MonitorSaysWhatWouldHaveBeenTaken)
{
    Alert answer = explained(event_of(DAVY_POOL_ANSWER, DAVY_MODE_MONITOR));
    EXPECT_TRUE(answer.would_block);
    EXPECT_EQ(alert_action(answer), "connect would have been refused");
    Alert hello = explained(event_of(DAVY_POOL_SERVER_NAME, DAVY_MODE_MONITOR));
    EXPECT_EQ(alert_action(hello), "packet would have been dropped");
    Alert question = explained(event_of(DAVY_POOL_QUESTION, DAVY_MODE_KILL));
    EXPECT_FALSE(question.would_block);
    EXPECT_EQ(question.verdict, static_cast<std::uint32_t>(DAVY_ALERT));
    EXPECT_EQ(question.severity, 2);
    EXPECT_EQ(question.decision.certainty, DAVY_POSSIBLE);
    EXPECT_TRUE(question.to_kill.empty());
    EXPECT_EQ(question.parties.at(0).role, Role::process) << "who asks is no miner yet";
}

TEST(PoolFinding, FactsNameTheEntryWhereItIsWider)
{
    Alert answer = explained(event_of(DAVY_POOL_ANSWER));
    EXPECT_THAT(alert_facts(answer), Contains(Pair("match", "answer")));
    EXPECT_THAT(alert_facts(answer), Contains(Pair("name", "pool.supportxmr.com")));
    EXPECT_THAT(alert_facts(answer), Contains(Pair("entry", "supportxmr.com")));
    EXPECT_THAT(alert_facts(answer), Contains(Pair("ttl_s", "60")));
    Alert proxied = explained(event_of(DAVY_POOL_PROXY_ADDRESS));
    EXPECT_THAT(alert_facts(proxied), Contains(Pair("proxied", "198.51.100.99")));
    EXPECT_THAT(alert_facts(proxied), Contains(Pair("entry", "198.51.100.0/24")));
    auto exact = with_name(event_of(DAVY_POOL_ANSWER), "supportxmr.com");
    EXPECT_THAT(alert_facts(explained(exact)), Not(Contains(Key("entry"))));
    EXPECT_THAT(alert_facts(explained(event_of(DAVY_POOL_PROVEN))), Contains(Pair("tries", "3")));
}

// A recording under another policy: row 0 there is another entry here.
TEST(PoolFinding, ARowOfAnotherPolicyLendsNoNote)
{
    auto other = with_name(event_of(DAVY_POOL_ANSWER), "pool.example");
    EXPECT_EQ(explained(other).policy_note, "");
    auto address = event_of(DAVY_POOL_ADDRESS);
    address.flow = flow("203.0.113.1", 3333);
    EXPECT_EQ(explained(address).policy_note, "");
}

TEST(PoolFinding, AListFilesEntryIsNamedByFileAndLine)
{
    TempFolder folder;
    Policy policy;
    policy.pool_lists = {{folder.write("l", "# none\nsupportxmr.com\n"), ""}};
    Engine engine(policy);
    engine.use_pools(std::make_shared<const PoolBook>(*PoolBook::read(policy)));
    std::string note;
    Record record(event_of(DAVY_POOL_SERVER_NAME));
    engine.feed(record.event(), [&](const Alert& alert) { note = alert.policy_note; });
    EXPECT_EQ(note, folder / "l:2");
}

// Zeroes in a packet's record are not the process's image and ids: what was known stays known.
TEST(PoolFinding, APacketsRecordOverwritesNothing)
{
    Engine engine(listing());
    std::vector<Alert> alerts;
    auto feed = [&](const auto& event) {
        Record record(event);
        engine.feed(record.event(), [&](const Alert& alert) { alerts.push_back(alert); });
    };
    feed(execs(1, kXmrig, "/tmp/xmrig", {"xmrig", "-o", "pool"}));
    feed(in_packet(event_of(DAVY_POOL_SERVER_NAME)));
    ASSERT_EQ(alerts.size(), 1u);
    const ProcessInfo& known = alerts[0].parties.at(0).process;
    EXPECT_EQ(known.image_path, "/tmp/xmrig");
    EXPECT_TRUE(known.ids_known);
    EXPECT_EQ(known.uid, 33u);
    EXPECT_THAT(alert_facts(alerts[0]), Not(Contains(Key("uid"))));
}

TEST(PoolFinding, OfAStrangerInAPacketUidAndNameAreAllThatIsTold)
{
    Alert alert = explained(in_packet(event_of(DAVY_POOL_PROXY_NAME)));
    const ProcessInfo& stranger = alert.parties.at(0).process;
    EXPECT_EQ(stranger.comm, "xmrig");
    EXPECT_FALSE(stranger.ids_known);
    EXPECT_FALSE(stranger.image_known);
    EXPECT_EQ(stranger.image_path, "");
    EXPECT_THAT(alert_facts(alert), Contains(Pair("uid", "33")));

    auto nobody = in_packet(event_of(DAVY_POOL_SERVER_NAME));
    nobody.process = {};
    Alert unknown = explained(nobody);
    EXPECT_TRUE(unknown.parties.empty());
    EXPECT_THAT(alert_message(unknown), HasSubstr("an unknown process opens TLS"));
}

TEST(PoolFinding, QuestionsForOneNameAreOneFinding)
{
    Engine engine(listing());
    std::vector<std::string> names;
    auto ask = [&](const char* resolver, const char* name) {
        auto event = with_name(event_of(DAVY_POOL_QUESTION), name);
        event.flow = flow(resolver, 53);
        Record record(event);
        engine.feed(record.event(), [&](const Alert&) { names.push_back(name); });
    };
    ask("127.0.0.53", "a.supportxmr.com");
    ask("192.0.2.53", "a.supportxmr.com");
    ask("127.0.0.53", "a.supportxmr.com");
    ask("127.0.0.53", "b.supportxmr.com");
    EXPECT_THAT(names, testing::ElementsAre("a.supportxmr.com", "b.supportxmr.com"));
}

// Refused connects are told beside the packet that was dropped before them, and then counted.
TEST(PoolFinding, ConnectingAgainIsToldBesideTheStratumItself)
{
    Engine engine(listing());
    std::vector<std::string> messages;
    auto feed = [&](const auto& event) {
        Record record(event);
        engine.feed(record.event(),
                    [&](const Alert& alert) { messages.push_back(alert_message(alert)); });
    };
    feed(stratum(kSecond, DAVY_MODE_BLOCK, kXmrig, kPool,
                 R"({"method":"mining.authorize","params":["u","p"]})"));
    feed(event_of(DAVY_POOL_PROVEN));
    feed(event_of(DAVY_POOL_PROVEN));
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_THAT(messages[0], HasSubstr("speaks Stratum"));
    EXPECT_THAT(messages[1], HasSubstr("connects again"));
}

// The record keeps a WebSocket's frames as they travelled, masked; the alert reads through them.
TEST(PoolFinding, StratumInFramesIsReadThroughThem)
{
    const std::string login = R"({"method":"mining.authorize","params":["wallet","x"]})";
    auto event = stratum(kSecond, DAVY_MODE_BLOCK, kXmrig, kPool, login);
    const std::uint8_t key[4] = {0xa1, 0xb2, 0xc3, 0xd4};
    std::memcpy(event.payload, "\x81", 1);
    event.payload[1] = static_cast<std::uint8_t>(0x80 | login.size());
    std::memcpy(event.payload + 2, key, sizeof key);
    for (std::size_t i = 0; i < login.size(); i++)
        event.payload[6 + i] = static_cast<std::uint8_t>(login[i]) ^ key[i % 4];
    event.payload_size = static_cast<std::uint32_t>(6 + login.size());
    event.wraps[0] = DAVY_WRAP_SOCKS5;
    event.wraps[1] = DAVY_WRAP_WEBSOCKET;
    event.payload_offset = 150; // the handshakes
    event.facts.offset += 150;

    Engine engine(listing());
    std::vector<Alert> alerts;
    Record record(event);
    engine.feed(record.event(), [&](const Alert& alert) { alerts.push_back(alert); });
    ASSERT_EQ(alerts.size(), 1u);
    EXPECT_EQ(engine.counts().disagreements, 0u) << "without its handshakes it says nothing";
    EXPECT_THAT(alert_facts(alerts[0]), Contains(Pair("wraps", "socks5, websocket")));
    EXPECT_THAT(alert_facts(alerts[0]), Contains(Pair("login", "wallet")));
    EXPECT_THAT(alert_message(alerts[0]), HasSubstr(", as wallet"));
}

// The first version of the record ends behind its facts.
TEST(PoolFinding, AnOldRecordIsExplained)
{
    auto event = event_of(DAVY_POOL_ADDRESS);
    event.header.size = 248;
    Alert alert = explained(event);
    EXPECT_THAT(alert_message(alert), HasSubstr("a listed mining pool"));
    EXPECT_THAT(alert_facts(alert), Not(Contains(Key("tries"))));
}

} // namespace
} // namespace davylamp
