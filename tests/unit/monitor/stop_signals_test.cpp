// SPDX-License-Identifier: Apache-2.0
// Which signals end a sensor in good order.
#include "monitor/stop_signals.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace davylamp::test {
namespace {

// A test leaves the mask as it was.
class Stop : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(::sigprocmask(SIG_BLOCK, nullptr, &mask_), 0); }
    void TearDown() override { ASSERT_EQ(::sigprocmask(SIG_SETMASK, &mask_, nullptr), 0); }

private:
    sigset_t mask_{};
};

TEST_F(Stop, ASignalThatCameIsReadable)
{
    auto signals = StopSignals::open();
    ASSERT_TRUE(signals) << signals.error().text();
    EXPECT_FALSE(sigismember(&signals->before(), SIGTERM));
    pollfd entry{signals->fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&entry, 1, 0), 0);
    ::kill(::getpid(), SIGTERM);
    EXPECT_EQ(::poll(&entry, 1, 0), 1);
    signalfd_siginfo info{};
    ASSERT_EQ(::read(signals->fd(), &info, sizeof info), static_cast<ssize_t>(sizeof info));
    EXPECT_EQ(info.ssi_signo, static_cast<unsigned>(SIGTERM));
}

// A terminal that goes away, or its keeper, ends a sensor in order. Under nohup it goes on.
TEST_F(Stop, AHangupIsReadableUnlessItIsIgnored)
{
    for (bool ignored : {true, false}) {
        auto before = ::signal(SIGHUP, ignored ? SIG_IGN : SIG_DFL);
        {
            auto signals = StopSignals::open();
            ASSERT_TRUE(signals) << signals.error().text();
            ::kill(::getpid(), SIGHUP);
            pollfd entry{signals->fd(), POLLIN, 0};
            EXPECT_EQ(::poll(&entry, 1, 0), ignored ? 0 : 1);
            signalfd_siginfo info{};
            if (!ignored) {
                ASSERT_EQ(::read(signals->fd(), &info, sizeof info),
                          static_cast<ssize_t>(sizeof info));
                EXPECT_EQ(info.ssi_signo, static_cast<unsigned>(SIGHUP));
            }
        }
        ::signal(SIGHUP, before);
    }
}

// A sensor that nobody can end in order does not start.
TEST_F(Stop, WithoutADescriptorIsAnError)
{
    UniqueFd next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(next);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(next.get()) + 1;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    auto signals = StopSignals::open();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_FALSE(signals);
    EXPECT_NE(signals.error().text().find("signalfd: Too many open files"), std::string::npos)
        << signals.error().text();
    sigset_t mask;
    ASSERT_EQ(::sigprocmask(SIG_BLOCK, nullptr, &mask), 0);
    EXPECT_FALSE(sigismember(&mask, SIGTERM)) << "nobody would read it";
}

} // namespace
} // namespace davylamp::test
