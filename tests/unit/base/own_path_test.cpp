// SPDX-License-Identifier: Apache-2.0
// Which paths a sensor trusts: real folders, links and owners. Root alone can give files away, so
// what needs a foreign owner is tried by root.
#include "base/own_path.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "support/temp_folder.h"

namespace davylamp::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr uid_t kThem = 65534;

std::string folder_refusal(const std::string& path, Links links = Links::followed)
{
    auto opened = open_own_folder(path, links);
    return opened ? "ours" : opened.error().text();
}

std::string file_refusal(const std::string& path)
{
    auto opened = open_own_file(path, O_RDONLY);
    return opened ? "ours" : opened.error().text();
}

std::string place_refusal(const std::string& path)
{
    auto opened = open_own_place(path);
    return opened ? "ours" : opened.error().text();
}

class OwnPath : public testing::Test {
protected:
    std::string make(const std::string& name, mode_t mode = 0755, bool theirs = false) const
    {
        const std::string path = home / name;
        EXPECT_EQ(::mkdir(path.c_str(), 0700), 0) << errno_text(errno);
        EXPECT_EQ(::chmod(path.c_str(), mode), 0);
        if (theirs) {
            EXPECT_EQ(::chown(path.c_str(), kThem, kThem), 0) << errno_text(errno);
        }
        return path;
    }
    static void give_away(const std::string& path)
    {
        ASSERT_EQ(::lchown(path.c_str(), kThem, kThem), 0) << errno_text(errno);
    }

    TempFolder home; // in /var/tmp, which is sticky and open to all
};

class OwnPathOfRoot : public OwnPath {
protected:
    void SetUp() override
    {
        if (::geteuid() != 0)
            GTEST_SKIP() << "only root can give files away";
    }
};

TEST_F(OwnPath, OurOwnIsTaken)
{
    make("a");
    make("a/b", 0700);
    const std::string file = home.write("a/b/file", "text");
    EXPECT_EQ(folder_refusal(home / "a/b"), "ours");
    EXPECT_EQ(folder_refusal(home / "a/./b//../b/"), "ours");
    EXPECT_EQ(file_refusal(file), "ours");
    auto place = open_own_place(home / "a/new");
    ASSERT_TRUE(place) << place.error().text();
    EXPECT_EQ(place->name, "new");
    EXPECT_EQ(::mkdirat(place->folder.get(), "new", 0700), 0);
    EXPECT_TRUE(exists(home / "a/new"));
}

TEST_F(OwnPath, AFileIsTheOneThatWasLookedAt)
{
    const std::string file = home.write("file", "first");
    auto opened = open_own_file(file, O_RDONLY);
    ASSERT_TRUE(opened) << opened.error().text();
    fs::rename(home.write("other", "second"), file);
    char text[16] = {};
    EXPECT_EQ(::read(opened->get(), text, sizeof text), 5);
    EXPECT_STREQ(text, "first");
}

TEST_F(OwnPath, ARelativePathBeginsHere)
{
    make("a");
    home.write("a/file", "");
    const std::string before = fs::current_path();
    fs::current_path(home.path());
    EXPECT_EQ(file_refusal("a/file"), "ours");
    EXPECT_EQ(place_refusal("new"), "ours");
    fs::current_path(before);
}

TEST_F(OwnPath, WhatIsMissingIsSaid)
{
    EXPECT_EQ(folder_refusal(home / "no"), home / "no: cannot open: No such file or directory");
    EXPECT_EQ(place_refusal(home / "no/file"),
              home / "no/file: cannot open: No such file or directory");
    EXPECT_EQ(file_refusal(""), "cannot open: No such file or directory");
    home.write("file", "");
    EXPECT_THAT(file_refusal(home / "file/below"), HasSubstr("cannot open: Not a directory"));
    fs::create_symlink("loop", home / "loop");
    EXPECT_THAT(file_refusal(home / "loop"), HasSubstr("Too many levels of symbolic links"));
    EXPECT_THAT(place_refusal("/"), HasSubstr("is no name of a file"));
}

TEST_F(OwnPath, AFolderOpenToOthersIsNone)
{
    const std::string open = make("open", 0777), group = make("group", 0775);
    home.write("open/file", "");
    const std::string what = open + " has mode 0777, so that others can exchange what lies in it";
    EXPECT_EQ(folder_refusal(open),
              open + ": has mode 0777, so that others can change it; chmod go-w " + open +
                  ", or give a path that nobody else can change");
    EXPECT_THAT(folder_refusal(group), HasSubstr("has mode 0775"));
    EXPECT_THAT(file_refusal(open + "/file"), HasSubstr(what));
    EXPECT_THAT(place_refusal(open + "/new"),
                HasSubstr("has mode 0777, so that others can exchange what lies in it"));
    // A sticky one protects our entries; as the last folder it is still everybody's.
    ASSERT_EQ(::chmod(open.c_str(), 01777), 0);
    EXPECT_EQ(file_refusal(open + "/file"), "ours");
    EXPECT_EQ(place_refusal(open + "/new"), "ours");
    EXPECT_THAT(folder_refusal(open), HasSubstr("has mode 1777"));
}

TEST_F(OwnPath, AFileThatOthersMayWriteIsNone)
{
    const std::string file = home.write("file", "", 0666);
    EXPECT_THAT(file_refusal(file), HasSubstr("has mode 0666, so that others can change it"));
}

TEST_F(OwnPath, ALinkOfOursIsFollowedOrRefused)
{
    make("real");
    home.write("real/file", "");
    fs::create_directory_symlink("real", home / "relative");
    fs::create_directory_symlink(home / "real", home / "absolute");
    for (const char* link : {"relative", "absolute"}) {
        EXPECT_EQ(folder_refusal(home / link), "ours") << link;
        EXPECT_EQ(file_refusal((home / link) + "/file"), "ours") << link;
        EXPECT_EQ(folder_refusal(home / link, Links::refused),
                  home / link + ": " + (home / link) +
                      " is a symbolic link; look at it and remove it");
    }
    // What it leads to is looked at as well.
    make("open", 0777);
    fs::create_directory_symlink("open", home / "there");
    EXPECT_THAT(folder_refusal(home / "there"), HasSubstr("has mode 0777"));
}

TEST_F(OwnPath, ADescriptorIsItsGiversToAnswerFor)
{
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    UniqueFd read(ends[0]), write(ends[1]);
    ASSERT_EQ(::write(write.get(), "text", 4), 4);
    auto opened = open_own_file("/dev/fd/" + std::to_string(read.get()), O_RDONLY);
    ASSERT_TRUE(opened) << opened.error().text();
    char text[8] = {};
    EXPECT_EQ(::read(opened->get(), text, sizeof text), 4);
    EXPECT_STREQ(text, "text");
}

TEST_F(OwnPathOfRoot, AFolderOfAnotherUserOnTheWayIsRefused)
{
    const std::string theirs = make("theirs", 0755, true);
    make("theirs/below", 0700); // root's own, which they can rename
    home.write("theirs/below/file", "");
    const std::string why = theirs + " belongs to uid 65534, who can exchange what lies in it; "
                                     "chown it to uid 0, or give a path that nobody else can "
                                     "change";
    EXPECT_EQ(folder_refusal(theirs + "/below"), theirs + "/below: " + why);
    EXPECT_EQ(file_refusal(theirs + "/below/file"), theirs + "/below/file: " + why);
    EXPECT_EQ(place_refusal(theirs + "/below/new"), theirs + "/below/new: " + why);
    EXPECT_EQ(folder_refusal(theirs),
              theirs + ": belongs to uid 65534, who can change it; chown it to uid 0, or give a "
                       "path that nobody else can change");
}

TEST_F(OwnPathOfRoot, AFileOfAnotherUserIsRefused)
{
    const std::string file = home.write("file", "");
    give_away(file);
    EXPECT_EQ(file_refusal(file), file + ": belongs to uid 65534, who can change it; chown it to "
                                         "uid 0, or give a path that nobody else can change");
}

TEST_F(OwnPathOfRoot, AStickyFolderHoldsNobodyElsesEntries)
{
    const std::string open = make("open", 01777), theirs = make("open/theirs", 0700, true);
    make("real");
    home.write("real/file", "");
    fs::create_directory_symlink(home / "real", open + "/link");
    give_away(open + "/link");
    fs::create_directory_symlink(home / "real", open + "/ours");
    const std::string why = " belongs to uid 65534, in a folder that is open to all; look at it "
                            "and remove it, or give a path that nobody else can change";
    EXPECT_EQ(folder_refusal(theirs), theirs + ":" + why);
    EXPECT_EQ(folder_refusal(open + "/link"), open + "/link:" + why);
    EXPECT_EQ(file_refusal(open + "/link/file"), open + "/link/file: " + open + "/link" + why);
    EXPECT_EQ(file_refusal(open + "/ours/file"), "ours");
    EXPECT_EQ(place_refusal(open + "/link/new"), open + "/link/new: " + open + "/link" + why);
    EXPECT_FALSE(exists(home / "real/new"));
}

TEST_F(OwnPathOfRoot, AFifoOfAnotherUserIsRefused)
{
    const std::string fifo = home / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    give_away(fifo);
    auto opened = open_own_file(fifo, O_RDONLY | O_NONBLOCK);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().text(), HasSubstr("belongs to uid 65534"));
}

// A user's replay of his own recording asks nobody (Trust::anybody), and what he writes may lie in
// folders of his own.
TEST_F(OwnPathOfRoot, AUserTrustsRootAndHimself)
{
    const std::string theirs = make("theirs", 0700, true), others = make("others", 0755, true);
    ASSERT_EQ(::chown(others.c_str(), 1234, 1234), 0);
    ASSERT_EQ(::seteuid(kThem), 0);
    const std::string own = folder_refusal(theirs), foreign = folder_refusal(others),
                      roots = folder_refusal("/etc");
    ASSERT_EQ(::seteuid(0), 0);
    EXPECT_EQ(own, "ours");
    EXPECT_EQ(roots, "ours");
    EXPECT_THAT(foreign,
                HasSubstr("belongs to uid 1234, who can change it; chown it to uid 65534"));
}

} // namespace
} // namespace davylamp::test
