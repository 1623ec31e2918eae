// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "hostile.h"
#include "report/report.h"
#include "stories.h"

namespace davylamp {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string text(const Alert& alert) { return alert_text(alert, host()); }

TEST(AlertText, AWholeStory)
{
    EXPECT_EQ(text(every_kind(DAVY_MODE_BLOCK)[0]),
              "12:01:07.118 CRITICAL CHAIN-001 Downloaded script piped into a shell [blocked]\n"
              "  curl (812) downloads from 198.51.100.9:80 into bash (813), which would run it; "
              "connect refused.\n"
              "  interpreter bash (813) uid 33: bash\n"
              "              /bin/bash, started by sh (811) ← php-fpm8.2 (640) ← pid 1\n"
              "  downloader  curl (812) uid 33: curl -s http://u/a.sh\n"
              "              /usr/bin/curl\n"
              "  flow        → 198.51.100.9:80 tcp\n"
              "  facts       source connect, pipes 1, interpreter shell, network service "
              "php-fpm8.2\n"
              "  action      connect refused (EPERM)\n"
              "  ATT&CK      T1190, T1105, T1059.004; incident 1\n");
}

// A connected program may as well have unpacked what it wrote: the sentence claims no download.
TEST(AlertText, AFileIsSaidToBeWrittenByWhoHadAConnection)
{
    davy_process java = with_uid(process(820, 1, "java"), 33);
    davy_process helper = with_uid(process(821, 820, "helper"), 33);
    auto file = chain(kAt, DAVY_MODE_MONITOR, helper, helper, kRemote);
    file.source = java.id;
    file.decision = {};
    file.decision.rule = DAVY_RULE_CHAIN_FILE;
    file.file_facts = {.writer = DAVY_WRITER_PROGRAM, .image = 1};
    file.fed_ns = kAt - 5 * kSecond;
    std::strcpy(file.what, "/tmp/helper");
    Teller teller;
    teller << execs(10, java, "/usr/bin/java", {"java", "-jar", "service.jar"}) << file;
    ASSERT_EQ(teller.alerts.size(), 1u);
    EXPECT_THAT(text(teller.alerts[0]),
                HasSubstr("helper (821) runs /tmp/helper, which java (820), with a connection to "
                          "198.51.100.9:80, wrote or passed on 5 s before"));
}

TEST(AlertText, AtMostTwelveLinesOfEveryKind)
{
    for (std::uint8_t mode : {DAVY_MODE_MONITOR, DAVY_MODE_BLOCK, DAVY_MODE_KILL}) {
        for (const Alert& alert : every_kind(mode)) {
            std::string out = text(alert);
            EXPECT_LE(std::count(out.begin(), out.end(), '\n'), 12) << out;
            EXPECT_EQ(out.back(), '\n');
            EXPECT_EQ(out.find("\n\n"), out.npos);
        }
    }
}

TEST(AlertText, ManyPartiesShareALine)
{
    Alert alert = every_kind(DAVY_MODE_BLOCK)[0];
    AlertParty stage;
    stage.role = Role::stage;
    for (std::uint32_t tgid = 820; tgid < 826; tgid++) {
        stage.process.id = id(tgid);
        stage.process.comm = "gunzip";
        alert.parties.push_back(stage);
    }
    std::string out = text(alert);
    EXPECT_THAT(out, HasSubstr("  stage       gunzip (820)\n"));
    EXPECT_THAT(out, HasSubstr("  also        stage gunzip (821), stage gunzip (822)"));
    EXPECT_LE(std::count(out.begin(), out.end(), '\n'), 13);
}

TEST(AlertText, Tags)
{
    struct {
        std::uint32_t verdict;
        std::uint16_t did;
        bool to_kill;
        const char* tag;
    } rows[] = {
        {DAVY_ALERT, 0, false, "[monitor]"},
        {DAVY_DENY, DAVY_DID_REFUSE, false, "[blocked]"},
        {DAVY_DENY, DAVY_DID_DROP, false, "[blocked]"},
        {DAVY_KILL, DAVY_DID_REFUSE | DAVY_DID_KILL_PEER, true, "[blocked, killed]"},
        {DAVY_DENY, DAVY_DID_KILL_CURRENT, false, "[killed]"},
        {DAVY_DENY, 0, true, "[to be killed]"},
        {DAVY_KILL, DAVY_DID_STOP_CURRENT, true, "[stopped, to be killed]"},
        {DAVY_KILL, DAVY_DID_REFUSE | DAVY_DID_STOP_CURRENT, true,
         "[blocked, stopped, to be killed]"},
        {DAVY_DENY, DAVY_DID_FAIL, false, "[NOT ENFORCED]"},
    };
    for (const auto& row : rows) {
        Alert alert = every_kind(DAVY_MODE_BLOCK)[0];
        alert.verdict = row.verdict;
        alert.would_block = row.verdict == DAVY_ALERT;
        alert.decision.did = row.did;
        alert.to_kill.clear();
        if (row.to_kill)
            alert.to_kill.push_back(id(5));
        EXPECT_THAT(text(alert), HasSubstr(std::string("into a shell ") + row.tag + "\n"));
    }
    EXPECT_THAT(text(every_kind(DAVY_MODE_MONITOR)[5]), HasSubstr("[reported]\n"));
}

TEST(AlertText, NothingFromOutsideReachesTheTerminalRaw)
{
    const std::string bad = "\x1b]0;owned\x07\n\xff\u202e\r";
    for (const Alert& alert : every_kind(DAVY_MODE_KILL)) {
        std::string out = text(spoilt(alert, bad));
        EXPECT_EQ(out.find('\x1b'), out.npos);
        EXPECT_EQ(out.find('\x07'), out.npos);
        EXPECT_EQ(out.find('\r'), out.npos);
        EXPECT_EQ(out.find("\u202e"), out.npos);
        EXPECT_EQ(out.find('\xff'), out.npos);
        EXPECT_THAT(out, HasSubstr("\\x1b]0;owned\\x07\\x0a\\xff"));
        EXPECT_LE(std::count(out.begin(), out.end(), '\n'), 13);
    }
}

TEST(AlertText, LongCommandLinesAreCutBetweenCharacters)
{
    Alert alert = every_kind(DAVY_MODE_BLOCK)[0];
    alert.parties[0].process.args = {"bash", std::string(153, 'a') + "\u20ac\u20ac\u20ac"};
    EXPECT_THAT(text(alert), HasSubstr("bash " + std::string(153, 'a') + "…\n"));
    alert.parties[0].process.args = {"bash", "-c", "a b", ""};
    EXPECT_THAT(text(alert), HasSubstr("bash -c 'a b' ''\n"));
    alert.parties[0].process.args_cut = true;
    EXPECT_THAT(text(alert), HasSubstr("''…\n"));
}

TEST(AlertText, TimesAreUtcOfTheRecordingHost)
{
    Alert alert = every_kind(DAVY_MODE_BLOCK)[0];
    EXPECT_THAT(text(alert), StartsWith("12:01:07.118 "));
    alert.time_ns = 0;
    EXPECT_THAT(text(alert), StartsWith("11:00:00.000 "));
    RecordingInfo early = host();
    early.realtime_offset_ns = -1'000'000; // a clock before 1970
    EXPECT_THAT(alert_text(alert, early), StartsWith("23:59:59.999 "));
}

TEST(AlertText, SaysRepeatsNotesAndDeletedFiles)
{
    Alert alert = every_kind(DAVY_MODE_BLOCK)[7];
    EXPECT_THAT(text(alert), Not(HasSubstr("more like it")));
    alert.repeats = 3;
    EXPECT_THAT(text(alert), HasSubstr("incident 1, 3 more like it since the last report"));
    EXPECT_THAT(text(alert), HasSubstr("  policy      supportxmr\n"));
    EXPECT_THAT(text(every_kind(DAVY_MODE_BLOCK)[3]),
                HasSubstr("/tmp/.X11-unix/kdevtmpfsi (deleted)"));
}

} // namespace
} // namespace davylamp
