// SPDX-License-Identifier: Apache-2.0
// Whom a user cannot make the sensor hit (docs/threat-model.md, rules/reach.h): processes of root
// that took no part by their own doing. Each case has the same act by one user alone beside it, in
// the tests of the detections: there all of them pay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain_site.h"
#include "image_site.h"

namespace davylamp::test {
namespace {

using testing::Contains;

// Who is not root.
const char* const kUser = "setpriv --reuid=65534 --regid=65534 --clear-groups";

class OtherUsers : public testing::TestWithParam<Mode> {
protected:
    GuardResult run(ChainSite& site, const std::string& command)
    {
        return run_guard(GetParam(),
                         replaced(site.fill("chmod 1777 @D; " + command), "@USER", kUser));
    }

    // What root's process left in the file "status" says that it was not hit; the code runs in
    // monitor mode alone.
    void expect_spared(const ChainSite& site, const GuardResult& result, const std::string& code,
                       const std::string& status)
    {
        EXPECT_THAT(result.codes(), Contains(code));
        EXPECT_EQ(slurp(site.folder / "status"), status);
        EXPECT_EQ(exists(site.marker()), GetParam() == Mode::monitor);
    }
};

// A user finds the fifo that root's service writes, and reads it as code. The service goes on, and
// its connection too; the user's shell does not.
TEST_P(OtherUsers, WhoReadsAFifoOfRootsAsCodePaysAlone)
{
    ChainSite site;
    GuardResult result =
        run(site,
            "mkfifo -m 644 @D/f; exec 9<> @D/f; (exec 9>&-; exec @USER bash < @D/f) & "
            "until [ -d /proc/$! ] && grep -q bash /proc/$!/comm; do sleep 0.01; done; sleep 0.2; "
            "curl -s @URL > @D/f; echo $? > @D/status; sleep 0.3; exec 9>&-; wait");
    SCOPED_TRACE(result.out + result.err);
    expect_spared(site, result, "CHAIN-001", "0\n");
}

// Root's programs go through a folder in which a user has a download. What they write afterwards
// may be his, or root's own; it is told, and who runs it lives.
TEST_P(OtherUsers, WhatRootWroteBesideHisDownloadRuns)
{
    ChainSite site;
    GuardResult result =
        run(site, "mkdir @D/s @D/t @D/p; mkdir -m 777 @D/s/his; cp @D/local.sh @D/s/start; "
                  "@USER curl -s -o @D/s/his/data @DATA_URL; cd @D; tar cf s.tar s; "
                  "tar xf s.tar -C t; t/s/start; echo $? > status; tar cf - s | tar xf - -C p; "
                  "p/s/start; echo $? >> status; sed -s -i s/@H@/x/ s/his/data s/start; s/start; "
                  "echo $? >> status");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_THAT(result.codes(), Contains("CHAIN-003"));
    EXPECT_EQ(slurp(site.folder / "status"), "0\n0\n0\n");
    EXPECT_TRUE(exists(site.marker()));
}

// What root starts in a loop has the user's list as its stdin, and reads nothing of it.
TEST_P(OtherUsers, WhatRootPipesIntoAShellInALoopOverHisListRuns)
{
    ChainSite site;
    GuardResult result =
        run(site, "for i in 1 2 3 4 5; do @USER curl -s @DATA_URL | while read -r n; do "
                  "cat @D/local.sh | bash || echo cat; dd if=@D/local.sh status=none | sh || "
                  "echo dd; bash <(sed s/@H@/$n/ @D/local.sh) || echo sed; done; done > @D/status");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site.folder / "status"), "");
    EXPECT_TRUE(exists(site.marker()));
}

// A copy of his download alone is his download.
TEST_P(OtherUsers, ACopyOfHisDownloadDoesNotRun)
{
    ChainSite site;
    GuardResult result = run(site, "@USER curl -s -o @D/his @URL; cp @D/his @D/copy; "
                                   "bash @D/copy; echo $? > @D/status");
    SCOPED_TRACE(result.out + result.err);
    expect_spared(site, result, "CHAIN-003", GetParam() == Mode::monitor ? "0\n" : "137\n");
}

// A stage of root's in a user's pipeline: the pipeline is stopped, the stage is not signalled.
TEST_P(OtherUsers, AStageOfRootsInAUsersPipelineLives)
{
    ChainSite site;
    GuardResult result = run(
        site, "mkfifo -m 666 @D/in @D/out; exec 8<> @D/in 9<> @D/out; "
              "(exec cat < @D/in > @D/out 8>&- 9>&-) & stage=$!; "
              "(exec @USER bash < @D/out 8>&- 9>&-) & sleep 0.3; "
              "(exec @USER curl -s @URL > @D/in); sleep 0.5; "
              "[ -d /proc/$stage ] && echo alive > @D/status; kill $stage; exec 8>&- 9>&-; wait");
    SCOPED_TRACE(result.out + result.err);
    expect_spared(site, result, "CHAIN-001", "alive\n");
}

// A user runs a file that root's service fetched. He pays, the service does not.
TEST_P(OtherUsers, WhoRunsWhatRootFetchedPaysAlone)
{
    ChainSite site;
    GuardResult result =
        run(site, "(exec 3<> @TCP; @GET >&3; (sed '1,/^.$/d' <&3 > @D/f; chmod 755 @D/f; "
                  "touch @D/fetched); "
                  "until [ -e @D/ran ]; do sleep 0.01; done; echo alive > @D/status) & "
                  "until [ -e @D/fetched ]; do sleep 0.01; done; "
                  "@USER bash @D/f; sleep 0.2; touch @D/ran; wait");
    SCOPED_TRACE(result.out + result.err);
    expect_spared(site, result, "CHAIN-003", "alive\n");
}

// Root runs a program that lies in a user's folder, and the user removes it. Root's process lives,
// it may connect and start programs, and no sweep ends it.
TEST_P(OtherUsers, WhoseImageAUserTakesAwayLives)
{
    ChainSite site;
    GuardResult result =
        run(site, "mkdir @D/own; cp /bin/bash @D/own/service; chown 65534 @D/own; "
                  "@D/own/service -c 'touch @D/up; until [ -e @D/removed ]; do sleep "
                  "0.01; done; sleep 3; "
                  "exec 3<> @TCP && /bin/true && echo alive > @D/status' & "
                  "until [ -e @D/up ]; do sleep 0.01; done; @USER rm -f @D/own/service; "
                  "touch @D/removed; "
                  "wait");
    SCOPED_TRACE(result.out + result.err);
    Finding finding = result.first("EXE-002");
    EXPECT_EQ(slurp(site.folder / "status"), "alive\n");
    EXPECT_EQ(exists(site.folder / "own/service"), finding.did("refuse"));
    bool spared = GetParam() != Mode::monitor && !finding.did("refuse");
    EXPECT_EQ(finding.json.dump().find("left_alive") != std::string::npos, spared);
}

// A user has root's file or fifo as the stdout of what he downloads with, and may not write it: by
// a descriptor for reading, and by one for nothing (O_PATH). Root runs them as before.
const char* const kOutputs =
    "cp /bin/true @D/tool; printf '#!/bin/sh\\nexit 0\\n' > @D/daily; chmod 700 @D/daily; "
    "mkfifo -m 644 @D/read; mkfifo -m 600 @D/closed; exec 8<> @D/read 9<> @D/closed; "
    "nowhere() { @USER python3 -c 'import os, sys; os.dup2(os.open(sys.argv[1], os.O_PATH), 1); "
    "os.execvp(sys.argv[2], sys.argv[2:])' \"$@\"; }; ";

TEST_P(OtherUsers, WhatAUserMayNotWriteIsNoDownloadOfHis)
{
    ChainSite site;
    GuardResult result =
        run(site, std::string(kOutputs) +
                      "curl -s @URL | @USER cat 1< @D/tool; curl -s @URL | nowhere @D/daily cat; "
                      "@D/tool && @D/daily && echo alive > @D/status");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site.folder / "status"), "alive\n");
    EXPECT_THAT(result.codes(), testing::IsEmpty());
}

TEST_P(OtherUsers, AFifoThatAUserMayNotWriteCarriesNothingOfHis)
{
    ChainSite site;
    GuardResult result = run(
        site, std::string(kOutputs) +
                  "@USER curl -s -o /dev/null @URL 1< @D/read; "
                  "nowhere @D/closed curl -s -o /dev/null @URL; "
                  "for fifo in read closed; do echo \"echo $fifo >> @D/status; exit\" > @D/$fifo; "
                  "(exec bash < @D/$fifo 8>&- 9>&-); done");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site.folder / "status"), "read\nclosed\n");
    EXPECT_THAT(result.codes(), testing::IsEmpty());
}

// What a user calls as root's script, or bash's own names, are called. Root reads these as data.
TEST_P(OtherUsers, AFileThatIsCalledAsRootsScriptIsIsNoScript)
{
    ChainSite site;
    GuardResult result = run(
        site, "mkdir -m 777 @D/in; cd @D; echo 'import sys; open(sys.argv[1]).read()' > scan; "
              "echo 'open(F, \"<$ARGV[0]\"); <F>' > scan.pl; "
              "echo 'File.read(ARGV[0])' > scan.rb; "
              "echo 'require(\"fs\").readFileSync(process.argv[2])' > scan.js; "
              "echo 'read -r line < $1; true' > scan.sh; "
              "for name in scan scan.pl scan.rb scan.js scan.sh; do "
              "@USER curl -s -o in/$name @URL; done; "
              "/usr/bin/python3 scan in/scan && perl scan.pl in/scan.pl && "
              "ruby @D/scan.rb in/scan.rb && node scan.js in/scan.js && bash scan.sh in/scan.sh "
              "&& dash @D/scan.sh in/scan.sh; echo $? > @D/status");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site.folder / "status"), "0\n");
    EXPECT_THAT(result.codes(), testing::IsEmpty());
}

TEST_P(OtherUsers, AFifoThatIsCalledAsRootsServiceIsIsNoScript)
{
    ChainSite site;
    GuardResult result = run(
        site, "mkdir @D/in; mkfifo -m 666 @D/in/service; exec 8<> @D/in/service; "
              "printf 'import sys\nfor line in open(sys.argv[1]): pass\n' > @D/service; "
              "@USER curl -s -o @D/x @URL; "
              "(exec 8>&-; /usr/bin/python3 @D/service @D/in/service; echo $? > @D/status) & "
              "sleep 0.7; (exec @USER bash -c 'exec cat @D/x > @D/in/service' 8>&-); sleep 0.3; "
              "exec 8>&-; wait");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site.folder / "status"), "0\n");
    EXPECT_THAT(result.codes(), testing::IsEmpty());
}

TEST_P(OtherUsers, AFileThatIsCalledAsBashCallsItsOwnTextIsNotThat)
{
    ChainSite site;
    GuardResult result =
        run(site, "mkdir -m 777 @D/in; "
                  "for name in eval 'exit trap'; do @USER curl -s -o \"@D/in/$name\" @URL; done; "
                  "printf '%s\\n' 'trap \"echo trap >> @D/status\" EXIT; folder=@D/in' "
                  "'for file in $folder/exit* $folder/eval; do read -r line < \"$file\"; done' "
                  "'x=1; eval \"y=$x\"; cd $folder; read -r line < eval; eval \"y=$x\"' "
                  "'read -r line < \"exit trap\"; echo end > @D/status' > @D/job; bash @D/job");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site.folder / "status"), "end\ntrap\n");
    EXPECT_THAT(result.codes(), testing::IsEmpty());
}

// Root has a user's program in a pipeline of its own, which reads the pipe as code. That one pays.
TEST_P(OtherUsers, WhoPipesIntoAUsersProgramConnects)
{
    ChainSite site;
    GuardResult result = run(site, "printf '#!/bin/bash\nexec bash\n' > @D/filter; "
                                   "chmod 755 @D/filter; "
                                   "{ sleep 0.7; curl -s -o @D/page @URL; echo $? > @D/status; "
                                   "cat @D/local.sh; } | @USER @D/filter");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site.folder / "status"), "0\n");
}

TEST_P(OtherUsers, WhoFetchesIntoAUsersProgramConnects)
{
    ChainSite site;
    GuardResult result = run(site, "printf '#!/bin/bash\nexec bash\n' > @D/filter; "
                                   "chmod 755 @D/filter; trap '' PIPE; "
                                   "{ sleep 0.7; curl -s @URL; s=$?; [ $s = 23 ] && s=0; "
                                   "echo $s > @D/status; } | @USER @D/filter");
    SCOPED_TRACE(result.out + result.err);
    expect_spared(site, result, "CHAIN-001", "0\n");
}

// A user starts root's program with a pipe of his own, as sudo lets him: its connect is refused,
// and it is not signalled.
TEST_P(OtherUsers, WhoIsStartedWithAUsersPipeIsRefused)
{
    ChainSite site;
    GuardResult result =
        run(site, "cat > @D/sudo.py <<'END'\n"
                  "import os, subprocess, time\n"
                  "os.seteuid(65534)\nr, w = os.pipe()\nos.seteuid(0)\n"
                  "code = subprocess.Popen(['setpriv', '--reuid=65534', '--clear-groups', 'bash'], "
                  "stdin=r, pass_fds=[])\n"
                  "os.close(r)\ntime.sleep(0.5)\n"
                  "status = subprocess.call(['curl', '-s', '@URL'], stdout=w)\n"
                  "open('@D/status', 'w').write(str(status >= 0) + '\\n')\n"
                  "os.close(w)\ncode.wait()\n"
                  "END\n"
                  "/usr/bin/python3 @D/sudo.py");
    SCOPED_TRACE(result.out + result.err);
    expect_spared(site, result, "CHAIN-001", "True\n");
    if (GetParam() != Mode::monitor) {
        EXPECT_THAT(site.web.requests(), testing::IsEmpty());
    }
}

// A fifo whose number a user's had before, which he filled from the network.
TEST_P(OtherUsers, AFifoWithTheNumberOfAUsersIsAnother)
{
    ChainSite site;
    GuardResult result = run(
        site,
        "@USER curl -s -o @D/x @URL; mkdir -m 777 @D/in; cd @D; "
        "@USER bash -c 'for i in {1..9}; do mkfifo in/$i; exec 8<> in/$i; "
        "(exec cat x > in/$i 8>&-); done'; "
        "declare -A before; while read -r number name; do before[$number]=1; done < <(ls -i in); "
        "rm -f in/*; mkdir -m 700 own; mkfifo own/{1..30}; again=; "
        "while read -r number name; do [ \"${before[$number]}\" ] && again=own/$name; "
        "done < <(ls -i own); echo none > status; "
        "[ -z \"$again\" ] || { (exec cat local.sh > $again) & bash $again; echo $? > status; }");
    SCOPED_TRACE(result.out + result.err);
    if (slurp(site.folder / "status") == "none\n")
        GTEST_SKIP() << "this file system gives no number again";
    EXPECT_EQ(slurp(site.folder / "status"), "0\n");
    EXPECT_TRUE(exists(site.marker()));
    EXPECT_THAT(result.codes(), testing::IsEmpty());
}

// Root's shell is a container's first process and has read a page. A user's process whose own
// parent has ended is its child, and runs a line of that page.
TEST_P(OtherUsers, WhoAdoptsAUsersProcessLives)
{
    ChainSite site;
    site.web.serve("/page", "i-0a1b2c3d4e5f67890\n");
    GuardResult result = run(site, "cat > @D/app.py <<'END'\n"
                                   "import os, time\n"
                                   "if os.fork() == 0:\n"
                                   "    if os.fork() == 0:\n"
                                   "        time.sleep(0.5)\n"
                                   "        os.execv('/bin/true', ['i-0a1b2c3d4e5f67890'])\n"
                                   "    os._exit(0)\n"
                                   "time.sleep(1)\n"
                                   "END\n"
                                   "cat > @D/entry <<'END'\n"
                                   "page=$(curl -s " +
                                       site.web.url("/page") +
                                       ")\n"
                                       "@USER /usr/bin/python3 @D/app.py &\n"
                                       "sleep 1.2; echo alive > @D/status\n"
                                       "END\n"
                                       "unshare --pid --fork --mount-proc bash @D/entry");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site.folder / "status"), "alive\n");
    EXPECT_THAT(result.codes(), testing::IsEmpty());
}

// Root's script takes in what a user's program fetched, and evaluates the same text. It may be the
// script's own: he knows what stands there.
TEST_P(OtherUsers, WhoHasTheSameTextOfHisOwnLives)
{
    ChainSite site;
    GuardResult result =
        run(site, "echo 'echo ran >> @D/marker && true for all of this case' > @D/own; "
                  "x=$(@USER curl -s -o /dev/null @DATA_URL --next -s file://@D/own); "
                  "own=$(< @D/own); eval \"$own\"; bash -c \"$own\"; bash <<< \"$own\"; "
                  "@USER curl -s -o /dev/null @DATA_URL --next -s file://@D/own | "
                  "while read -r line; do eval \"$own\"; done; echo $? > @D/status");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_THAT(result.codes(), testing::AllOf(testing::SizeIs(4), testing::Each("CHAIN-004")));
    EXPECT_EQ(slurp(site.folder / "status"), "0\n");
    EXPECT_EQ(slurp(site.marker()), "ran\nran\nran\nran\n");
}

// What it does itself convicts root as it convicts everybody: `curl … | sudo bash`.
TEST_P(OtherUsers, RootPaysForWhatItReadsItself)
{
    ChainSite site;
    GuardResult result = run(site, "@USER curl -s @URL | bash");
    EXPECT_THAT(result.codes(), Contains("CHAIN-001")) << result.out;
    EXPECT_EQ(exists(site.marker()), GetParam() == Mode::monitor);
}

INSTANTIATE_TEST_SUITE_P(Live, OtherUsers, testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         testing::PrintToStringParamName());

} // namespace
} // namespace davylamp::test
