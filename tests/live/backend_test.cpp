// SPDX-License-Identifier: Apache-2.0
// What each backend does, on whatever kernel this is: `davylamp doctor` says who serves a hook, and
// each case asks of that backend what it can do. LSM and fmod_ret refuse, and nothing else changes;
// the portable programs kill.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

#include "image_site.h"
#include "own_cgroup.h"
#include "shared_guard.h"

namespace davylamp::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kHooks{"exec", "unlink", "rename"};

// What doctor says here. It starts a sensor, so who has asked it already names the file of its
// answer in DAVYLAMP_TEST_DOCTOR (tests/vm/cases.sh.in).
const std::string& doctor()
{
    static const std::string said = [] {
        if (const char* answer = std::getenv("DAVYLAMP_TEST_DOCTOR"))
            return slurp(answer);
        Subprocess process({davylamp(), "doctor"});
        EXPECT_EQ(process.wait(), 0) << process.err();
        return process.out();
    }();
    return said;
}

// The line of doctor's answer that begins like this, without that.
std::string line_of(const std::string& beginning)
{
    std::size_t at = doctor().find("\n" + beginning);
    if (at == std::string::npos)
        return {};
    at += 1 + beginning.size();
    return doctor().substr(at, doctor().find('\n', at) - at);
}

// "portable", "fmod_ret" or "LSM".
std::string backend_of(const std::string& hook)
{
    std::string line = line_of("  " + hook + ": ");
    return line.substr(0, line.find(' '));
}

bool refuses(const std::string& hook) { return backend_of(hook) != "portable"; }

// As the alerts spell it; "" for the portable one.
std::string spelt(const std::string& hook)
{
    return !refuses(hook) ? "" : backend_of(hook) == "LSM" ? "lsm" : backend_of(hook);
}

std::string backend_in(const Finding& finding)
{
    return finding.json.value(nlohmann::json::json_pointer("/unmapped/backend"), std::string());
}

// The best that works: an LSM program where it loads and the list of LSMs has bpf, fmod_ret where
// that loads, else the portable programs; and of each that does not serve, why.
TEST(Backend, TheBestThatWorksServes)
{
    bool trampolines = !line_of("  yes LSM programs: ").empty();
    bool modifies = !line_of("  yes fmod_ret programs: ").empty();
    bool listed = !line_of("  yes bpf in the LSM list: ").empty();
    for (const std::string& hook : kHooks) {
        SCOPED_TRACE(hook + "\n" + doctor());
        EXPECT_EQ(backend_of(hook), trampolines && listed ? "LSM"
                                    : modifies            ? "fmod_ret"
                                                          : "portable");
    }
    if (trampolines && !listed) {
        EXPECT_THAT(line_of("    no lsm/inode_unlink: "),
                    HasSubstr("attached, but never ran: bpf is"));
    }
    if (!trampolines) {
        for (const char* row : {"lsm/bprm_check_security", "lsm/inode_unlink", "lsm/inode_rename",
                                "fmod_ret/security_bprm_check", "fmod_ret/security_inode_unlink",
                                "fmod_ret/security_inode_rename"})
            EXPECT_THAT(line_of(std::string("    no ") + row + ": "), HasSubstr("was refused: "))
                << row;
    }
}

// What costs every syscall of the host is attached where it is needed, and there alone.
TEST(Backend, ReplacedProgramsAreNotAttached)
{
    // The calls that every architecture has.
    const std::pair<const char*, const char*> rows[] = {
        {"unlink", "davy_unlinkat_in at tp/syscalls/sys_enter_unlinkat"},
        {"rename", "davy_renamea_in at tp/syscalls/sys_enter_renameat2"},
    };
    for (auto [hook, at] : rows) {
        std::size_t found =
            doctor().find("\n  " + std::string(refuses(hook) ? "-  " : "yes") + " " + at);
        EXPECT_NE(found, std::string::npos) << at << "\n" << doctor();
    }
}

TEST(Backend, RunSaysWhoServes)
{
    OwnCgroup cgroup;
    Subprocess process({davylamp(), "run", "--no-pin", "--scope", cgroup.path()});
    ASSERT_TRUE(eventually([&] {
        return process.err().find("policy: built-in") != std::string::npos;
    })) << process.err();
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0) << process.err();
    for (const std::string& hook : kHooks)
        EXPECT_THAT(process.err(), HasSubstr(": " + hook + ": " + backend_of(hook) + " ("));
}

// Whoever must end is not released: userspace ends it where the kernel cannot, some milliseconds
// later. A victim that nobody ends makes its marker after ten seconds.
const char* ending(bool lives) { return lives ? "touch @D/go; wait" : "wait"; }

class BackendRemoval : public testing::TestWithParam<std::tuple<Case, Mode>> {};

// @R is whatever removes the image; its status and what it leaves are what the test looks at.
TEST_P(BackendRemoval, Attack)
{
    const auto& [way, mode] = GetParam();
    const std::string command = way.command;
    bool renames = command.find("rename") != command.npos || command.find("mv ") != command.npos;
    const std::string hook = renames ? "rename" : "unlink";
    bool uring = command.find("@URING") != command.npos;
    bool through_loader = command.find("@LOADER") != command.npos;
    bool refused = refuses(hook) && mode != Mode::monitor;
    bool lives = mode == Mode::monitor || (mode == Mode::block && refused);
    bool unheard = uring && !refuses(hook); // the portable backend does not hear of it
    ImageSite site;
    GuardResult result = run_site(site, mode,
                                  "cp @VICTIM @W/image; echo new > @W/new; start v " +
                                      std::string(through_loader ? "@LOADER " : "") + "@W/image; " +
                                      replaced(command, "@LOADER ", "") +
                                      "; echo $? > @D/status; " + ending(lives || unheard));
    SCOPED_TRACE(result.out + result.err);
    ASSERT_TRUE(site.ready("v")) << "the attack itself does not work";
    EXPECT_EQ(slurp(site / "status"), refused ? "1\n" : "0\n");
    // The file under its name is still the image, and no byte of it has changed.
    EXPECT_EQ(slurp(site.image("image")) == slurp(program("live_victim")), refused);
    if (unheard) {
        EXPECT_THAT(result.codes(), testing::Not(testing::Contains("EXE-002")));
        return;
    }
    Finding finding = result.first("EXE-002");
    EXPECT_EQ(backend_in(finding), spelt(hook));
    EXPECT_EQ(finding.action(), mode == Mode::monitor ? 3 : 2);
    EXPECT_EQ(finding.did("refuse"), refused);
    EXPECT_TRUE(names(result, site.pid("v")));
    EXPECT_EQ(site.done("v"), lives);
    if (refused) {
        EXPECT_THAT(result.err, HasSubstr("Operation not permitted"));
    }
    EXPECT_EQ(result.codes().size(), 1u);
}

const Case kRemovals[] = {
    {"unlinked", "rm -f @W/image"},
    {"renamed over", "mv -f @W/new @W/image"},
    {"moved then unlinked", "mv @W/image @W/moved && rm -f @W/moved; s=$?; "
                            "[ -e @W/moved ] && mv @W/moved @W/image; (exit $s)"},
    {"unlinked by io_uring", "@URING unlink @W/image"},
    {"renamed over by io_uring", "@URING rename @W/new @W/image"},
    {"unlinked under a loader", "@LOADER rm -f @W/image"},
};

INSTANTIATE_TEST_SUITE_P(Live, BackendRemoval,
                         testing::Combine(testing::ValuesIn(kRemovals),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         case_name<Case>);

// A user says that he runs what root removes. A loader is one by its name, which anybody may give
// to a program, and it is given any file: root's removal is not refused, and who says so pays.
class BackendClaimed : public testing::TestWithParam<Mode> {};

TEST_P(BackendClaimed, RootRemovesWhatAUserLoads)
{
    ImageSite site;
    GuardResult result =
        run_site(site, GetParam(),
                 "chmod 1777 @D; chmod 755 @W; cp @VICTIM @W/image; start v setpriv --reuid=65534 "
                 "--regid=65534 --clear-groups @LOADER @W/image; rm -f @W/image; "
                 "echo $? > @D/status; " +
                     std::string(ending(GetParam() == Mode::monitor)));
    SCOPED_TRACE(result.out + result.err);
    ASSERT_TRUE(site.ready("v")) << "the attack itself does not work";
    EXPECT_EQ(slurp(site / "status"), "0\n");
    EXPECT_FALSE(exists(site.image("image")));
    EXPECT_FALSE(result.first("EXE-002").did("refuse"));
    EXPECT_TRUE(names(result, site.pid("v")));
    EXPECT_EQ(site.done("v"), GetParam() == Mode::monitor);
}

INSTANTIATE_TEST_SUITE_P(Live, BackendClaimed,
                         testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

// Several processes of one image: refused, none of them ends in block mode, each in kill mode.
TEST(Backend, EveryProcessOfTheImage)
{
    for (Mode mode : {Mode::block, Mode::kill}) {
        bool lives = mode == Mode::block && refuses("unlink");
        ImageSite site;
        GuardResult result =
            run_site(site, mode,
                     "cp @VICTIM @W/image; start v @W/image; start w @W/image; rm -f @W/image; " +
                         std::string(ending(lives)));
        SCOPED_TRACE(result.out + result.err);
        for (const char* victim : {"v", "w"})
            EXPECT_EQ(site.done(victim), lives) << victim << ", " << mode_name(mode);
    }
}

class BackendExec : public testing::TestWithParam<std::tuple<Case, Mode>> {};

void expect_no_start(const ImageSite& site, const GuardResult& result, Mode mode,
                     const std::string& code, int refused_status)
{
    SCOPED_TRACE(result.out + result.err);
    Finding finding = result.first(code);
    bool refused = refuses("exec") && mode != Mode::monitor;
    EXPECT_EQ(finding.action(), mode == Mode::monitor ? 3 : 2);
    EXPECT_EQ(finding.did("refuse"), refused);
    EXPECT_EQ(backend_in(finding), refused ? spelt("exec") : "");
    EXPECT_EQ(site.done("v"), mode == Mode::monitor);
    EXPECT_EQ(site.ready("v"), mode == Mode::monitor) << "it ran an instruction";
    int expected = mode == Mode::monitor            ? 0
                   : refused && mode == Mode::block ? refused_status
                                                    : 128 + SIGKILL;
    EXPECT_EQ(slurp(site / "status"), std::to_string(expected) + "\n");
    EXPECT_EQ(result.codes().size(), 1u);
}

TEST_P(BackendExec, Attack)
{
    const auto& [way, mode] = GetParam();
    ImageSite site;
    GuardResult result = run_site(site, mode,
                                  "printf '#!/bin/bash\\necho > @D/v.ready\\necho > @D/v.marker\\n'"
                                  " > @W/s; chmod +x @W/s; touch @D/go; (" +
                                      std::string(way.command) + "); echo $? > @D/status");
    expect_no_start(site, result, mode, "EXE-001", 1);
    if (mode == Mode::block && refuses("exec")) {
        EXPECT_THAT(result.err, HasSubstr("exec: Operation not permitted"));
    }
}

const Case kExecs[] = {
    {"memfd", "@FILELESS memfd @VICTIM @D v"},
    {"memfd by execveat", "@FILELESS execveat @VICTIM @D v"},
    {"unlinked", "cp @VICTIM @W/image; @FILELESS fexecve @W/image @D v"},
    {"script in a memfd", "@FILELESS memfd-open @W/s @D v"},
};

INSTANTIATE_TEST_SUITE_P(Live, BackendExec,
                         testing::Combine(testing::ValuesIn(kExecs),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         case_name<Case>);

// A file that policy denies, which is told by its inode: under another name, and through a link.
class BackendDenied : public testing::TestWithParam<std::tuple<Case, Mode>> {};

const Case kDenied[] = {
    {"by its path", "@W/denied @D v"},
    {"by another name", "mv @W/denied @W/other; @W/other @D v"},
    {"through a symlink", "ln -s denied @W/link; @W/link @D v"},
};

// A denied file for each of those in each mode, and a script. They are there before any guard
// starts, and every guard that the cases share denies them: a policy of their own would be a start
// more.
struct DeniedFiles {
    DeniedFiles()
    {
        std::vector<std::string> paths{script.image("script")};
        {
            std::ofstream file(paths.front());
            file << "#!/bin/bash\necho > " << (script / "v.ready") << "\n";
        }
        std::filesystem::permissions(paths.front(), std::filesystem::perms::owner_all);
        for (Mode mode : {Mode::monitor, Mode::block, Mode::kill}) {
            for (const Case& one : kDenied) {
                paths.push_back(of[{one.name, mode}].image("denied"));
                copy(program("live_victim"), paths.back());
            }
        }
        share_guards_with(R"({"detections": {"image": {"deny": )" + nlohmann::json(paths).dump() +
                          "}}}");
    }
    std::map<std::pair<std::string, Mode>, ImageSite> of;
    ImageSite script;
};

std::unique_ptr<DeniedFiles> denied;

class DenyThem : public testing::Environment {
    void SetUp() override { denied = std::make_unique<DeniedFiles>(); }
    void TearDown() override { denied.reset(); }
};

const testing::Environment* const kDenyThem = testing::AddGlobalTestEnvironment(new DenyThem);

TEST_P(BackendDenied, Attack)
{
    const auto& [way, mode] = GetParam();
    ImageSite& site = denied->of.at({way.name, mode});
    GuardResult result =
        run_site(site, mode, "touch @D/go; " + std::string(way.command) + "; echo $? > @D/status");
    expect_no_start(site, result, mode, "EXE-006", 126); // as bash says it of EPERM
}

INSTANTIATE_TEST_SUITE_P(Live, BackendDenied,
                         testing::Combine(testing::ValuesIn(kDenied),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         case_name<Case>);

// Its image is the interpreter, so the portable backend lets it pass (docs/limits.md).
TEST(Backend, DeniedScript)
{
    ImageSite& site = denied->script;
    GuardResult result = run_site(site, Mode::block, "@W/script; echo $? > @D/status");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site / "status"), refuses("exec") ? "126\n" : "0\n");
    EXPECT_EQ(site.ready("v"), !refuses("exec"));
    EXPECT_EQ(result.codes(),
              refuses("exec") ? std::vector<std::string>{"EXE-006"} : std::vector<std::string>{});
}

// What takes no running image away is let through, in kill mode and without a word.
class BackendTwin : public testing::TestWithParam<Case> {};

TEST_P(BackendTwin, IsSilent)
{
    ImageSite site;
    GuardResult result =
        run_site(site, Mode::kill,
                 "cp @VICTIM @W/image; echo new > @W/new; start v @W/image; " +
                     std::string(GetParam().command) + "; echo $? > @D/status; touch @D/go; wait");
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(slurp(site / "status"), "0\n");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.codes(), testing::IsEmpty());
    EXPECT_TRUE(site.done("v"));
}

INSTANTIATE_TEST_SUITE_P(
    Live, BackendTwin,
    testing::Values(Case{"exchanged", "@EXCHANGE @W/image @W/new && @EXCHANGE @W/image @W/new"},
                    Case{"exchanged the other way", "@EXCHANGE @W/new @W/image"},
                    Case{"moved", "mv @W/image @W/moved"},
                    Case{"a second link goes", "ln @W/image @W/second && rm @W/second"},
                    Case{"the first link goes", "ln @W/image @W/second && rm @W/image"},
                    Case{"another file goes", "rm @W/new"},
                    Case{"renamed over another", "cp @W/new @W/old && mv @W/new @W/old"}),
    [](const testing::TestParamInfo<Case>& test) {
        std::string name;
        for (const char* at = test.param.name; *at; at++)
            name += *at == ' ' ? '_' : *at;
        return name;
    });

} // namespace
} // namespace davylamp::test
