// SPDX-License-Identifier: Apache-2.0
// Everyday work that looks like a chain. In kill mode: whatever is touched here shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain_site.h"

namespace davylamp::test {
namespace {

using testing::IsEmpty;

struct Twin {
    const char* name;
    const char* command; // exits 0 where it could do its work
};

void PrintTo(const Twin& twin, std::ostream* stream) { *stream << twin.name; }

const Twin kTwins[] = {
    {"jq", "set -o pipefail; [ \"$(curl -s @JSON_URL | jq -r .version)\" = 1.2.3 ]"},
    {"tar", "set -o pipefail; curl -s @TAR_URL | tar x -C @D && [ -e @D/payload.txt ]"},
    {"data for a script",
     "echo 'while read -r l; do echo \"got $l\"; done > @D/out' > @D/process.sh; "
     "curl -s @DATA_URL | bash @D/process.sh; [ \"$(tail -1 @D/out)\" = 'got beta' ]"},
    {"data for bash -c", "curl -s @DATA_URL | bash -c 'cat > @D/out'; grep -q beta @D/out"},
    {"data for python -c", "curl -s @JSON_URL | /usr/bin/python3 -c 'import json, sys; "
                           "sys.exit(json.load(sys.stdin)[\"version\"] != \"1.2.3\")'"},
    {"a program that asks for a name and then prints commands",
     "/usr/bin/python3 -c 'import socket; socket.socket(2, 2).sendto(bytes(12), (\"127.0.0.1\", "
     "53)); print(\"touch @D/marker\")' | sh && [ -e @D/marker ]"},
    {"a program that looks for its own address and then prints commands",
     "/usr/bin/python3 -c 'import socket; socket.socket(2, 2).connect((\"127.0.0.1\", 80)); "
     "print(\"touch @D/marker\")' | sh && [ -e @D/marker ]"},
    {"a program that has a download open and starts another",
     "curl -s -o @D/list @DATA_URL; echo 'import fcntl, subprocess; f = open(\"@D/list\"); "
     "fcntl.fcntl(f, fcntl.F_DUPFD_CLOEXEC, 10); subprocess.run([\"touch\", \"@D/marker\"])' > "
     "@D/p.py; /usr/bin/python3 @D/p.py && [ -e @D/marker ]"},
    {"a version", "VERSION=$(curl -s @JSON_URL); [[ $VERSION == *1.2.3* ]]"},
    {"while read",
     "curl -s @DATA_URL | while read -r line; do echo \"$line\"; done | grep -q beta"},
    {"a local script", "cat @D/local.sh | bash && [ -e @D/marker ]"},
    {"a probe and then a service",
     "until (echo > @TCP) 2> /dev/null; do sleep 0.05; done; exec sh -c 'cat @D/local.sh | sh'"},
    {"a probe in the shell itself", "exec 3<>@TCP; exec 3>&-; cat @D/local.sh | bash"},
    {"a download and a local script", "curl -s -o @D/data @DATA_URL; cat @D/local.sh | bash"},
    {"a local script copied with a download",
     "mkdir @D/d; cp @D/local.sh @D/d/m; curl -s -o @D/d/a @DATA_URL; cp @D/d/a @D/d/z; "
     "cp -r @D/d @D/e; mkdir @D/f; cp @D/d/a @D/d/m @D/d/z @D/f; @D/e/m && @D/f/m"},
    {"a loop over a list that copies local scripts",
     "set -o pipefail; cp @D/local.sh @D/t; tar czf @D/t.tgz -C @D local.sh; "
     "curl -s @DATA_URL | while read -r n; do cp @D/t @D/$n.1; @D/$n.1; "
     "sed \"s/@H@/$n/\" @D/t > @D/$n.2; bash @D/$n.2; sed -i s/@H@/x/ @D/t; @D/t; "
     "mkdir -p @D/$n; tar xzf @D/t.tgz -C @D/$n; @D/$n/local.sh; cat @D/t > @D/$n.3; "
     "sh @D/$n.3; dd if=@D/t of=@D/$n.4 status=none; sh @D/$n.4; "
     "awk -v n=$n '{ sub(/@H@/, n) } 1' @D/t > @D/$n.5; sh @D/$n.5; done && [ -e @D/beta.5 ]"},
    {"a loop over a list in a file that copies local scripts",
     "cp @D/local.sh @D/t; curl -s -o @D/list @DATA_URL; while read -r n; do cp @D/t @D/$n.1; "
     "@D/$n.1; sed \"s/@H@/$n/\" @D/t > @D/$n.2; bash @D/$n.2; sed -i s/@H@/x/ @D/t; @D/t; "
     "done < @D/list && [ -e @D/beta.2 ]"},
    {"a loop over a list that evaluates local text",
     "curl -s @DATA_URL | while read -r n; do eval \"$(cat @D/local.sh)\"; "
     "bash -c \"$(sed s/@H@/$n/ @D/local.sh)\"; done && [ -e @D/marker ]"},
    {"a handler of a connection that copies local scripts",
     "printf '#!/bin/bash\ncp @D/local.sh @D/u; @D/u; sed s/@H@/x/ @D/local.sh > @D/v; "
     "bash @D/v && touch @D/done\n' > @D/h; chmod 755 @D/h; at=@TCP; at=${at#/dev/tcp/}; "
     "socat TCP:${at/\\//:} EXEC:@D/h,nofork; [ -e @D/done ]"},
    {"make with a job server",
     "printf 'all: a b c\\n\\na:\\n\\tcurl -s @DATA_URL | cat > @D/out\\n\\nb:\\n\\t"
     "cat @D/local.sh | sh\\n\\nc:\\n\\tcurl -s -o @D/data @DATA_URL\\n' > @D/Makefile; "
     "make -s -j4 -f @D/Makefile && grep -q beta @D/out && [ -e @D/marker ]"},
    {"make below make",
     "printf 'all:\\n\\t$(MAKE) -f @D/inner a b\\n' > @D/Makefile; "
     "printf 'a:\\n\\tcurl -s @DATA_URL > @D/out\\nb:\\n\\techo true | bash\\n' > @D/inner; "
     "make -s -j4 -f @D/Makefile"},
    {"gpg --dearmor",
     "export GNUPGHOME=@D; gpg --batch -q --enarmor < @D/local.sh > @D/armor 2> /dev/null; "
     "cat @D/armor > /dev/null; curl -s file://@D/armor | gpg --batch -q --dearmor > @D/key"},
    {"wget to a file, then read", "wget -q -O @D/data @DATA_URL && bash -c 'grep -q beta @D/data'"},
    {"xargs", "curl -s @DATA_URL | xargs echo | grep -q alpha"},
    {"sort and uniq", "curl -s @DATA_URL | sort | uniq -c | awk '{print $2}' | grep -q beta"},
    {"awk with a program of one's own",
     "echo '/beta/ { n++ } END { exit n != 1 }' > @D/own.awk; "
     "curl -s @DATA_URL | awk -f @D/own.awk && curl -s @DATA_URL | awk -F: -v n=1 '/beta/ { n-- } "
     "END { exit n }' && awk -f @D/own.awk <(curl -s @DATA_URL)"},
    {"make with a program of one's own",
     "printf 'all: ; @grep -q beta\n' > @D/own.mk; curl -s @DATA_URL | make -s -f @D/own.mk all"},
    {"tclsh with a program of one's own",
     "echo 'exit [expr {![string match *beta* [read stdin]]}]' > @D/own.tcl; "
     "curl -s @DATA_URL | tclsh @D/own.tcl"},
    {"php with a setting",
     "echo '<?php exit(!strpos(stream_get_contents(STDIN), \"beta\"));' > @D/own.php; "
     "curl -s @DATA_URL | php -d memory_limit=64M -f @D/own.php"},
    {"the crontab is listed",
     "curl -s @DATA_URL | while read -r line; do crontab -l > /dev/null 2>&1; done; true"},
    {"a here document", "curl -s @DATA_URL > @D/data; bash <<< 'grep -q beta @D/data'"},
    {"a version in a message", "VERSION=$(curl -s @JSON_URL); bash -c \"echo got $VERSION\""},
    {"a version and a command of one's own",
     "V=$(curl -s @DATA_URL | head -1); sh -c 'grep -q alpha <<< alpha' || dash -c true; eval "
     "'[ -n \"$V\" ]'"},
    {"a list as arguments",
     "for word in $(curl -s @DATA_URL); do bash -c \"echo item $word\"; done"},
    {"wget into a variable", "x=$(wget -t1 -qO- @DATA_URL); [ \"${x%%[[:space:]]*}\" = alpha ]"},
    {"a download as a script's argument",
     "curl -s -o @D/data @DATA_URL; echo 'grep -q beta \"$1\"' > @D/process.sh; "
     "bash @D/process.sh @D/data"},
    {"a download as a script's input",
     "curl -s -o @D/data @DATA_URL; echo 'while read -r l; do echo \"$l\"; done | grep -q beta' > "
     "@D/process.sh; bash @D/process.sh < @D/data"},
    {"a download read in a loop", "curl -s -o @D/data @DATA_URL; while read -r l; do echo \"$l\"; "
                                  "done < @D/data | grep -q beta"},
    {"a download measured and compared",
     "curl -s -o @D/data @URL; sha256sum @D/data; wc -l < @D/data; cmp @D/data @D/local.sh; "
     "grep -q ran @D/data; python3 -c \"open('@D/data').read()\""},
    {"a script that compares itself with upstream's",
     "mkdir @D/new; printf '%s\\n' 'import subprocess, sys' 'subprocess.check_call([\"curl\", "
     "\"-s\", \"-o\", \"@D/new/tool\", \"@PYTHON_URL\"])' "
     "'open(\"@D/new/tool\").read() == open(sys.argv[0]).read()' > @D/tool; "
     "/usr/bin/python3 @D/tool; cd @D; /usr/bin/python3 tool"},
    {"a script of one's own after a download", "curl -s -o @D/data @URL; bash @D/local.sh"},
    {"a script of one's own, sourced after a download", "curl -s -o @D/data @URL; . @D/local.sh"},
    {"a download replaced by one's own", "curl -s -o @D/f @URL; echo true > @D/f; bash @D/f"},
    {"an archive of data and a local script",
     "curl -s @TAR_URL | tar x -C @D; echo \"cat @D/payload.txt\" > @D/s.sh; bash @D/s.sh"},
    {"a service that runs its own scripts", "@SERVICE /x.sh @D/launch.sh && [ -e @D/marker ]"},
    {"a program file that installs and runs",
     "printf '%s\\n' 'import os, subprocess, sys, urllib.request as u' "
     "'u.urlretrieve(sys.argv[1], sys.argv[2])' 'subprocess.check_call([\"sh\", sys.argv[2]])' > "
     "@D/installer.py; /usr/bin/python3 @D/installer.py @URL @D/f && sh @D/f"},
    {"a one-liner that brings its command",
     "/usr/bin/python3 -c 'import os, urllib.request as u; u.urlopen(\"@URL\").read(); "
     "os.system(\"true && echo done\")'"},
    {"a listener of data", "timeout 5 nc -d -l -p @PORT > @D/out & until nc -q0 127.0.0.1 @PORT < "
                           "@D/local.sh; do sleep 0.05; done; wait; cmp @D/out @D/local.sh"},
    {"a probe that is closed, and own files",
     "exec 3<>@TCP; exec 3>&-; echo true > @D/own.sh; bash @D/own.sh"},
    {"a fifo of data", "mkfifo @D/fifo; curl -s @DATA_URL > @D/fifo & grep -q beta < @D/fifo"},
    {"an update check whose page has the script's line",
     "printf '%s\\n' 'P=$(curl -s @PROGRAMS_URL)' '[ -n \"$P\" ]' "
     "'/usr/bin/touch @D/first @D/second' > @D/tool; "
     "for s in bash dash 'busybox sh'; do $s @D/tool || exit 1; done; [ -e @D/second ]"},
    {"an update check by -c",
     "dash -c 'P=$(curl -s @PROGRAMS_URL); [ -n \"$P\" ]; /usr/bin/touch @D/first @D/second; :'"},
    {"an update check that evaluates its own line",
     "printf '%s\\n' 'P=$(curl -s @PROGRAMS_URL)' '[ -n \"$P\" ]' "
     "'eval \"/usr/bin/touch @D/first @D/second\"' "
     "'timeout 5 sh -c \"/usr/bin/touch @D/first @D/second\"' > @D/tool; bash @D/tool"},
    {"a page that names a command is searched",
     "curl -s @PROGRAMS_URL | grep -q touch; dash -c '/usr/bin/touch @D/first @D/second; :'"},
    {"a page of which a number is read, and its command with a variable",
     "eval 'd=@D'; n=$(curl -s @PROGRAMS_URL | grep -c touch); [ \"$n\" = 1 ] && "
     "/usr/bin/touch $d/first $d/second"},
    {"verified against upstream, then run",
     "printf '/usr/bin/touch @D/first @D/second\\n' > @D/tool; "
     "curl -s @PROGRAMS_URL | cmp -s - @D/tool; dash @D/tool; "
     "[ -n \"$(curl -s @PROGRAMS_URL)\" ] && dash @D/tool && bash @D/tool"},
    {"a program that is no shell read the page",
     "printf '%s\\n' 'import subprocess as s' 's.check_output([\"curl\", \"-s\", "
     "\"@PROGRAMS_URL\"])' 's.check_call([\"/usr/bin/touch\", \"@D/first\", \"@D/second\"])' > "
     "@D/tool.py; /usr/bin/python3 @D/tool.py"},
    {"a local line before the download in one pipe",
     "printf '/usr/bin/touch @D/first @D/second\\n' > @D/local.txt; "
     "dash -c '{ cat @D/local.txt; curl -s @DATA_URL; } | while read -r l; do "
     "case $l in /*) $l;; esac; done'; [ -e @D/second ]"},
    {"coproc of data", "coproc curl -s @DATA_URL; cat <&\"${COPROC[0]}\" > @D/out; wait; "
                       "grep -q beta @D/out"},
};

class ChainTwin : public testing::TestWithParam<Twin> {};

TEST_P(ChainTwin, StaysSilent)
{
    ChainSite site;
    GuardResult result = run_guard(Mode::kill, site.fill(GetParam().command));
    EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Live, ChainTwin, testing::ValuesIn(kTwins),
                         [](const auto& test) { return test_name(test.param.name, Mode::kill); });

TEST(ChainTwins, TheCommandsOwnStatusComesOut)
{
    EXPECT_EQ(run_guard(Mode::kill, "exit 7").exit_code, 7);
    EXPECT_EQ(run_guard(Mode::kill, "kill -TERM $$").exit_code, 128 + 15);
}

// docs/policy.md: a destination that a script may be piped from.
TEST(ChainTwins, AllowedDestinationIsNotTouched)
{
    ChainSite site;
    GuardOptions options;
    options.mode = Mode::kill;
    options.policy = R"({"detections": {"chain": {"allow": [
        {"to": "127.0.0.1/32", "note": "our own bootstrap host"}]}}})";
    options.command = bash(site.fill("curl -s @URL | bash"));
    GuardResult result = run_guard(options);
    EXPECT_TRUE(exists(site.marker()));
    EXPECT_EQ(result.exit_code, 0) << result.out;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
}

TEST(ChainTwins, AnotherDestinationThanTheAllowedOneIsRefused)
{
    ChainSite site;
    GuardOptions options;
    options.mode = Mode::block;
    options.policy = R"({"detections": {"chain": {"allow": ["127.0.0.2/32"]}}})";
    options.command = bash(site.fill("curl -s @URL | bash"));
    EXPECT_EQ(run_guard(options).exit_code, 86);
    EXPECT_FALSE(exists(site.marker()));
}

} // namespace
} // namespace davylamp::test
