// SPDX-License-Identifier: Apache-2.0
// A child process with its output in files. It is ended by its own pid, never by name.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "support/eventually.h"
#include "support/temp_folder.h"

namespace davylamp::test {

class Subprocess {
public:
    // Starts argv[0], found in PATH, with stdin from /dev/null. Adds `variables` ("NAME=value") to
    // the environment, and removes proxy settings from it.
    explicit Subprocess(const std::vector<std::string>& argv,
                        const std::vector<std::string>& variables = {});
    ~Subprocess(); // SIGKILL if it still runs
    Subprocess(const Subprocess&) = delete;
    Subprocess& operator=(const Subprocess&) = delete;

    // Exit status, 128 + signal, or -1 if it still ran at the deadline and was killed.
    int wait(std::chrono::milliseconds deadline = kDeadline);
    void signal(int number) const;
    pid_t pid() const { return pid_; }
    std::string out() const { return slurp(output_ / "out"); }
    std::string err() const { return slurp(output_ / "err"); }

private:
    TempFolder output_;
    pid_t pid_ = -1;
    UniqueFd pidfd_;
    bool reaped_ = false;
    int status_ = -1;
};

} // namespace davylamp::test
