// The deleted executable: every way to run a program that has no name any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "guard.h"
#include "support/http_server.h"

namespace davylamp::test {
namespace {

using testing::IsEmpty;

// Shell words of the cases: `start NAME PROGRAM ARGS…` runs a victim in the background and waits
// until it is up; `go` lets the victims finish in monitor mode, and waits for them. In the other
// modes a victim that was not killed would take ten seconds, and leave its marker.
std::string prelude(const std::string& folder, Mode mode)
{
    return "ready() { until [ -e " + folder + "/$1.ready ]; do sleep 0.01; done; }\n" +
           "start() { name=$1; shift; \"$@\" " + folder + " $name & ready $name; }\n" + "go() { " +
           (mode == Mode::monitor ? "touch " + folder + "/go; " : "") + "wait; }\n";
}

std::string fill(std::string text, const TempFolder& folder, const std::string& where)
{
    text = replaced(text, "@VICTIM", program("live_victim"));
    text = replaced(text, "@FILELESS", program("live_fileless"));
    text = replaced(text, "@W", where); // where the image lies
    return replaced(text, "@D", folder.path());
}

struct Fileless {
    const char* name;
    const char* command;
};

void PrintTo(const Fileless& way, std::ostream* stream) { *stream << way.name; }

const Fileless kFileless[] = {
    {"memfd", "@FILELESS memfd @VICTIM @D v"},
    {"memfd without close on exec", "@FILELESS memfd-open @VICTIM @D v"},
    {"memfd by execveat", "@FILELESS execveat @VICTIM @D v"},
    {"tmpfile", "cp @VICTIM @D/image; @FILELESS tmpfile @D/image @D v"},
    {"unlinked descriptor",
     "cp @VICTIM @D/image; exec 5< @D/image; rm @D/image; /proc/self/fd/5 @D v"},
    {"unlinked on tmpfs", "cp @VICTIM @S/image; exec 5< @S/image; rm @S/image; /dev/fd/5 @D v"},
    {"renamed over before exec", "cp @VICTIM @D/image; exec 5< @D/image; echo hi > @D/new; "
                                 "mv @D/new @D/image; /proc/self/fd/5 @D v"},
};

class ExeFileless : public testing::TestWithParam<std::tuple<Fileless, Mode>> {};

TEST_P(ExeFileless, Attack)
{
    const auto& [way, mode] = GetParam();
    TempFolder folder, shared("/dev/shm");
    folder.write("go", "");
    GuardResult result =
        run_guard(mode, replaced(fill(way.command, folder, {}), "@S", shared.path()));
    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first("EXE-001");
    if (mode == Mode::monitor) {
        EXPECT_TRUE(exists(folder / "v.marker")) << "the attack itself does not work";
        EXPECT_EQ(finding.action(), 3);
        EXPECT_EQ(finding.disposition(), 15);
        return;
    }
    EXPECT_FALSE(exists(folder / "v.ready")) << "it ran an instruction";
    EXPECT_EQ(finding.action(), 2);
    EXPECT_EQ(finding.disposition(), 2);
    for (int pid : finding.pids("process"))
        EXPECT_FALSE(is_running(pid));
}

INSTANTIATE_TEST_SUITE_P(Live, ExeFileless,
                         testing::Combine(testing::ValuesIn(kFileless),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             return test_name(std::get<0>(test.param).name,
                                              std::get<1>(test.param));
                         });

struct Removal {
    const char* name;
    const char* command;
    const char* place = "/var/tmp";
    std::vector<std::string> victims{"v"};
};

void PrintTo(const Removal& removal, std::ostream* stream) { *stream << removal.name; }

const char* const kLong = "an-image-whose-name-is-much-longer-than-forty-seven-bytes-all-told";

const std::vector<Removal> kRemovals{
    {"by its parent", "cp @VICTIM @W/image; start v @W/image; rm @W/image; go"},
    {"by itself", "cp @VICTIM @W/image; @W/image @D v unlink @W/image & ready v; go"},
    {"by a stranger", "cp @VICTIM @W/image; start v @W/image; setsid -f rm @W/image; "
                      "while [ -e @W/image ]; do sleep 0.01; done; go"},
    {"by its sibling", "cp @VICTIM @W/image; start v @W/image; (rm @W/image); go"},
    {"by python", "cp @VICTIM @W/image; start v @W/image; "
                  "/usr/bin/python3 -c 'import os; os.unlink(\"@W/image\")'; go"},
    {"renamed over",
     "cp @VICTIM @W/image; start v @W/image; echo hi > @W/new; mv @W/new @W/image; go"},
    {"moved then removed",
     "cp @VICTIM @W/image; start v @W/image; mv @W/image @W/other; rm @W/other; go"},
    {"moved twice", "cp @VICTIM @W/image; start v @W/image; mv @W/image @W/a; mv @W/a @W/b; "
                    "rm @W/b; go"},
    {"with both its links", "cp @VICTIM @W/image; ln @W/image @W/second; start v @W/image; "
                            "rm @W/image; rm @W/second; go"},
    {"with its folder",
     "mkdir @W/sub; cp @VICTIM @W/sub/image; start v @W/sub/image; rm -rf @W/sub; go"},
    {"by a relative path", "cp @VICTIM @W/image; start v @W/image; cd @W; rm image; go"},
    {"by a path with dots", "cp @VICTIM @W/image; start v @W/image; cd @W; rm ../*/./image; go"},
    {"through a symlinked folder", "mkdir @W/real; ln -s real @W/link; cp @VICTIM @W/real/image; "
                                   "start v @W/link/image; rm @W/link/image; go"},
    {"by a long path",
     "cp @VICTIM @W/image; start v @W/image; path=@W; for i in {1..150}; do path=$path/.; done; "
     "rm $path/image; go"},
    {"with a long name", "cp @VICTIM @W/@LONG; start v @W/@LONG; rm @W/@LONG; go"},
    {"on tmpfs", "cp @VICTIM @W/image; start v @W/image; rm @W/image; go", "/dev/shm"},
    {"two processes",
     "cp @VICTIM @W/image; start v @W/image; start w @W/image; rm @W/image; go",
     "/var/tmp",
     {"v", "w"}},
};

class ExeRemoved : public testing::TestWithParam<std::tuple<Removal, Mode>> {};

TEST_P(ExeRemoved, Attack)
{
    const auto& [removal, mode] = GetParam();
    TempFolder folder, where(removal.place);
    GuardResult result =
        run_guard(mode, prelude(folder.path(), mode) +
                            replaced(fill(removal.command, folder, where.path()), "@LONG", kLong));
    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first("EXE-002");
    EXPECT_EQ(finding.action(), mode == Mode::monitor ? 3 : 2);
    for (const std::string& victim : removal.victims) {
        ASSERT_TRUE(exists(folder / (victim + ".ready"))) << "the attack itself does not work";
        EXPECT_EQ(exists(folder / (victim + ".marker")), mode == Mode::monitor) << result.out;
        if (mode != Mode::monitor) {
            EXPECT_FALSE(is_running(std::stoi(slurp(folder / (victim + ".ready")))));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Live, ExeRemoved,
                         testing::Combine(testing::ValuesIn(kRemovals),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             return test_name(std::get<0>(test.param).name,
                                              std::get<1>(test.param));
                         });

class ExeInMode : public testing::TestWithParam<Mode> {};

INSTANTIATE_TEST_SUITE_P(Live, ExeInMode, testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

TEST_P(ExeInMode, RemovedOnOverlayfs)
{
    TempFolder folder;
    GuardOptions options;
    options.mode = GetParam();
    options.command = {
        "unshare", "-m", "/bin/bash", "-c",
        prelude(folder.path(), GetParam()) +
            fill("mkdir @D/l @D/u @D/w @D/m; cp @VICTIM @D/l/image; mount -t overlay "
                 "overlay -o lowerdir=@D/l,upperdir=@D/u,workdir=@D/w @D/m || exit 9; "
                 "start v @D/m/image; rm @D/m/image; go",
                 folder, {})};
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    result.first("EXE-002");
    ASSERT_TRUE(exists(folder / "v.ready"));
    EXPECT_EQ(exists(folder / "v.marker"), GetParam() == Mode::monitor);
}

// Its image goes away where the guard does not look; then it talks.
TEST_P(ExeInMode, DeletedAndTalking)
{
    TempFolder folder;
    HttpServer web;
    ASSERT_EQ(::system(("cp " + program("live_victim") + " " + (folder / "image")).c_str()), 0);
    GuardOptions options;
    options.mode = GetParam();
    options.command = {folder / "image", folder.path(), "v", "connect", std::to_string(web.port())};
    Guard guard(options);
    ASSERT_TRUE(eventually([&] { return exists(folder / "v.ready"); }));
    ::unlink((folder / "image").c_str());
    folder.write("go", "");
    GuardResult result = guard.finish();
    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first("EXE-003");
    EXPECT_EQ(finding.action(), GetParam() == Mode::monitor ? 3 : 2);
    if (GetParam() == Mode::kill) {
        EXPECT_FALSE(exists(folder / "v.connect"));
        EXPECT_FALSE(exists(folder / "v.marker"));
    } else {
        EXPECT_EQ(slurp(folder / "v.connect"),
                  GetParam() == Mode::block ? std::to_string(EPERM) + "\n" : "0\n");
        EXPECT_TRUE(exists(folder / "v.marker"));
    }
}

// A cgroup of the test's own, with whoever is put into it.
class OwnCgroup {
public:
    OwnCgroup() : path_(cgroup2_folder() + "/davylamp-live-" + std::to_string(::getpid()))
    {
        if (::mkdir(path_.c_str(), 0755) != 0)
            throw std::system_error(errno, std::generic_category(), path_);
    }
    ~OwnCgroup()
    {
        eventually([&] { return slurp(path_ + "/cgroup.procs").empty(); });
        ::rmdir(path_.c_str());
    }
    const std::string& path() const { return path_; }
    void add(pid_t pid) { std::ofstream(path_ + "/cgroup.procs") << pid; }

private:
    std::string path_;
};

// What ran before the sensor came is reported and left alone, in kill mode too.
TEST(ExeAlreadyThere, IsFoundAndLeftAlone)
{
    TempFolder folder;
    OwnCgroup cgroup;
    ASSERT_EQ(::system(("cp " + program("live_victim") + " " + (folder / "image")).c_str()), 0);
    Subprocess gone({folder / "image", folder.path(), "v"});
    cgroup.add(gone.pid());
    ASSERT_TRUE(eventually([&] { return exists(folder / "v.ready"); }));
    ::unlink((folder / "image").c_str());

    Subprocess sensor({davylamp(), "run", "--no-pin", "--format", "json", "--mode", "kill",
                       "--scope", cgroup.path()});
    EXPECT_TRUE(eventually([&] { return sensor.out().find("EXE-004") != std::string::npos; }))
        << sensor.err();
    folder.write("go", "");
    EXPECT_EQ(gone.wait(), 0);
    EXPECT_TRUE(exists(folder / "v.marker"));
    sensor.signal(SIGTERM);
    EXPECT_EQ(sensor.wait(), 0) << sensor.err();
    EXPECT_NE(sensor.out().find("\"pid\":" + std::to_string(gone.pid())), std::string::npos);
}

struct Twin {
    const char* name;
    const char* command;
};

void PrintTo(const Twin& twin, std::ostream* stream) { *stream << twin.name; }

// `go` of kill mode would wait ten seconds: here the victims are let go, and must reach their end.
const Twin kTwins[] = {
    {"another hard link", "cp @VICTIM @W/image; ln @W/image @W/second; start v @W/image; "
                          "rm @W/image; touch @D/go; wait; [ -e @D/v.marker ]"},
    {"removed after its end", "touch @D/go; cp @VICTIM @W/image; @W/image @D v; rm @W/image"},
    {"compile run remove",
     "cd @W; for i in 1 2 3; do echo \"int main(void) { return $i; }\" > t.c; gcc -o t t.c; ./t; "
     "[ $? = $i ] || exit 1; rm t; done"},
    {"an editor saves a running script",
     "echo 'until [ -e @D/go ]; do sleep 0.01; done; touch @D/v.marker' > @W/s; bash @W/s & "
     "cp @W/s @W/s.new; mv @W/s.new @W/s; touch @D/go; wait; [ -e @D/v.marker ]"},
    {"moved while it runs", "cp @VICTIM @W/image; start v @W/image; mv @W/image @W/other; "
                            "touch @D/go; wait; [ -e @D/v.marker ]"},
    {"another file of its name", "mkdir @W/a @W/b; cp @VICTIM @W/a/image; cp @VICTIM @W/b/image; "
                                 "start v @W/a/image; rm @W/b/image; touch @D/go; wait; "
                                 "[ -e @D/v.marker ]"},
    {"a removal that fails", "cp @VICTIM @W/image; start v @W/image; rmdir @W/image 2> /dev/null; "
                             "rm @W/none/image 2> /dev/null; touch @D/go; wait; "
                             "[ -e @D/v.marker ]"},
    {"a memfd that is no program", "/usr/bin/python3 -c 'import os; f = os.memfd_create(\"x\"); "
                                   "os.write(f, b\"data\")'"},
};

class ExeTwin : public testing::TestWithParam<Twin> {};

TEST_P(ExeTwin, StaysSilent)
{
    TempFolder folder, where;
    GuardResult result = run_guard(Mode::kill, prelude(folder.path(), Mode::kill) +
                                                   fill(GetParam().command, folder, where.path()));
    EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Live, ExeTwin, testing::ValuesIn(kTwins),
                         [](const auto& test) { return test_name(test.param.name, Mode::kill); });

// The upgrade of a running program, by a package manager that policy names; the same done by
// another program is a finding.
TEST(ExeTwins, PackageManagerReplacesRunningProgram)
{
    for (bool named : {true, false}) {
        TempFolder folder;
        ASSERT_EQ(::system(("cp /bin/mv " + (folder / "packager")).c_str()), 0);
        GuardOptions options;
        options.mode = Mode::block;
        options.policy = R"({"detections": {"image": {"package_managers": [")" +
                         (named ? folder / "packager" : std::string("/usr/bin/dpkg")) + "\"]}}}";
        options.command = bash(prelude(folder.path(), Mode::block) +
                               fill("cp @VICTIM @D/image; cp @VICTIM @D/new; start v @D/image; "
                                    "@D/packager -f @D/new @D/image; touch @D/go; wait",
                                    folder, {}));
        GuardResult result = run_guard(options);
        EXPECT_EQ(result.exit_code, named ? 0 : 86) << result.out << result.err;
        EXPECT_EQ(exists(folder / "v.marker"), named);
        EXPECT_EQ(result.codes().empty(), named);
    }
}

} // namespace
} // namespace davylamp::test
