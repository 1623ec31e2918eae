// SPDX-License-Identifier: Apache-2.0
#include "wire/event_json.h"

#include <arpa/inet.h>

#include <nlohmann/json.hpp>

#include "records.h"

namespace davylamp {
namespace {

using nlohmann::json;
using test::Record;
using namespace std::string_view_literals;

json parsed(const Record& record)
{
    std::string line = event_json(record.event(), 0);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    for (unsigned char c : line)
        EXPECT_TRUE(c >= 0x20 && c < 0x7f) << "a terminal would see byte " << int{c};
    return json::parse(line);
}

TEST(EventJsonTest, WritesEveryFieldOfAFork)
{
    EXPECT_EQ(event_json(test::one_of_each()[0].event(), 1'000'000'000),
              R"({"time":"1970-01-01T00:00:06.000000001Z","kind":"fork","version":1,"size":72,)"
              R"("time_ns":5000000001,"tgid":4321,"verdict":"allow",)"
              R"("parent":{"tgid":2,"start_ns":1},"child":{"tgid":4,"start_ns":3},"comm":"sh"})");
}

TEST(EventJsonTest, WritesEveryFieldOfAnExec)
{
    EXPECT_EQ(event_json(Record(test::exec_event()).event(), 0),
              R"({"time":"1970-01-01T00:00:05.000000001Z","kind":"exec","version":1,"size":848,)"
              R"("time_ns":5000000001,"tgid":4321,"verdict":"allow","process":{)"
              R"("id":{"tgid":4321,"start_ns":4000000000},)"
              R"("parent":{"tgid":4300,"start_ns":3000000000},"cgroup_id":77,"uid":33,"euid":34,)"
              R"("gid":35,"auid":null,"comm":"bash","image":{"inode":1234,"device":"8:1",)"
              R"("nlink":1,"mode":"0100755","owner":0,"family":"shell","flags":["running"],)"
              R"("name":"bash"}},"stdin_inode":5150,"stdout_inode":0,"stdin_kind":"pipe",)"
              R"("stdout_kind":"other","args_size":8,"code_fd":0,"args_cut":0,)"
              R"("filename":"/usr/bin/bash","args":["bash","-s"]})");
}

TEST(EventJsonTest, WritesTheAlertsByName)
{
    json chain = parsed(Record(test::chain_event()));
    EXPECT_EQ(chain["verdict"], "deny");
    EXPECT_EQ(chain["decision"],
              json::parse(R"({"detection":"chain","rule":"CHAIN-001","mode":"block",
                              "certainty":"certain","did":["refuse"],"row":null})"));
    EXPECT_EQ(chain["flow"],
              json::parse(R"({"family":4,"protocol":"tcp","local":null,"local_port":40000,
                              "remote":"198.51.100.9","remote_port":3333,"cookie":99})"));
    EXPECT_EQ(chain["facts"], json::parse(R"({"source":"connect","reads_code":1,"hops":2,
                                              "exempt":0,"row":null})"));
    EXPECT_EQ(chain["stages"], json::parse(R"([{"tgid":4324,"start_ns":4000000003}])"));
    EXPECT_EQ(chain["source_comm"], "curl");
    EXPECT_EQ(chain["pipe_inode"], 5150);

    json image = parsed(Record(test::image_event()));
    EXPECT_EQ(image["image"]["flags"], json::parse(R"(["memfd","unhashed"])"));
    EXPECT_EQ(image["image"]["nlink"], 0);
    EXPECT_EQ(image["flow"], nullptr);
    EXPECT_EQ(image["victim"], nullptr);
    EXPECT_EQ(image["filename"], "/proc/self/fd/3");

    json pool = parsed(test::one_of_each()[7]);
    EXPECT_EQ(pool["decision"]["row"], 7);
    EXPECT_EQ(pool["facts"], json::parse(R"({"match":"address","port_refuses":0,"row":7})"));

    EXPECT_FALSE(pool.contains("name") || pool.contains("tries") || pool.contains("proxied"));

    json stratum = parsed(Record(test::stratum_event()));
    EXPECT_FALSE(stratum.contains("wraps"));
    EXPECT_EQ(stratum["decision"]["did"], json::parse(R"(["drop","kill_peer"])"));
    EXPECT_EQ(stratum["facts"]["dialect"], "cryptonote");
    EXPECT_EQ(stratum["facts"]["direction"], "to_server");
    EXPECT_EQ(stratum["owner_comm"], "xmrig");
}

TEST(EventJsonTest, WritesTheRestOfTheKinds)
{
    auto all = test::one_of_each();
    EXPECT_EQ(parsed(all[2])["exit_code"], 256);
    EXPECT_EQ(parsed(all[3])["flow"]["remote_port"], 3333);
    EXPECT_EQ(parsed(all[4])["process"]["uid"], 33);
    json loss = parsed(all[9]);
    EXPECT_EQ(loss["count"]["telemetry_ring"], 12);
    EXPECT_EQ(loss["count"]["alert_ring"], 0);
    EXPECT_EQ(loss["count"].size(), DAVY_LOSS_FED_TEXT + 1u)
        << "unnamed reasons only where counted";
    json outcome = parsed(all[10]);
    EXPECT_EQ(outcome["outcome"], "failed");
    EXPECT_EQ(outcome["rule"], "MINE-001");
    EXPECT_EQ(outcome["error"], 3);
}

TEST(EventJsonTest, WritesEvidence)
{
    json whole = parsed(Record(test::evidence_event()));
    EXPECT_EQ(whole["kind"], "evidence");
    EXPECT_EQ(whole["target"], json::parse(R"({"tgid":4321,"start_ns":4000000000})"));
    std::string sum;
    for (int i = 0; i < 32; i++)
        sum += "ab";
    EXPECT_EQ(whole["sha256"], sum);
    EXPECT_EQ(whole["image_size"], 4096);
    EXPECT_EQ(whole["rule"], "EXE-002");
    EXPECT_EQ(whole["flags"], json::parse(R"(["image","whole"])"));
    EXPECT_EQ(whole["missing"], 2);
    EXPECT_EQ(whole["error"], 0);
    EXPECT_EQ(whole["folder"], "/e/20261124T110000Z-4321-EXE-002");

    auto none = test::make<davy_event_evidence>(DAVY_EVENT_EVIDENCE);
    none.flags = DAVY_EVIDENCE_ERROR | 0x100;
    none.error = 122;
    json out = parsed(Record(none));
    EXPECT_EQ(out["flags"], json::parse(R"(["error",256])"));
    EXPECT_EQ(out["sha256"], nullptr);
    EXPECT_EQ(out["error"], 122);
    EXPECT_EQ(out["folder"], "");
}

TEST(EventJsonTest, KeepsNumbersThatHaveNoName)
{
    auto stratum = test::stratum_event();
    stratum.header.verdict = 77;
    stratum.decision.rule = 999;
    stratum.decision.did = DAVY_DID_DROP | 0x100;
    stratum.facts.dialect = 50;
    json out = parsed(Record(stratum));
    EXPECT_EQ(out["verdict"], 77);
    EXPECT_EQ(out["decision"]["rule"], 999);
    EXPECT_EQ(out["decision"]["did"], json::parse(R"(["drop",256])"));
    EXPECT_EQ(out["facts"]["dialect"], 50);

    auto loss = test::make<davy_event_loss>(DAVY_EVENT_LOSS);
    loss.count[15] = 3;
    EXPECT_EQ(parsed(Record(loss))["count"]["15"], 3);
}

TEST(EventJsonTest, SplitsArguments)
{
    struct {
        std::string_view args;
        json expected;
    } cases[] = {
        {""sv, json::array()},
        {"a\0"sv, {"a"}},
        {"a\0b"sv, {"a", "b"}},
        {"a\0\0b\0"sv, {"a", "", "b"}},
        {"\0"sv, {""}},
        {"sh\0-c\0echo \x1b[2J\xff\0"sv, {"sh", "-c", "echo \x1b[2J\xef\xbf\xbd"}},
    };
    for (auto& c : cases)
        EXPECT_EQ(parsed(Record(test::exec_event(c.args)))["args"], c.expected);
}

TEST(EventJsonTest, AddsHexToPayloadsThatAreNoPlainText)
{
    json plain = parsed(Record(test::stratum_event("{\"id\":1}\r\n")));
    EXPECT_EQ(plain["payload"], "{\"id\":1}\r\n");
    EXPECT_FALSE(plain.contains("payload_hex"));

    json binary = parsed(Record(test::stratum_event("\x16\x03\x01\xff"sv)));
    EXPECT_EQ(binary["payload_hex"], "160301ff");
    EXPECT_EQ(binary["payload"], "\x16\x03\x01\xef\xbf\xbd");
}

TEST(EventJsonTest, ShowsUnknownKindsAsHex)
{
    auto fork = test::make<davy_event_fork>(999);
    test::put(fork.comm, "sh");
    json out = parsed(Record(fork).resized(28));
    EXPECT_EQ(out["kind"], 999);
    EXPECT_EQ(out["size"], 28);
    EXPECT_EQ(out["hex"], "00000000");
}

TEST(EventJsonTest, HostileCountsDoNotReachBeyondTheRecord)
{
    auto chain = test::chain_event();
    chain.stages_count = 0xffffffffu;
    json out = parsed(Record(chain));
    EXPECT_EQ(out["stages"].size(), std::size_t{DAVY_STAGES_MAX});
    EXPECT_EQ(out["stages_count"], 0xffffffffu);
}

TEST(TimeTextTest, IsRfc3339WithNanoseconds)
{
    struct {
        std::uint64_t time_ns;
        std::int64_t offset_ns;
        const char* text;
    } cases[] = {
        {0, 0, "1970-01-01T00:00:00.000000000Z"},
        {89, 1'772'600'767'000'000'000, "2026-03-04T05:06:07.000000089Z"},
        {1, -2, "1969-12-31T23:59:59.999999999Z"},
        {0x7fffffffffffffffu, 0, "2262-04-11T23:47:16.854775807Z"},
        {0x8000000000000000u, 0, "1677-09-21T00:12:43.145224192Z"},
    };
    for (auto& c : cases)
        EXPECT_EQ(time_text(c.time_ns, c.offset_ns), c.text);
}

TEST(AddressTextTest, WritesMappedIpv4AsIpv4AndTheRestAsRfc5952)
{
    const char* cases[][2] = {
        {"::ffff:198.51.100.9", "198.51.100.9"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:DB8::1", "2001:db8::1"},
        {"::1", "::1"},
        {"::", "::"},
        {"fe80::2:0:0:1", "fe80::2:0:0:1"},
    };
    for (auto& c : cases) {
        std::uint8_t address[16];
        ASSERT_EQ(inet_pton(AF_INET6, c[0], address), 1);
        EXPECT_EQ(address_text(address), c[1]);
    }
}

TEST(EventJsonTest, PoolsSayWhatWasAskedFor)
{
    Record base = test::one_of_each()[7];
    base = base.resized(sizeof(davy_event_pool));
    auto& pool = base.as<davy_event_pool>();
    std::memcpy(pool.name, "pool.example", 13);
    pool.facts.match = DAVY_POOL_ANSWER;
    pool.ttl_s = 60;
    json answer = parsed(base);
    EXPECT_EQ(answer["facts"]["match"], "answer");
    EXPECT_EQ(answer["name"], "pool.example");
    EXPECT_EQ(answer["ttl_s"], 60);
    pool.facts.match = DAVY_POOL_PROVEN;
    pool.tries = 4;
    EXPECT_EQ(parsed(base)["tries"], 4);
    pool.facts.match = DAVY_POOL_PROXY_ADDRESS;
    const std::uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7};
    std::memcpy(pool.proxied, mapped, sizeof mapped);
    EXPECT_EQ(parsed(base)["proxied"], "192.0.2.7");

    auto stratum = test::stratum_event();
    stratum.wraps[0] = DAVY_WRAP_SOCKS5;
    stratum.wraps[1] = DAVY_WRAP_WEBSOCKET;
    EXPECT_EQ(parsed(Record(stratum))["wraps"], json::parse(R"(["socks5","websocket"])"));
}

TEST(EventJsonTest, StratumSaysWhoTookPart)
{
    auto stratum = test::stratum_event();
    json alone = parsed(Record(stratum));
    for (const char* key : {"relayed", "holds", "writer", "holders", "heirs", "connected_ns"})
        EXPECT_FALSE(alone.contains(key)) << key;
    stratum.relayed = stratum.holds = 1;
    stratum.writer = {5'000'000'000, 4322, 0};
    stratum.writer_uid = 34;
    std::memcpy(stratum.writer_comm, "sh", 3);
    stratum.holders[1] = {6'000'000'000, 4323, 0};
    stratum.holders_count = 2;
    stratum.heirs = 2;
    stratum.connected_ns = 4'500'000'000;
    json all = parsed(Record(stratum));
    EXPECT_EQ(all["relayed"], true);
    EXPECT_EQ(all["holds"], true);
    EXPECT_EQ(all["writer"]["tgid"], 4322);
    EXPECT_EQ(all["writer_uid"], 34);
    EXPECT_EQ(all["writer_comm"], "sh");
    ASSERT_EQ(all["holders"].size(), 2u);
    EXPECT_EQ(all["holders"][1]["tgid"], 4323);
    EXPECT_EQ(all["heirs"], 2);
    EXPECT_EQ(all["connected_ns"], 4'500'000'000);
    stratum.holders_count = 200;
    EXPECT_EQ(parsed(Record(stratum))["holders"].size(), std::size_t{DAVY_HOLDERS_MAX});
}

} // namespace
} // namespace davylamp
