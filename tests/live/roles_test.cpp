// SPDX-License-Identifier: Apache-2.0
// Roles that files of the policy give: they follow an upgrade, they end where the world of their
// holder ends, and nobody takes one that is not his.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain_site.h"
#include "image_site.h"

namespace davylamp::test {
namespace {

// The files that the policy lists. Each case has names of its own, since cases share a guard.
const TempFolder& listed()
{
    static const TempFolder folder;
    static const bool made = [] {
        for (const char* name : {"manager", "itself", "again", "replaced"})
            copy(program("live_packager"), folder / name);
        for (const char* name : {"denied", "moved", "strange", "users"})
            copy("/bin/true", folder / name);
        copy("/usr/bin/timeout", folder / "installer"); // it stays the parent
        return true;
    }();
    (void)made;
    return folder;
}

std::string policy()
{
    std::string text = R"({"detections": {
        "chain": {"installers": ["@R/installer"]},
        "image": {"sweep_s": 0,
                  "package_managers": ["@R/manager", "@R/itself", "@R/again", "@R/replaced"],
                  "deny": ["@R/denied", "@R/later", "@R/moved", "@R/strange", "@R/users"]}}})";
    return replaced(text, "@R", listed().path());
}

// A command of a case: what it ends in, where nothing goes wrong.
struct RoleCase {
    const char* name;
    const char* command;
    const char* code;   // nullptr: silence
    bool lives = false; // though it lost its file: root's process, and a user's act
};

void PrintTo(const RoleCase& one, std::ostream* stream) { *stream << one.name; }

const char* const kUser = "setpriv --reuid 65534 --regid 65534 --clear-groups ";

const RoleCase kUpgrades[] = {
    {"a manager that has replaced itself",
     "cp @PACKAGER @R/itself.new; @R/itself rename @R/itself.new @R/itself || exit 9; "
     "cp @VICTIM @W/image; cp @VICTIM @W/new; start v @W/image; "
     "@R/itself rename @W/new @W/image; release",
     nullptr},
    {"a manager in the middle of its work",
     "cp @PACKAGER @R/again.new; cp @VICTIM @W/image; cp @VICTIM @W/new; start v @W/image; "
     "@R/again link @R/again @R/again.old rename @R/again.new @R/again rename @W/new @W/image "
     "unlink @R/again.old; release",
     nullptr},
    {"a manager that a stranger replaced",
     "cp @PACKAGER @R/replaced.new; mv @R/replaced.new @R/replaced; "
     "cp @VICTIM @W/image; cp @VICTIM @W/new; start v @W/image; "
     "@R/replaced rename @W/new @W/image; touch @D/go; wait",
     "EXE-002"},
    {"a denied file that was upgraded",
     "cp /bin/echo @R/denied.new; @R/manager rename @R/denied.new @R/denied; @R/denied", "EXE-006"},
    {"a denied file that came later",
     "cp /bin/echo @R/later.new; @R/manager rename @R/later.new @R/later; @R/later", "EXE-006"},
    {"a denied file from another folder",
     "cp /bin/echo @W/moved.new; @R/manager rename @W/moved.new @R/moved; @R/moved", "EXE-006"},
    {"a file that a stranger put there",
     "cp /bin/echo @R/strange.new; mv @R/strange.new @R/strange; @R/strange", nullptr},
    {"a file that others may write",
     "cp /bin/echo @R/users.new; chmod 777 @R/users.new; "
     "@R/manager rename @R/users.new @R/users; @R/users",
     nullptr},
    {"a user's use of the manager",
     "chmod 777 @W @D; cp @VICTIM @W/image; cp @VICTIM @W/new; start v @USER @W/image; "
     "@USER @R/manager rename @W/new @W/image; touch @D/go; wait",
     "EXE-002"},
    {"the use of the manager by root of a users namespace",
     "chmod 777 @W @D; cp @VICTIM @W/image; cp @VICTIM @W/new; start v @USER @W/image; "
     "@USER unshare -Urm @R/manager rename @W/new @W/image; touch @D/go; wait",
     "EXE-002"},
};

class Roles : public testing::TestWithParam<RoleCase> {};

TEST_P(Roles, FollowUpgradesAndNothingElse)
{
    ImageSite site;
    std::string command = replaced(GetParam().command, "@R", listed().path());
    GuardResult result =
        run_site(site, Mode::block, replaced(command, "@USER ", kUser), false, policy());
    SCOPED_TRACE(result.out + result.err);
    if (!GetParam().code) {
        EXPECT_EQ(result.exit_code, 0);
        EXPECT_THAT(result.codes(), testing::IsEmpty());
        return;
    }
    EXPECT_EQ(result.exit_code, 86);
    EXPECT_THAT(result.codes(), testing::Contains(GetParam().code));
    EXPECT_FALSE(site.done("v"));
}

INSTANTIATE_TEST_SUITE_P(Live, Roles, testing::ValuesIn(kUpgrades),
                         [](const auto& test) { return test_name(test.param.name, Mode::block); });

// A root of its own, in which the file that @PLACE names removes a program that runs. A user's
// root lies in @N, which is his.
const char* const kOwnRoot = "mkdir -p @D/usr/bin @D/opt @D/pub; chmod 777 @D/pub; "
                             "cp @PACKAGER @D/usr/bin/dpkg; cp @STATIC @D/pub/image; "
                             "chroot @D /pub/image / v & ready v; ";
const char* const kUsersRoot =
    "mkdir -p @W/n/usr/bin; cp @PACKAGER @W/n/usr/bin/dpkg; cp @STATIC @W/n/image; "
    "chmod 755 @W; chown -R 65534:65534 @W/n; ";
const char* const kReady = "until [ -s @W/n/v.ready ]; do sleep 0.01; done; ";

const RoleCase kRoots[] = {
    {"of a chroot", "@OWN chroot @D /usr/bin/dpkg unlink /pub/image; release", nullptr},
    {"of a pivoted root",
     "@OWN unshare -m bash -c 'mount --make-rprivate / && mount --bind @D @D && cd @D && "
     "pivot_root . . && umount -l . && exec /usr/bin/dpkg unlink /pub/image'; release",
     nullptr},
    {"that replaces itself",
     "@OWN cp @PACKAGER @D/usr/bin/dpkg.new; "
     "chroot @D /usr/bin/dpkg link /usr/bin/dpkg /usr/bin/dpkg.old rename /usr/bin/dpkg.new "
     "/usr/bin/dpkg unlink /usr/bin/dpkg.old unlink /pub/image; release",
     nullptr},
    {"at another place",
     "@OWN cp @PACKAGER @D/opt/dpkg; chroot @D /opt/dpkg unlink /pub/image; touch @D/go; wait",
     "EXE-002"},
    {"of another name",
     "@OWN cp @PACKAGER @D/usr/bin/dpkg2; chroot @D /usr/bin/dpkg2 unlink /pub/image; touch @D/go; "
     "wait",
     "EXE-002"},
    {"that others may write",
     "@OWN chmod 777 @D/usr/bin/dpkg; chroot @D /usr/bin/dpkg unlink /pub/image; touch @D/go; wait",
     "EXE-002"},
    {"in a folder that others may write",
     "@OWN chmod 777 @D/usr/bin; chroot @D /usr/bin/dpkg unlink /pub/image; touch @D/go; wait",
     "EXE-002"},
    {"that is a users",
     "@OWN chown 65534 @D/usr/bin/dpkg; chroot @D /usr/bin/dpkg unlink /pub/image; touch @D/go; "
     "wait",
     "EXE-002"},
    {"run by a user",
     "@OWN chroot --userspec=65534:65534 @D /usr/bin/dpkg unlink /pub/image; touch @D/go; wait",
     "EXE-002", true},
    {"of the host in a folder of a user",
     "chmod 777 @W @D; cp @VICTIM @W/image; start v @USER @W/image; "
     "@USER dpkg-divert --version > /dev/null; cp @PACKAGER @W/dpkg; "
     "@USER unshare -Urm @W/dpkg unlink @W/image; touch @D/go; wait",
     "EXE-002"},
    {"of a users root in his mounts",
     "@USERS @USER unshare -Urm bash -c 'chroot @W/n /image / v & @READY "
     "chroot @W/n /usr/bin/dpkg unlink /image; touch @W/n/go; wait'",
     nullptr},
    {"of a users root in the hosts mounts",
     "@USERS @USER unshare -Ur bash -c 'chroot @W/n /image / v & @READY "
     "chroot @W/n /usr/bin/dpkg unlink /image; touch @W/n/go; wait'",
     "EXE-002"},
    {"of a users root against who runs outside",
     "@USERS @USER @W/n/image @W/n v & @READY @USER unshare -Urm chroot @W/n /usr/bin/dpkg unlink "
     "/image; touch @W/n/go; wait",
     "EXE-002"},
};

class RolesInRoots : public testing::TestWithParam<RoleCase> {};

TEST_P(RolesInRoots, AreThoseOfTheRootsOwnManager)
{
    ImageSite site;
    std::string command = GetParam().command;
    for (const auto& [word, text] : std::initializer_list<std::pair<const char*, const char*>>{
             {"@OWN ", kOwnRoot}, {"@USERS ", kUsersRoot}, {"@READY ", kReady}, {"@USER ", kUser}})
        command = replaced(command, word, text);
    GuardResult result = run_site(site, Mode::block, command, false, kNoSweep);
    SCOPED_TRACE(result.out + result.err);
    ASSERT_TRUE(site.ready("v") || exists(site.image("n/v.ready")));
    bool done = site.done("v") || exists(site.image("n/v.marker"));
    EXPECT_EQ(done, !GetParam().code || GetParam().lives);
    if (GetParam().code)
        EXPECT_THAT(result.codes(), testing::Contains(GetParam().code));
    else
        EXPECT_THAT(result.codes(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Live, RolesInRoots, testing::ValuesIn(kRoots),
                         [](const auto& test) { return test_name(test.param.name, Mode::block); });

// What an installer's children bring is installed. What a container does that it started is not.
const RoleCase kInstallers[] = {
    {"a child", "@R/installer 60 bash -c 'curl -s -o @D/f @URL; bash @D/f'", nullptr},
    {"other mounts", "@R/installer 60 unshare -m bash -c 'curl -s -o @D/f @URL; bash @D/f'",
     "CHAIN-003"},
    {"other pids", "@R/installer 60 unshare -pf bash -c 'curl -s -o @D/f @URL; bash @D/f'",
     "CHAIN-003"},
    {"other users", "@R/installer 60 unshare -Ur bash -c 'curl -s -o @D/f @URL; bash @D/f'",
     "CHAIN-003"},
    {"other names", "@R/installer 60 unshare -u bash -c 'curl -s -o @D/f @URL; bash @D/f'",
     nullptr},
    {"in the other mounts", "unshare -m @R/installer 60 bash -c 'curl -s -o @D/f @URL; bash @D/f'",
     nullptr},
};

class RolesOfInstallers : public testing::TestWithParam<RoleCase> {};

TEST_P(RolesOfInstallers, EndWhereTheWorldChanges)
{
    ChainSite site;
    GuardOptions options;
    options.mode = Mode::block;
    options.policy = policy();
    options.command =
        bash(site.fill(replaced(GetParam().command, "@R", listed().path()) + "; true"));
    GuardResult result = run_guard(options);
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(exists(site.marker()), !GetParam().code);
    if (GetParam().code)
        EXPECT_THAT(result.codes(), testing::Contains(GetParam().code));
    else
        EXPECT_THAT(result.codes(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Live, RolesOfInstallers, testing::ValuesIn(kInstallers),
                         [](const auto& test) { return test_name(test.param.name, Mode::block); });

// What root unpacks from packages is installed in the root that is made of it (debootstrap), and
// nowhere else. @ROOT is that root, @W/n a user's, @DEB and @TAR what is served.
const char* const kFetch = "curl -s -o @D/x.deb @DEB; ";
const RoleCase kPackages[] = {
    {"in the root that is made of it",
     "dpkg-deb --fsys-tarfile @D/x.deb | tar -x -C @ROOT; chroot @ROOT /usr/bin/image / v",
     nullptr},
    {"on the host",
     "dpkg-deb --fsys-tarfile @D/x.deb | tar -x -C @ROOT; @ROOT/usr/bin/image @ROOT v",
     "CHAIN-003"},
    {"not from a package", "curl -s @TAR | tar -x -C @ROOT; chroot @ROOT /usr/bin/image / v",
     "CHAIN-003"},
    {"by a user",
     "chmod 777 @D @ROOT; @USER bash -c 'dpkg-deb --fsys-tarfile @D/x.deb | tar -x -C @ROOT; "
     "unshare -Ur chroot @ROOT /usr/bin/image / v'",
     "CHAIN-003"},
};

class RolesOfPackages : public testing::TestWithParam<RoleCase> {};

TEST_P(RolesOfPackages, EndWithTheRootThatIsMadeOfThem)
{
    ChainSite site;
    ASSERT_EQ(Subprocess(bash(replaced("cd @D && mkdir -p package/DEBIAN package/usr/bin root && "
                                       "cp " +
                                           program("live_static_victim") +
                                           " package/usr/bin/image && "
                                           "printf 'Package: x\nVersion: 1\nArchitecture: all\n"
                                           "Maintainer: x\nDescription: x\n' "
                                           "> package/DEBIAN/control && "
                                           "dpkg-deb -b package made.deb && "
                                           "tar -cf made.tar -C package usr && touch root/go",
                                       "@D", site.folder.path())))
                  .wait(),
              0);
    site.web.serve("/x.deb", slurp(site.folder / "made.deb"));
    site.web.serve("/x.tar.plain", slurp(site.folder / "made.tar"));
    std::string command = std::string(kFetch) + GetParam().command + "; true";
    command = replaced(command, "@DEB", site.web.url("/x.deb"));
    command = replaced(command, "@TAR", site.web.url("/x.tar.plain"));
    command = replaced(command, "@USER ", kUser);
    command = replaced(command, "@ROOT", site.folder / "root");
    GuardOptions options;
    options.mode = Mode::block;
    options.policy = policy();
    options.command = bash(site.fill(command));
    GuardResult result = run_guard(options);
    SCOPED_TRACE(result.out + result.err);
    EXPECT_EQ(exists(site.folder / "root/v.marker"), !GetParam().code);
    if (GetParam().code)
        EXPECT_THAT(result.codes(), testing::Contains(GetParam().code));
    else
        EXPECT_THAT(result.codes(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Live, RolesOfPackages, testing::ValuesIn(kPackages),
                         [](const auto& test) { return test_name(test.param.name, Mode::block); });

} // namespace
} // namespace davylamp::test
