// SPDX-License-Identifier: Apache-2.0
// A scope for `davylamp run` of a test's own.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "guard.h"

namespace davylamp::test {

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

} // namespace davylamp::test
