// SPDX-License-Identifier: Apache-2.0
#include "support/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

extern char** environ;

namespace davylamp::test {

namespace {

bool is_proxy(const char* variable)
{
    const char* end = std::strchr(variable, '=');
    std::string name(variable, end ? end : variable);
    return name.size() > 6 && ::strcasecmp(name.c_str() + name.size() - 6, "_proxy") == 0;
}

std::vector<char*> pointers(std::vector<std::string>& words)
{
    std::vector<char*> result;
    for (std::string& word : words)
        result.push_back(word.data());
    result.push_back(nullptr);
    return result;
}

} // namespace

Subprocess::Subprocess(const std::vector<std::string>& argv,
                       const std::vector<std::string>& variables)
{
    std::vector<std::string> words = argv, environment = variables;
    for (char** at = environ; *at; at++) {
        if (!is_proxy(*at))
            environment.emplace_back(*at);
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, (output_ / "out").c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_addopen(&actions, 2, (output_ / "err").c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0666);
    int error = ::posix_spawnp(&pid_, words[0].c_str(), &actions, nullptr, pointers(words).data(),
                               pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        throw std::system_error(error, std::generic_category(), words[0]);
    pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

Subprocess::~Subprocess()
{
    if (!reaped_) {
        signal(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

int Subprocess::wait(std::chrono::milliseconds deadline)
{
    if (reaped_)
        return status_;
    pollfd entry{pidfd_.get(), POLLIN, 0};
    int ready;
    do {
        ready = ::poll(&entry, 1, static_cast<int>(deadline.count()));
    } while (ready < 0 && errno == EINTR);
    if (ready == 0)
        signal(SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    reaped_ = true;
    if (ready == 0)
        return status_ = -1;
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Subprocess::signal(int number) const
{
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

} // namespace davylamp::test
