// SPDX-License-Identifier: Apache-2.0
// List files that change while watched: what counts as new, what is said, what is left alone.
#include "policy/pool_watch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "support/temp_folder.h"

namespace davylamp {
namespace {

using testing::HasSubstr;

struct Watched {
    // Written long ago, as most lists are: then a look that finds nothing new reads nothing.
    std::string put(const std::string& text, std::int64_t seconds = 1'000'000'000)
    {
        std::string path = folder.write("pools", text);
        age(path, seconds);
        return path;
    }
    static void age(const std::string& path, std::int64_t seconds)
    {
        timespec times[2] = {{seconds, 0}, {seconds, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    }
    PoolWatch open()
    {
        Policy policy;
        policy.pool_lists = {{folder / "pools", ""}};
        auto watch = PoolWatch::open(policy);
        EXPECT_TRUE(watch) << watch.error().text();
        return std::move(*watch);
    }
    test::TempFolder folder;
};

TEST(PoolWatch, NoChangeIsNoNews)
{
    Watched files;
    files.put("one.example\n");
    PoolWatch watch = files.open();
    EXPECT_EQ(watch.book()->names().size(), 1u);
    for (int i = 0; i < 3; i++) {
        auto news = watch.look();
        ASSERT_TRUE(news);
        EXPECT_EQ(*news, nullptr);
    }
}

TEST(PoolWatch, WritingInPlaceAndRenamingAreNews)
{
    Watched files;
    files.put("one.example\n");
    PoolWatch watch = files.open();
    files.put("one.example\ntwo.example\n");
    auto news = watch.look();
    ASSERT_TRUE(news && *news);
    EXPECT_EQ((*news)->names().size(), 2u);
    EXPECT_EQ(watch.book(), *news);

    std::string other = files.folder.write("new", "one.example\nsix.example\n"); // of the same size
    Watched::age(other, 1'000'000'000);
    ASSERT_EQ(std::rename(other.c_str(), (files.folder / "pools").c_str()), 0);
    news = watch.look();
    ASSERT_TRUE(news && *news);
    EXPECT_TRUE((*news)->name(1, "six.example"));
}

TEST(PoolWatch, WhatSaysTheSameIsNoNews)
{
    Watched files;
    files.put("one.example\n");
    PoolWatch watch = files.open();
    files.put("one.example\n", 1'000'000'001);
    auto news = watch.look();
    ASSERT_TRUE(news);
    EXPECT_EQ(*news, nullptr);
}

// Two writes within the grain of file times: same size, same time, other content.
TEST(PoolWatch, AFileWrittenThisSecondIsReadAgain)
{
    Watched files;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const std::string path = files.put("one.example\n", now.tv_sec);
    PoolWatch watch = files.open();
    std::FILE* file = std::fopen(path.c_str(), "r+");
    ASSERT_NE(file, nullptr);
    std::fputs("six", file);
    std::fclose(file);
    Watched::age(path, now.tv_sec);
    auto news = watch.look();
    ASSERT_TRUE(news && *news);
    EXPECT_TRUE((*news)->name(0, "six.example"));
}

TEST(PoolWatch, AFaultIsSaidOnceAndTheOldListStays)
{
    Watched files;
    files.put("one.example\n");
    PoolWatch watch = files.open();
    auto before = watch.book();
    files.put("one.example\ncom\n");
    auto news = watch.look();
    ASSERT_FALSE(news);
    EXPECT_EQ(news.error().where, files.folder / "pools:2");
    EXPECT_EQ(watch.book(), before);
    for (int i = 0; i < 3; i++) {
        news = watch.look();
        ASSERT_TRUE(news) << "said once";
        EXPECT_EQ(*news, nullptr);
    }
    files.put("one.example\n");
    news = watch.look();
    ASSERT_TRUE(news);
    EXPECT_NE(*news, nullptr) << "good again, which somebody waits to hear";
}

TEST(PoolWatch, AFileThatIsGoneIsSaidOnceAndMayComeBack)
{
    Watched files;
    std::string path = files.put("one.example\n");
    PoolWatch watch = files.open();
    ASSERT_EQ(::unlink(path.c_str()), 0);
    auto news = watch.look();
    ASSERT_FALSE(news);
    EXPECT_THAT(news.error().text(), HasSubstr("No such file"));
    ASSERT_TRUE(watch.look());
    EXPECT_EQ(watch.book()->names().size(), 1u);
    files.put("one.example\ntwo.example\n");
    news = watch.look();
    ASSERT_TRUE(news && *news);
    EXPECT_EQ((*news)->names().size(), 2u);
}

TEST(PoolWatch, AtStartAFaultIsAnError)
{
    Watched files;
    files.put("not a list\n");
    Policy policy;
    policy.pool_lists = {{files.folder / "pools", ""}};
    auto watch = PoolWatch::open(policy);
    ASSERT_FALSE(watch);
    EXPECT_EQ(watch.error().where, files.folder / "pools:1");
}

} // namespace
} // namespace davylamp
