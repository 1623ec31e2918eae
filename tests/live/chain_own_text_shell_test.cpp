// SPDX-License-Identifier: Apache-2.0
// Shells that fetch a page whose lines they have in their own program, and run those: what they
// brought along. And their twins, which run what they fetched.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain_site.h"

namespace davylamp::test {
namespace {

using testing::IsEmpty;

struct OwnShell {
    const char* name;
    const char* page;   // at @PAGE
    const char* script; // @D/s
    const char* command = "bash @D/s";
};

void PrintTo(const OwnShell& test, std::ostream* stream) { *stream << test.name; }

std::string prepared(ChainSite& site, const OwnShell& test)
{
    site.web.serve("/page",
                   site.fill(replaced(test.page, "@SETTLED", slurp("/usr/lib/os-release"))));
    auto filled = [&](const char* text) {
        return site.fill(replaced(text, "@PAGE", site.web.url("/page")));
    };
    site.folder.write("s", filled(test.script), 0755);
    return filled(test.command);
}

#define TOUCH "/usr/bin/touch @D/first @D/second\n"
#define HEAD "set -euo pipefail\nexport DEBIAN_FRONTEND=noninteractive\n"
#define LINES                                                                                      \
    "# of more than a page's beginning, as long as this line is, and as the next line is, too\n"   \
    "# of more than a page's beginning, as long as this line is, and as the next line is, too\n"   \
    "# of more than a page's beginning, as long as this line is, and as the next line is, too\n"
#define LONG LINES LINES LINES LINES
#define IMPORTS "import argparse\nimport json\nimport sys\nfrom pathlib import Path\n"

const OwnShell kOwn[] = {
    {"its command in a substitution", "Find out:\n    uname -m\n",
     "p=$(curl -s @PAGE)\na=$(uname -m)\nb=`uname -m`-x\n[ -n \"$a\" ] && [ \"$b\" = \"$a-x\" ]\n"},
    {"its trap", "a page\necho cleanup > @D/second\nmore\n",
     "trap 'echo cleanup > @D/second' EXIT\np=$(curl -s @PAGE)\n", "bash @D/s && [ -e @D/second ]"},
    {"its here document for python", "#!/usr/bin/env python3\n" IMPORTS "def main(): pass\n",
     "p=$(curl -s @PAGE)\n/usr/bin/python3 - <<'EOF'\n" IMPORTS "print('own')\nEOF\n"},
    {"its here document for bash", HEAD "apt-get install -y x\n",
     "D=@D\np=$(curl -s @PAGE)\nbash <<EOF\n" HEAD "mkdir -p $D/own\nEOF\n[ -d @D/own ]\n"},
    {"its here document in dash", HEAD "apt-get install -y x\n",
     "p=$(curl -s @PAGE)\nbash <<'EOF'\n" HEAD "mkdir -p @D/own\nEOF\n[ -d @D/own ]\n",
     "dash @D/s"},
    {"its long here document", HEAD "apt-get install -y x\n",
     "p=$(curl -s @PAGE)\nbash <<'EOF'\n" HEAD LONG "mkdir -p @D/own\nEOF\n[ -d @D/own ]\n"},
    {"its here document by -c", HEAD "apt-get install -y x\n", "",
     "bash -c 'p=$(curl -s @PAGE)\nbash <<EOF\n" HEAD "mkdir -p @D/own\nEOF\n[ -d @D/own ]'"},
    {"its command with a variable", "run\n" TOUCH,
     "F=@D/first\np=$(curl -s @PAGE)\n/usr/bin/touch \"$F\" @D/second\n"},
    {"its command that is a variable", "run\n" TOUCH,
     "TOOL=/usr/bin/touch F=@D/first\np=$(curl -s @PAGE)\n$TOOL \"${F}\" @D/second\n"},
    {"sudo in a variable", "run\n" TOUCH,
     "SUDO=\n[ \"$(id -u)\" = 0 ] || SUDO=sudo\np=$(curl -s @PAGE)\n$SUDO " TOUCH, "dash @D/s"},
    {"a script that locks itself", "hello\n",
     "#!/bin/bash\nexec 9>>\"$0\"; flock -n 9 || exit 1\nv=$(curl -s @PAGE | head -1)\n"
     "[ \"$v\" = hello ]\n",
     "@D/s && @D/s && bash @D/s"},
    {"a page as an argument of its tools", "the hosts:\nalpha.example.org\n",
     "p=$(curl -s @PAGE)\n/bin/echo \"$p\" > @D/own\nmkdir \"@D/of $p\"\n"
     "/usr/bin/python3 -c 'import sys; sys.exit(len(sys.argv) != 2)' \"$p\"\n"},
    {"a page as an argument in dash", "the hosts:\nalpha.example.org\n",
     "p=$(curl -s @PAGE)\n/bin/echo \"$p\" > @D/own\nmkdir \"@D/of $p\"\n", "dash @D/s"},
    {"what is typed", "run\n" TOUCH, "p=$(curl -s @PAGE)\n" TOUCH "exit\n",
     "script -qec 'bash --norc' /dev/null < @D/s && [ -e @D/second ]"},
    {"what is typed to dash", "run\n" TOUCH, "p=$(curl -s @PAGE)\n" TOUCH "exit\n",
     "script -qec dash /dev/null < @D/s && [ -e @D/second ]"},
    {"a local file that it compared and sources", "@SETTLED",
     "cmp -s <(curl -s @PAGE) /usr/lib/os-release || exit 1\np=$(curl -s @PAGE)\n"
     ". /usr/lib/os-release\n[ \"$ID\" = debian ]\n"},
    // Whoever reads a pipe and writes a file may write what the pipe has.
    {"a script that a here document made", "a page\necho cleanup > @D/second\nmore\n",
     "cat > @D/made <<'EOF'\ntrap 'echo cleanup > @D/second' EXIT\np=$(curl -s @PAGE)\nEOF\n"
     "bash @D/made\n",
     "bash @D/s && [ -e @D/second ]"},
    {"a script that a here document made, and that locks itself", "hello\n",
     "cat > @D/made <<'EOF'\nexec 9>>\"$0\"; flock -n 9 || exit 1\n"
     "v=$(curl -s @PAGE | head -1)\n[ \"$v\" = hello ]\nEOF\n"
     "bash @D/made && bash @D/made\n"},
};

class OwnShellText : public testing::TestWithParam<std::tuple<OwnShell, Mode>> {};

std::string own_name(const testing::TestParamInfo<std::tuple<OwnShell, Mode>>& test)
{
    return test_name(std::get<0>(test.param).name, std::get<1>(test.param));
}

TEST_P(OwnShellText, StaysSilent)
{
    ChainSite site;
    GuardResult result =
        run_guard(std::get<1>(GetParam()), prepared(site, std::get<0>(GetParam())));
    EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Live, OwnShellText,
                         testing::Combine(testing::ValuesIn(kOwn),
                                          testing::Values(Mode::block, Mode::kill)),
                         own_name);

#define MARK "echo ran > @D/marker\n"
#define CODE "first='a script that is fetched'\n" MARK

const OwnShell kFetched[] = {
    {"eval beside a substitution", CODE, "p=$(curl -s @PAGE)\na=$(uname -m)\neval \"$p\"\n"},
    {"a copy of it that it sources", CODE, "p=$(curl -s @PAGE)\necho \"$p\" > @D/x\n. @D/x\n"},
    {"what is typed evaluates it", CODE, "p=$(curl -s @PAGE)\neval \"$p\"\nexit\n",
     "script -qec 'bash --norc' /dev/null < @D/s"},
    {"a trap of a variable", CODE, "trap 'true' INT\np=$(curl -s @PAGE)\ntrap \"$p\" EXIT\n"},
    {"a long document that begins otherwise", CODE,
     "p=$(curl -s @PAGE)\nbash <<EOF\n$p\n$(seq 400)\nEOF\n"},
    {"a here document of a variable", CODE, "p=$(curl -s @PAGE)\nbash <<EOF\n$p\nEOF\n"},
    {"a here document that goes on with a variable", HEAD MARK,
     "p=$(curl -s @PAGE)\nbash <<EOF\n" HEAD "${p##*noninteractive}\nEOF\n"},
    {"a here string whose text a comment has", MARK,
     "# echo ran > @D/marker\nX='\necho ran > @D/marker\n'\np=$(curl -s @PAGE)\nbash <<< \"$p\"\n"},
    {"a variable that is read", TOUCH MARK,
     "TOOL=/bin/true\ncurl -s @PAGE | while read -r TOOL; do $TOOL || eval \"$TOOL\"; done\n"
     "exit 0\n" TOUCH},
    {"a variable that is fetched", TOUCH,
     "TOOL=/bin/true\nTOOL=$(curl -s @PAGE)\n$TOOL\n[ ! -e @D/second ] || " MARK "exit 0\n" TOUCH},
    {"a variable that export names", "TOOL=/usr/bin/touch\n" TOUCH,
     "TOOL=/bin/true\np=$(curl -s @PAGE)\nexport \"${p%%\n*}\"\n$TOOL @D/first @D/second\n"
     "[ ! -e @D/second ] || " MARK "exit 0\n" TOUCH,
     "dash @D/s"},
};

class FetchedShellText : public testing::TestWithParam<std::tuple<OwnShell, Mode>> {};

TEST_P(FetchedShellText, IsStopped)
{
    ChainSite site;
    GuardResult result =
        run_guard(std::get<1>(GetParam()), prepared(site, std::get<0>(GetParam())));
    EXPECT_EQ(result.exit_code, 86) << result.err << result.out;
    EXPECT_FALSE(exists(site.marker())) << result.out;
    EXPECT_EQ(result.first("CHAIN-004").did("kill_current"), true) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Live, FetchedShellText,
                         testing::Combine(testing::ValuesIn(kFetched),
                                          testing::Values(Mode::block, Mode::kill)),
                         own_name);

// A descriptor that the downloader was given, and writes.
TEST(OwnShellLock, WhatIsAppendedIsADownload)
{
    for (const char* command :
         {"exec 9>>@D/f; socat -u TCP:127.0.0.1:@COMMAND_PORT FD:9; bash @D/f",
          "exec 9>>@D/f; curl -s @URL >&9; bash @D/f",
          "exec 9>>@D/f; curl -s -o /dev/fd/9 @URL; bash @D/f",
          "curl -s -o @D/f @URL; exec 9>>@D/f; curl -s @DATA_URL > @D/data; bash @D/f"}) {
        ChainSite site;
        GuardResult result = run_guard(Mode::block, site.fill(command));
        EXPECT_EQ(result.exit_code, 86) << command << result.err << result.out;
        EXPECT_FALSE(exists(site.marker())) << command << result.out;
        EXPECT_THAT(result.codes(), testing::Contains("CHAIN-003")) << command << result.out;
    }
}

} // namespace
} // namespace davylamp::test
