// SPDX-License-Identifier: Apache-2.0
// Runtimes that start from a sealed copy of themselves: allowed by the file that starts it, and by
// nothing else.
#include <gtest/gtest.h>

#include "image_site.h"
#include "support/http_server.h"

namespace davylamp::test {
namespace {

std::string listing(const std::string& path)
{
    return R"({"detections": {"image": {"fileless_allowed": [")" + path + "\"]}}}";
}

// The copy connects and starts programs of its own, as a container's init does.
TEST(ExeRuntime, ThatIsListedStartsItsSealedCopy)
{
    ImageSite site;
    HttpServer web;
    GuardResult result =
        run_site(site, Mode::kill,
                 "@FILELESS sealed /bin/bash -c 'exec 3<>/dev/tcp/127.0.0.1/" +
                     std::to_string(web.port()) + "; /usr/bin/touch @D/started; touch @D/v.marker'",
                 false, listing(program("live_fileless")));
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_TRUE(exists(site / "started"));
    EXPECT_TRUE(site.done("v"));
}

const Case kImitations[] = {
    {"not listed", "cp @FILELESS @W/runc; @W/runc sealed @VICTIM @D v"},
    {"not sealed", "@FILELESS memfd @VICTIM @D v"},
    {"another's descriptor",
     "@PYTHON -c 'import fcntl, os, sys, time; "
     "f = os.memfd_create(\"runc_cloned:/proc/self/exe\", os.MFD_ALLOW_SEALING); "
     "os.write(f, open(\"@VICTIM\", \"rb\").read()); fcntl.fcntl(f, fcntl.F_ADD_SEALS, 15); "
     "open(\"@D/fd\", \"w\").write(\"/proc/%d/fd/%d\" % (os.getpid(), f)); time.sleep(3)' & "
     "until [ -s @D/fd ]; do sleep 0.01; done; @FILELESS run $(cat @D/fd) @D v; kill $!"},
};

class ExeImitation : public testing::TestWithParam<Case> {};

TEST_P(ExeImitation, IsCaught)
{
    ImageSite site;
    GuardResult result =
        run_site(site, Mode::kill, GetParam().command, false, listing(program("live_fileless")));
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_TRUE(result.first("EXE-001").did("kill_current")) << result.out;
    EXPECT_FALSE(site.ready("v")) << "it ran an instruction";
}

INSTANTIATE_TEST_SUITE_P(Live, ExeImitation, testing::ValuesIn(kImitations),
                         [](const auto& test) { return test_name(test.param.name, Mode::kill); });

} // namespace
} // namespace davylamp::test
