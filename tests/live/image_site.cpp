// SPDX-License-Identifier: Apache-2.0
#include "image_site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "shared_guard.h"

namespace davylamp::test {

#ifdef __aarch64__
static const char* const kLoader = "/lib/ld-linux-aarch64.so.1";
#else
static const char* const kLoader = "/lib64/ld-linux-x86-64.so.2";
#endif

std::string ImageSite::fill(const std::string& given) const
{
    std::string text = replaced(given, "@VICTIM", program("live_victim"));
    text = replaced(text, "@STATIC", program("live_static_victim"));
    text = replaced(text, "@PACKAGER", program("live_packager"));
    text = replaced(text, "@FILELESS", program("live_fileless"));
    text = replaced(text, "@CONTINUER", program("live_continuer"));
    text = replaced(text, "@KIN", program("live_kin"));
    text = replaced(text, "@EXCHANGE", program("live_exchange"));
    text = replaced(text, "@URING", program("live_uring"));
    text = replaced(text, "@UNLINK32", program("live_unlink32"));
    text = replaced(text, "@LOADER", kLoader);
    text = replaced(text, "@PYTHON", "/usr/bin/python3");
    text = replaced(text, "@W", images_.path());
    return replaced(text, "@D", markers_.path());
}

std::string ImageSite::script(const std::string& text, Mode mode) const
{
    const char* finish =
        "wait; for name in $names; do until [ -e @D/$name.marker ]; do sleep 0.01; done; done; ";
    return fill("names=; ready() { names=\"$names $1\"; "
                "until [ -s @D/$1.ready ]; do sleep 0.01; done; }\n"
                "start() { local name=$1; shift; \"$@\" @D $name & ready $name; }\n"
                "release() { touch @D/go; " +
                std::string(finish) + "}\n" + "go() { " +
                (mode == Mode::monitor ? "release; " : "wait; ") + "}\n" + text);
}

int ImageSite::pid(const std::string& victim) const
{
    return std::atoi(slurp(markers_ / (victim + ".ready")).c_str());
}

GuardResult run_site(const ImageSite& site, Mode mode, const std::string& text, bool own_mounts,
                     const std::string& policy, bool alone)
{
    GuardOptions options;
    options.mode = mode;
    options.policy = policy;
    options.alone = alone;
    options.command = bash(site.script(text, mode));
    if (own_mounts)
        options.command.insert(options.command.begin(), {"unshare", "-m"});
    return run_guard(options);
}

void PrintTo(const Removal& removal, std::ostream* stream) { *stream << removal.name; }

void PrintTo(const Case& one, std::ostream* stream) { *stream << one.name; }

void expect_removed(const Removal& removal, Mode mode)
{
    ImageSite site(removal.place);
    GuardResult result = run_site(site, mode, removal.command, removal.own_mounts);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_EQ(result.first("EXE-002").action(), mode == Mode::monitor ? 3 : 2);
    for (const std::string& victim : removal.victims) {
        ASSERT_TRUE(site.ready(victim)) << victim << ": the attack itself does not work";
        int pid = site.pid(victim);
        EXPECT_EQ(site.done(victim), mode == Mode::monitor) << victim << "\n" << result.out;
        EXPECT_TRUE(names(result, pid)) << victim << ", " << pid << "\n" << result.out;
        if (mode != Mode::monitor) {
            EXPECT_FALSE(is_running(pid)) << victim;
        }
    }
}

void expect_fileless(const std::string& command, Mode mode, bool own_mounts)
{
    ImageSite site;
    TempFolder shared("/dev/shm");
    site.release();
    GuardResult result = run_site(site, mode, replaced(command, "@S", shared.path()), own_mounts);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first("EXE-001");
    if (mode == Mode::monitor) {
        EXPECT_TRUE(site.done("v")) << "the attack itself does not work";
        EXPECT_EQ(finding.action(), 3);
        EXPECT_EQ(finding.disposition(), 15);
        return;
    }
    EXPECT_FALSE(site.ready("v")) << "it ran an instruction";
    EXPECT_EQ(finding.action(), 2);
    EXPECT_EQ(finding.disposition(), 2);
    for (int pid : finding.pids("process"))
        EXPECT_FALSE(is_running(pid));
}

GuardResult run_and_remove(const ImageSite& site, const GuardOptions& options,
                           const std::function<void()>& remove)
{
    SharedGuard& guard = shared_guard(options.mode, options.policy);
    guard.start(options.command);
    EXPECT_TRUE(eventually([&] { return site.pid("v") > 0; }));
    remove();
    site.release();
    return guard.finish(options.patience);
}

void expect_talking(const ImageSite& site, const GuardResult& result, Mode mode)
{
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_EQ(result.first("EXE-003").action(), mode == Mode::monitor ? 3 : 2);
    if (mode == Mode::kill) {
        EXPECT_FALSE(exists(site / "v.connect"));
        return;
    }
    EXPECT_EQ(slurp(site / "v.connect"),
              mode == Mode::block ? std::to_string(EPERM) + "\n" : "0\n");
}

void expect_silence(const std::string& command, bool own_mounts, const std::string& policy)
{
    ImageSite site;
    GuardResult result = run_site(site, Mode::kill, command, own_mounts, policy);
    EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
    EXPECT_THAT(result.codes(), testing::IsEmpty()) << result.out;
}

bool names(const GuardResult& result, int pid)
{
    return std::any_of(result.findings.begin(), result.findings.end(), [&](const Finding& finding) {
        std::vector<int> pids = finding.pids();
        return std::find(pids.begin(), pids.end(), pid) != pids.end();
    });
}

void copy(const std::string& from, const std::string& to) { std::filesystem::copy_file(from, to); }

} // namespace davylamp::test
