// SPDX-License-Identifier: Apache-2.0
// A program that is given to the dynamic loader: its image is the loader's, which is never removed.
#include <gtest/gtest.h>
#include <unistd.h>

#include "image_site.h"
#include "support/http_server.h"

namespace davylamp::test {
namespace {

const std::vector<Removal> kLoaded{
    {"by its path", "cp @VICTIM @W/miner; start v @LOADER @W/miner; rm @W/miner; go"},
    {"by a relative path",
     "cp @VICTIM @W/miner; cd @W; start v @LOADER ./miner; cd /; rm @W/miner; go"},
    {"with options",
     "cp @VICTIM @W/miner; start v @LOADER --library-path @W --argv0 kworker @W/miner; "
     "rm @W/miner; go"},
    {"renamed over", "cp @VICTIM @W/miner; start v @LOADER @W/miner; echo hi > @W/new; "
                     "mv @W/new @W/miner; go"},
    {"by itself", "cp @VICTIM @W/miner; @LOADER @W/miner @D v unlink @W/miner & ready v; go"},
    {"by a copy of the loader", "mkdir @W/lib; cp @LOADER @W/lib; cp @VICTIM @W/miner; "
                                "start v @W/lib/ld-linux-x86-64.so.2 @W/miner; rm @W/miner; go"},
    {"by another name", "cp @LOADER @W/ld; cp @VICTIM @W/miner; start v @W/ld @W/miner; "
                        "rm @W/miner; go"},
    {"and forked",
     "cp @KIN @W/miner; @LOADER @W/miner @D v fork w & ready v; ready w; "
     "rm @W/miner; go",
     {"v", "w"}},
    {"by its own thread", "cp @KIN @W/miner; @LOADER @W/miner @D v thread @W/miner & ready v; go"},
    {"the loader itself", "cp @LOADER @W/ld; cp @VICTIM @W/miner; start v @W/ld @W/miner; "
                          "rm @W/ld; go"},
};

class ExeLoaded : public testing::TestWithParam<std::tuple<Removal, Mode>> {};

TEST_P(ExeLoaded, Removed)
{
    const auto& [removal, mode] = GetParam();
    expect_removed(removal, mode);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeLoaded,
                         testing::Combine(testing::ValuesIn(kLoaded),
                                          testing::Values(Mode::monitor, Mode::kill)),
                         case_name<Removal>);

const Case kLoadedFileless[] = {
    {"a memfd", "@PYTHON -c 'import os; f = os.memfd_create(\"x\", 0); "
                "os.write(f, open(\"@VICTIM\", \"rb\").read()); "
                "os.execv(\"@LOADER\", [\"ld\", \"/proc/self/fd/%d\" % f, \"@D\", \"v\"])'"},
    {"an unlinked file", "cp @VICTIM @W/miner; exec 5< @W/miner; rm @W/miner; "
                         "@LOADER /proc/self/fd/5 @D v"},
    {"an unlinked file with options", "cp @VICTIM @W/miner; exec 5< @W/miner; rm @W/miner; "
                                      "@LOADER --library-path @W --argv0 kworker /dev/fd/5 @D v"},
};

class ExeLoadedFileless : public testing::TestWithParam<std::tuple<Case, Mode>> {};

TEST_P(ExeLoadedFileless, Attack)
{
    const auto& [way, mode] = GetParam();
    expect_fileless(way.command, mode);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeLoadedFileless,
                         testing::Combine(testing::ValuesIn(kLoadedFileless),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         case_name<Case>);

class ExeLoadedTalking : public testing::TestWithParam<Mode> {};

INSTANTIATE_TEST_SUITE_P(Live, ExeLoadedTalking,
                         testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

// Removed where the guard does not look.
TEST_P(ExeLoadedTalking, DeletedAndTalking)
{
    ImageSite site;
    HttpServer web;
    copy(program("live_victim"), site.image("miner"));
    GuardOptions options;
    options.mode = GetParam();
    options.command = {
        site.fill("@LOADER"),      site.image("miner"), site.markers(), "v", "connect",
        std::to_string(web.port())};
    GuardResult result =
        run_and_remove(site, options, [&] { ::unlink(site.image("miner").c_str()); });
    expect_talking(site, result, GetParam());
    EXPECT_EQ(site.done("v"), GetParam() != Mode::kill);
}

const Case kLoaderTwins[] = {
    {"a program that stays", "cp @VICTIM @W/tool; start v @LOADER @W/tool; release"},
    {"removed after its end", "cp @VICTIM @W/tool; touch @D/go; @LOADER @W/tool @D v; rm @W/tool"},
    {"another hard link", "cp @VICTIM @W/tool; ln @W/tool @W/second; start v @LOADER @W/tool; "
                          "rm @W/tool; release"},
    {"ldd and a verification", "cp @VICTIM @W/tool; ldd @W/tool > /dev/null; "
                               "@LOADER --verify @W/tool; @LOADER --list @W/tool > /dev/null; "
                               "rm @W/tool"},
    {"a file that it was given as data",
     "echo data > @W/data; start v @LOADER @VICTIM; @LOADER /bin/cat @W/data - < /dev/null; "
     "rm @W/data; release"},
};

class ExeLoadedTwin : public testing::TestWithParam<Case> {};

TEST_P(ExeLoadedTwin, StaysSilent) { expect_silence(GetParam().command); }

INSTANTIATE_TEST_SUITE_P(Live, ExeLoadedTwin, testing::ValuesIn(kLoaderTwins),
                         [](const auto& test) { return test_name(test.param.name, Mode::kill); });

} // namespace
} // namespace davylamp::test
