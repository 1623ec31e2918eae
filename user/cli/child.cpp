// SPDX-License-Identifier: Apache-2.0
#include "cli/child.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"

namespace davylamp {

namespace {

struct Pipe {
    UniqueFd read, write;
};

Result<Pipe> make_pipe()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return fail("guard", "pipe: " + errno_text(errno));
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

} // namespace

void give_up(Child& child)
{
    child.go.reset();
    ::waitpid(child.pid, nullptr, 0);
}

Result<Child> spawn(const std::vector<std::string>& command, const sigset_t& mask)
{
    auto go = make_pipe(), failed = make_pipe();
    if (!go || !failed)
        return fail((go ? failed : go).error());
    std::vector<char*> argv;
    for (const std::string& word : command)
        argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);

    Child child;
    child.pid = ::fork();
    if (child.pid < 0)
        return fail("guard", "fork: " + errno_text(errno));
    if (child.pid == 0) {
        char byte;
        go->write.reset();
        ::sigprocmask(SIG_SETMASK, &mask, nullptr);
        if (::read(go->read.get(), &byte, 1) != 1)
            ::_exit(127); // the guard gave up, or died
        ::execvp(argv[0], argv.data());
        int error = errno;
        (void)!::write(failed->write.get(), &error, sizeof error);
        ::_exit(127);
    }
    child.go = std::move(go->write);
    child.failed = std::move(failed->read);
    child.pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
    if (int error = errno; !child.pidfd) {
        give_up(child);
        return fail("guard", "pidfd_open: " + errno_text(error));
    }
    return child;
}

Result<int> let_go(Child& child)
{
    if (::write(child.go.get(), "g", 1) != 1) {
        int error = errno;
        give_up(child);
        return fail("guard", "the command cannot be told to start: " + errno_text(error));
    }
    int exec_error = 0;
    if (::read(child.failed.get(), &exec_error, sizeof exec_error) == sizeof exec_error)
        ::waitpid(child.pid, nullptr, 0);
    return exec_error;
}

} // namespace davylamp
