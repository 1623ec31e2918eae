// SPDX-License-Identifier: Apache-2.0
// The deleted executable before the sensor came: found, and left alone.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <sstream>

#include "image_site.h"
#include "own_cgroup.h"

namespace davylamp::test {
namespace {

// The EXE-004 of this process among a sensor's alerts; null where there is none.
nlohmann::json found(const std::string& alerts, int pid)
{
    std::istringstream lines(alerts);
    std::string line;
    while (std::getline(lines, line)) {
        auto alert = nlohmann::json::parse(line, nullptr, false); // the last may be half written
        if (!alert.is_discarded() && alert["metadata"]["event_code"] == "EXE-004" &&
            alert["evidences"][0]["process"]["pid"] == pid)
            return alert;
    }
    return {};
}

// The folder of pid 1's cgroup.
std::string init_cgroup()
{
    auto path_of = [](const char* pid) {
        std::string text = slurp("/proc/" + std::string(pid) + "/cgroup");
        std::size_t at = text.find("0::");
        return text.substr(at + 3, text.find('\n', at) - at - 3);
    };
    std::string root = cgroup2_folder(), own = path_of("self");
    if (own != "/")
        root.resize(root.size() - own.size());
    return root + path_of("1");
}

// In kill mode too.
TEST(ExeAlreadyThere, IsFoundAndLeftAlone)
{
    ImageSite site;
    OwnCgroup cgroup;
    copy(program("live_victim"), site.image("image"));
    Subprocess gone({site.image("image"), site.markers(), "v"});
    cgroup.add(gone.pid());
    ASSERT_TRUE(eventually([&] { return site.ready("v"); }));
    ::unlink(site.image("image").c_str());

    Subprocess sensor({davylamp(), "run", "--no-pin", "--format", "json", "--mode", "kill",
                       "--scope", cgroup.path()});
    EXPECT_TRUE(eventually([&] { return sensor.out().find("EXE-004") != std::string::npos; }))
        << sensor.err();
    site.release();
    EXPECT_EQ(gone.wait(), 0);
    EXPECT_TRUE(site.done("v"));
    sensor.signal(SIGTERM);
    EXPECT_EQ(sensor.wait(), 0) << sensor.err();
    EXPECT_NE(sensor.out().find("\"pid\":" + std::to_string(gone.pid())), std::string::npos);
}

// What a loader runs is no image: the first sweep finds it among what is mapped.
TEST(ExeAlreadyThere, IsFoundBelowALoader)
{
    ImageSite site;
    OwnCgroup cgroup;
    copy(program("live_victim"), site.image("miner"));
    Subprocess gone({site.fill("@LOADER"), site.image("miner"), site.markers(), "v"});
    cgroup.add(gone.pid());
    ASSERT_TRUE(eventually([&] { return site.ready("v"); }));
    ::unlink(site.image("miner").c_str());

    Subprocess sensor({davylamp(), "run", "--no-pin", "--format", "json", "--mode", "kill",
                       "--scope", cgroup.path()});
    EXPECT_TRUE(eventually([&] { return !found(sensor.out(), gone.pid()).is_null(); }))
        << sensor.err();
    EXPECT_EQ(found(sensor.out(), gone.pid())["evidences"][0]["data"]["runs"], "through a loader");
    site.release();
    EXPECT_EQ(gone.wait(), 0);
    sensor.signal(SIGTERM);
    EXPECT_EQ(sensor.wait(), 0) << sensor.err();
}

// Children of init in init's own cgroup, without a login: as a runtime's helpers are, and as a
// miner may make itself. One is sealed and idle; the others lack one of the two.
TEST(ExeAlreadyThere, OfARuntimeIsQuietAndItsImitationsAreNot)
{
    ImageSite site;
    auto orphan = [&](const std::string& what) {
        Subprocess starter(bash(site.fill("echo 4294967295 2>/dev/null > /proc/self/loginuid; "
                                          "echo $$ > " +
                                          init_cgroup() + "/cgroup.procs; setsid @FILELESS " +
                                          what + " < /dev/null > /dev/null 2>&1 &")));
        EXPECT_EQ(starter.wait(), 0) << starter.err();
    };
    orphan("sealed @VICTIM @D quiet");
    orphan("memfd @VICTIM @D open");
    orphan("sealed /bin/bash -c 'echo $$ > @D/busy.ready; until [ -e @D/go ]; do :; done'");
    for (const char* name : {"quiet", "open", "busy"})
        ASSERT_TRUE(eventually([&] { return site.ready(name); })) << name;

    Subprocess sensor({davylamp(), "run", "--no-pin", "--format", "json", "--mode", "monitor"});
    for (const char* name : {"open", "busy"})
        EXPECT_TRUE(eventually([&] { return !found(sensor.out(), site.pid(name)).is_null(); }))
            << name << "\n"
            << sensor.err();
    sensor.signal(SIGTERM);
    EXPECT_EQ(sensor.wait(), 0) << sensor.err();
    EXPECT_TRUE(found(sensor.out(), site.pid("quiet")).is_null()) << sensor.out();
    site.release();
    for (const char* name : {"quiet", "open", "busy"})
        EXPECT_TRUE(eventually([&] { return !is_running(site.pid(name)); })) << name;
}

} // namespace
} // namespace davylamp::test
