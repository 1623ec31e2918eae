// SPDX-License-Identifier: Apache-2.0
// The benign corpus: real work on this machine under `davylamp guard`. Each piece must succeed, be
// seen, and give no alert, in monitor mode and in block mode: it runs below one guard of each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "guard.h"
#include "host_lock.h"
#include "support/http_server.h"
#include "wire/recording.h"
#include "works.h"

namespace davylamp::test {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// A piece that hangs is ended, cleans up, and is told with what it said: hence `timeout` inside,
// the guard's patience around it, and ctest's longer still.
const std::string kWorkSeconds = "340", kCleanUpSeconds = "40";
constexpr auto kPatience = 400s;

const std::string kScripts = CORPUS_WORK;

// What the recording holds: the sensor's own count, not the script's.
Coverage coverage_of(const std::string& recording)
{
    Coverage coverage;
    auto reader = RecordingReader::open(recording);
    if (!reader) {
        ADD_FAILURE() << reader.error().text();
        return coverage;
    }
    for (;;) {
        auto event = reader->next();
        if (!event)
            ADD_FAILURE() << event.error().text();
        if (!event || !*event)
            break;
        coverage.execs += (*event)->kind() == DAVY_EVENT_EXEC;
        coverage.connects += (*event)->kind() == DAVY_EVENT_CONNECT;
        // An alert that was lost would pass for silence.
        if ((*event)->kind() == DAVY_EVENT_LOSS) {
            EXPECT_EQ((*event)->as<davy_event_loss>().count[DAVY_LOSS_ALERT_RING], 0U);
        }
    }
    if (auto damage = reader->damage())
        ADD_FAILURE() << damage->text();
    return coverage;
}

void print(std::ostream& stream, const Finding& finding)
{
    stream << finding.code() << " " << finding.json["finding_info"]["title"] << "\n"
           << finding.json.dump(2) << "\n";
}

// The folder of one piece, with the world around it: a web server, and whoever gives out jobs.
class Site {
public:
    explicit Site(const Work& work)
    {
        fs::create_directory(folder / "site");
        Subprocess made({"bash", kScripts + "/site.sh", folder / "site"});
        if (made.wait() != 0)
            throw std::runtime_error("site.sh: " + made.err());
        for (const auto& file : fs::directory_iterator(folder / "site"))
            web.serve("/" + file.path().filename().string(), slurp(file.path()));
        if (work.needs != Needs::jobs)
            return;
        dispatcher_.emplace(
            std::vector<std::string>{"python3", kScripts + "/twins/dispatcher.py", folder.path()});
        if (!eventually([this] { return exists(folder / "dispatcher"); }))
            throw std::runtime_error("dispatcher.py: " + dispatcher_->err());
    }

    // Below a guard in block mode. The work is done once: two guards, one in the other, see all of
    // it. No proxy, no shell set-up and no interpreter of the user's own, but what a service sees.
    std::vector<std::string> command(const Work& work) const
    {
        return {davylamp(),
                "guard",
                "--format",
                "json",
                "--mode",
                mode_name(Mode::block),
                "--",
                "env",
                "-i",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root",
                "LC_ALL=C.UTF-8",
                "FOLDER=" + folder.path(),
                "WORK=" + kScripts,
                "SOURCE=" CORPUS_SOURCE,
                "WEB=" + web.url(""),
                "DISPATCHER=" + slurp(folder / "dispatcher"),
                "timeout",
                "--kill-after=" + kCleanUpSeconds,
                kWorkSeconds,
                "bash",
                kScripts + "/" + work.name + ".sh"};
    }

    TempFolder folder;
    HttpServer web;

private:
    std::optional<Subprocess> dispatcher_;
};

class Corpus : public testing::TestWithParam<Work> {};

TEST_P(Corpus, StaysSilent)
{
    const Work& work = GetParam();
    if (work.needs == Needs::host_alone)
        have_host_alone();
    fs::remove(tally_path(work));
    Site site(work);
    GuardOptions options;
    options.command = site.command(work);
    options.record = site.folder / "recording.davy";
    options.patience = kPatience;

    auto start = std::chrono::steady_clock::now();
    GuardResult result = run_guard(options);
    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    EXPECT_TRUE(exists(site.folder / "finished")) << "the work itself failed";
    for (const Finding& finding : result.findings) {
        std::ostringstream text;
        print(text, finding);
        ADD_FAILURE() << text.str();
    }
    EXPECT_EQ(result.exit_code, 0); // 86 where an alert was told
    for (const char* mode : {"block", "monitor"}) {
        const std::string silent = "davylamp: 0 alert(s)";
        const std::size_t at = result.err.find(silent);
        ASSERT_NE(at, std::string::npos) << mode << ": no guard said that it was silent";
        result.err.erase(at, silent.size());
    }

    Coverage coverage = coverage_of(options.record);
    RecordProperty("execs", std::to_string(coverage.execs));
    RecordProperty("connects", std::to_string(coverage.connects));
    std::cout << work.name << ": execs: " << coverage.execs << ", connects: " << coverage.connects
              << ", seconds: " << seconds << std::endl;
    EXPECT_GE(coverage.execs, work.least_execs);
    EXPECT_GE(coverage.connects, work.least_connects);

    if (HasFailure()) {
        std::cout << "what the work said:\n" << result.err << std::endl;
        return;
    }
    fs::create_directories(CORPUS_TALLY);
    std::ofstream(tally_path(work))
        << coverage.execs << " " << coverage.connects << " " << seconds << "\n";
}

INSTANTIATE_TEST_SUITE_P(Work, Corpus, testing::ValuesIn(kWorks),
                         [](const testing::TestParamInfo<Work>& work) {
                             return replaced(work.param.name, "-", "_");
                         });

} // namespace

} // namespace davylamp::test
