// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hostile.h"
#include "report/report.h"
#include "report/told.h"
#include "stories.h"
#include "support/ocsf_schema.h"

namespace davylamp {
namespace {

using namespace test;
using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json ocsf(const Alert& alert) { return json::parse(alert_ocsf(alert, host())); }

class EveryMode : public testing::TestWithParam<std::uint8_t> {};
INSTANTIATE_TEST_SUITE_P(Modes, EveryMode,
                         testing::Values(DAVY_MODE_MONITOR, DAVY_MODE_BLOCK, DAVY_MODE_KILL));

TEST_P(EveryMode, EveryKindIsAValidFinding)
{
    std::vector<Alert> alerts = every_kind(GetParam());
    ASSERT_EQ(alerts.size(), 13u);
    for (const Alert& alert : alerts) {
        std::string line = alert_ocsf(alert, host());
        EXPECT_EQ(line.find('\n'), line.npos);
        json event = json::parse(line);
        EXPECT_THAT(ocsf_problems(event), IsEmpty()) << line;
        EXPECT_EQ(event["metadata"]["event_code"], alert_code(alert));
        EXPECT_EQ(event["message"], alert_message(alert));
        EXPECT_EQ(event["severity_id"], alert.severity);
    }
}

TEST(Ocsf, ARuleOfANewerVersionIsAValidFinding)
{
    Teller teller;
    auto newer = chain(kAt, DAVY_MODE_BLOCK, kCurl, kBash, kRemote);
    newer.decision.rule = 999;
    teller << newer;
    json event = ocsf(teller.alerts.at(0));
    EXPECT_THAT(ocsf_problems(event), IsEmpty()) << event;
    EXPECT_EQ(event["metadata"]["event_code"], "RULE-999");
    EXPECT_EQ(event["finding_info"]["title"], "Rule 999, unknown to this version");
    EXPECT_EQ(event["finding_info"]["analytic"]["name"], "rule-999");
    EXPECT_EQ(event["severity_id"], 3);
    EXPECT_EQ(event["unmapped"]["rule"], 999);
    EXPECT_EQ(event["evidences"][0]["data"], json({{"rule", "RULE-999"}}));
    EXPECT_FALSE(event["finding_info"].contains("attacks"));
    EXPECT_FALSE(event.contains("malware"));
}

Alert with_evidence(std::uint16_t flags)
{
    Teller teller;
    auto saved = evidence(kAt, 900, "/e/20261124T110000Z-900-EXE-002");
    saved.flags = flags;
    teller << saved
           << removed(kAt + 1, DAVY_MODE_KILL, with_uid(process(950, 813, "rm"), 33), kMiner.id,
                      gone(kMiner.image), "kdevtmpfsi");
    return teller.alerts.at(0);
}

TEST(Ocsf, AnImageThatWasSavedHasItsHash)
{
    json event = ocsf(with_evidence(DAVY_EVIDENCE_IMAGE | DAVY_EVIDENCE_WHOLE));
    EXPECT_THAT(ocsf_problems(event), IsEmpty()) << event;
    const json& first = event["evidences"][0];
    std::string sum = first["data"]["sha256"];
    EXPECT_EQ(sum.size(), 64u);
    EXPECT_EQ(first["process"]["file"]["hashes"],
              json::array({{{"algorithm_id", 3}, {"algorithm", "SHA-256"}, {"value", sum}}}));
    EXPECT_EQ(first["process"]["file"]["size"], 4096);
    EXPECT_EQ(first["data"]["evidence"], "/e/20261124T110000Z-900-EXE-002");
    json observable = {
        {"name", "evidences[0].process.file.hashes[0].value"}, {"type_id", 8}, {"value", sum}};
    EXPECT_THAT(event["observables"], Contains(observable));
    EXPECT_FALSE(event["evidences"][1]["process"]["file"].contains("hashes")) << "of rm";
}

// Whoever looks the hash of a part up would look for a file that does not exist.
TEST(Ocsf, APartOfAnImageHasNone)
{
    json event = ocsf(with_evidence(DAVY_EVIDENCE_IMAGE));
    EXPECT_THAT(ocsf_problems(event), IsEmpty()) << event;
    EXPECT_FALSE(event["evidences"][0]["process"]["file"].contains("hashes"));
    EXPECT_EQ(event["evidences"][0]["data"]["evidence_cut"], "yes");
    EXPECT_EQ(event["evidences"][0]["data"]["sha256"].get<std::string>().size(), 64u);
}

// Whoever asks for a pool's name may be the host's own resolver.
TEST(Ocsf, AQuestionIsNoMalware)
{
    for (const Alert& alert : every_kind(DAVY_MODE_KILL)) {
        if (!alert_code(alert).starts_with("MINE-"))
            continue;
        json event = ocsf(alert);
        bool asks = alert_code(alert) == "MINE-005";
        EXPECT_EQ(event.contains("malware"), !asks) << alert_code(alert);
        EXPECT_EQ(event["confidence_id"], asks ? 1 : 3) << alert_code(alert);
        EXPECT_EQ(event["action_id"], asks ? 3 : 2) << alert_code(alert);
    }
}

TEST(Ocsf, MonitorIsObservedAndDetectedAndSaysWouldBlock)
{
    for (const Alert& alert : every_kind(DAVY_MODE_MONITOR)) {
        json event = ocsf(alert);
        EXPECT_EQ(event["action_id"], 3);
        EXPECT_EQ(event["disposition_id"], 15);
        // A sweep never blocks, in whatever mode.
        EXPECT_EQ(event["unmapped"]["would_block"],
                  alert_code(alert) != "EXE-004" && alert_code(alert) != "MINE-005");
    }
}

TEST(Ocsf, Dispositions)
{
    struct {
        const char* what;
        std::uint32_t verdict;
        std::uint16_t did;
        bool to_kill;
        int action, disposition;
    } rows[] = {
        {"alert", DAVY_ALERT, 0, false, 3, 15},
        {"refused", DAVY_DENY, DAVY_DID_REFUSE, false, 2, 2},
        {"killed", DAVY_KILL, DAVY_DID_KILL_CURRENT, false, 2, 2},
        {"dropped", DAVY_DENY, DAVY_DID_DROP, false, 2, 6},
        {"left to userspace", DAVY_DENY, 0, true, 2, 2},
        {"failed", DAVY_DENY, DAVY_DID_FAIL, false, 3, 27},
    };
    for (const auto& row : rows) {
        Alert alert = every_kind(DAVY_MODE_BLOCK)[0];
        alert.verdict = row.verdict;
        alert.decision.did = row.did;
        alert.to_kill.clear();
        if (row.to_kill)
            alert.to_kill.push_back(id(5));
        json event = ocsf(alert);
        EXPECT_EQ(event["action_id"], row.action) << row.what;
        EXPECT_EQ(event["disposition_id"], row.disposition) << row.what;
        EXPECT_THAT(ocsf_problems(event), IsEmpty()) << row.what;
    }
}

TEST(Ocsf, IdentifiesHostEventAndProcesses)
{
    json event = ocsf(every_kind(DAVY_MODE_BLOCK)[0]);
    const std::string boot = host().boot_id;
    EXPECT_EQ(event["metadata"]["uid"], boot + ":1");
    EXPECT_EQ(event["finding_info"]["uid"], boot + ":1");
    EXPECT_EQ(event["metadata"]["product"]["version"], DAVYLAMP_VERSION);
    EXPECT_EQ(event["time"], 1'795'521'667'118);
    EXPECT_EQ(event["device"]["hostname"], "web-03");
    EXPECT_EQ(event["device"]["uid"], "4f6c1b0a9d2e");
    const json& shell = event["evidences"][0]["process"];
    EXPECT_EQ(event["evidences"][0]["name"], "interpreter");
    EXPECT_EQ(shell["uid"], boot + ":813:813000000000");
    EXPECT_EQ(shell["user"]["uid"], "33");
    EXPECT_EQ(shell["auid"], 4294967295u);
    EXPECT_EQ(shell["cmd_line"], "bash");
    EXPECT_EQ(shell["parent_process"]["pid"], 811);
    EXPECT_EQ(shell["ancestry"][1]["name"], "php-fpm8.2");
    const json& curl = event["evidences"][1];
    EXPECT_EQ(curl["dst_endpoint"]["ip"], "198.51.100.9");
    EXPECT_EQ(curl["dst_endpoint"]["port"], 80);
    EXPECT_FALSE(event["evidences"][0].contains("dst_endpoint"));
    EXPECT_FALSE(curl.contains("src_endpoint")) << "not known before the connect";
    EXPECT_EQ(event["observables"][1]["name"], "evidences[1].dst_endpoint.ip");
    EXPECT_EQ(event["observables"][1]["value"], "198.51.100.9");
}

TEST(Ocsf, CarriesAttackAndMalware)
{
    std::vector<Alert> alerts = every_kind(DAVY_MODE_BLOCK);
    json chain = ocsf(alerts[0]);
    EXPECT_EQ(chain["finding_info"]["attacks"][1]["technique"]["uid"], "T1105");
    EXPECT_EQ(chain["finding_info"]["attacks"][0]["version"], "19.1");
    EXPECT_FALSE(chain.contains("malware"));
    json login = ocsf(alerts[6]);
    EXPECT_THAT(login["malware"][0]["classification_ids"], ElementsAre(13));
    EXPECT_EQ(login["evidences"][0]["data"]["agent"], "XMRig/6.21.0");
    EXPECT_EQ(login["unmapped"]["payload"], kLogin);
}

TEST(Ocsf, SaysWhatWasDecidedAndDone)
{
    Alert alert = every_kind(DAVY_MODE_KILL)[7]; // MINE-002
    json unmapped = ocsf(alert)["unmapped"];
    EXPECT_EQ(unmapped["verdict"], "kill");
    EXPECT_EQ(unmapped["mode"], "kill");
    EXPECT_EQ(unmapped["certainty"], "certain");
    EXPECT_THAT(unmapped["did"], ElementsAre("refuse"));
    EXPECT_EQ(unmapped["policy_row"], 0);
    EXPECT_EQ(unmapped["policy_note"], "supportxmr");
    EXPECT_EQ(unmapped["would_block"], false);
    EXPECT_EQ(unmapped["to_kill"][0], host().boot_id + ":900:900000000000");
}

TEST(Ocsf, DeletedImageIsAFileThatIsDeleted)
{
    json victim = ocsf(every_kind(DAVY_MODE_BLOCK)[3])["evidences"][0]["process"];
    EXPECT_EQ(victim["file"]["is_deleted"], true);
    EXPECT_EQ(victim["file"]["path"], "/tmp/.X11-unix/kdevtmpfsi");
    EXPECT_EQ(victim["cmd_line"], "[kworker/0:1]");
}

TEST(Ocsf, BytesThatAreNoTextDoNotThrow)
{
    const std::string bad = "\xff\xfe\x80 \xed\xa0\x80 \x1b[2J";
    for (const Alert& alert : every_kind(DAVY_MODE_BLOCK)) {
        json event = ocsf(spoilt(alert, bad));
        EXPECT_THAT(ocsf_problems(event), IsEmpty());
        EXPECT_THAT(event["message"].get<std::string>(), HasSubstr("\ufffd"));
        EXPECT_THAT(event["evidences"][0]["data"].dump(), HasSubstr("\ufffd"));
    }
}

TEST(Ocsf, AnUnknownOwnerLeavesTheFlow)
{
    Alert alert = every_kind(DAVY_MODE_BLOCK)[6];
    alert.parties.clear();
    json event = ocsf(alert);
    EXPECT_THAT(ocsf_problems(event), IsEmpty());
    EXPECT_EQ(event["evidences"][0]["dst_endpoint"]["ip"], "192.0.2.77");
    alert.flow = {};
    EXPECT_THAT(ocsf_problems(ocsf(alert)), IsEmpty());
}

TEST(Ocsf, ABareHostIsEnough)
{
    RecordingInfo bare;
    bare.hostname = "x";
    bare.realtime_offset_ns = host().realtime_offset_ns;
    json event = json::parse(alert_ocsf(every_kind(DAVY_MODE_BLOCK)[0], bare));
    EXPECT_THAT(ocsf_problems(event), IsEmpty());
    EXPECT_EQ(event["device"]["os"]["name"], "Linux");
}

TEST(Ocsf, TheSameAlertIsTheSameLine)
{
    std::vector<Alert> first = every_kind(DAVY_MODE_KILL), second = every_kind(DAVY_MODE_KILL);
    for (std::size_t i = 0; i < first.size(); i++) {
        EXPECT_EQ(alert_ocsf(first[i], host()), alert_ocsf(second[i], host()));
        EXPECT_EQ(alert_text(first[i], host()), alert_text(second[i], host()));
    }
}

// The checker itself: a broken twin for each thing it looks at.
TEST(OcsfSchema, RefusesBrokenTwins)
{
    struct {
        const char* what;
        void (*breaks)(json&);
        const char* complaint;
    } rows[] = {
        {"no metadata", [](json& e) { e.erase("metadata"); }, "lacks metadata"},
        {"no finding uid", [](json& e) { e["finding_info"].erase("uid"); }, "lacks uid"},
        {"no product", [](json& e) { e["metadata"].erase("product"); }, "lacks product"},
        {"no time", [](json& e) { e.erase("time"); }, "lacks time"},
        {"no device type", [](json& e) { e["device"].erase("type_id"); }, "lacks type_id"},
        {"no file name", [](json& e) { e["evidences"][0]["process"]["file"].erase("name"); },
         "lacks name"},
        {"no direction",
         [](json& e) { e["evidences"][1]["connection_info"].erase("direction_id"); },
         "lacks direction_id"},
        {"foreign key", [](json& e) { e["hostname"] = "x"; }, "is no attribute"},
        {"foreign inner key", [](json& e) { e["evidences"][0]["process"]["inode"] = 5; },
         "is no attribute"},
        {"ancestry with a user",
         [](json& e) {
             e["evidences"][0]["process"]["ancestry"][0]["user"] = {{"uid", "1"}};
         },
         "is no attribute"},
        {"severity", [](json& e) { e["severity_id"] = 7; }, "enumeration"},
        {"severity as text", [](json& e) { e["severity_id"] = "High"; }, "no integer"},
        {"disposition", [](json& e) { e["disposition_id"] = 77; }, "enumeration"},
        {"uid as a number", [](json& e) { e["evidences"][0]["process"]["user"]["uid"] = 33; },
         "no string"},
        {"alert as a number", [](json& e) { e["is_alert"] = 1; }, "no boolean"},
        {"evidences as an object", [](json& e) { e["evidences"] = e["evidences"][0]; }, "no array"},
        {"empty observables", [](json& e) { e["observables"] = json::array(); }, "no array"},
        {"empty evidence",
         [](json& e) {
             e["evidences"][0] = {{"name", "x"}};
         },
         "has none"},
        {"process without id",
         [](json& e) {
             e["evidences"][0]["process"].erase("pid");
             e["evidences"][0]["process"].erase("uid");
         },
         "has none"},
        {"no profiles", [](json& e) { e["metadata"].erase("profiles"); }, "security_control"},
        {"no linux profile",
         [](json& e) {
             e["metadata"]["profiles"] = {"host", "security_control"};
         },
         "linux/linux_users"},
        {"no host profile",
         [](json& e) {
             e["metadata"]["profiles"] = {"security_control", "linux/linux_users"};
         },
         "profile host"},
        {"type_uid", [](json& e) { e["type_uid"] = 200402; }, "activity_id"},
        {"schema version", [](json& e) { e["metadata"]["version"] = "1.5.0"; }, "1.8.0"},
        {"dry run that says blocked", [](json& e) { e["unmapped"]["would_block"] = true; },
         "dry run"},
        {"time in nanoseconds before boot", [](json& e) { e["time"] = -1; }, "no time"},
        {"malware without a class",
         [](json& e) {
             e["malware"] = json::array({{{"name", "x"}}});
         },
         "lacks classification_ids"},
    };
    const json good = ocsf(every_kind(DAVY_MODE_BLOCK)[0]);
    ASSERT_THAT(ocsf_problems(good), IsEmpty());
    for (const auto& row : rows) {
        json broken = good;
        row.breaks(broken);
        EXPECT_THAT(ocsf_problems(broken), Contains(HasSubstr(row.complaint))) << row.what;
    }
    EXPECT_FALSE(ocsf_problems(json::array()).empty());
}

} // namespace
} // namespace davylamp
