// SPDX-License-Identifier: Apache-2.0
#include "shared_guard.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "support/temp_folder.h"

namespace davylamp::test {

namespace {

// As long as guard itself waits for what a command leaves behind (its --linger).
constexpr std::chrono::seconds kLinger{10};

// A command under the guard.
class Job {
public:
    // Starts it. Its cgroup lies below the guard's.
    Job(const std::vector<std::string>& command, const std::string& guard_cgroup, int jobs)
        : cgroup_(guard_cgroup + "/job-" + std::to_string(++number_))
    {
        if (::mkdir(cgroup_.c_str(), 0755) != 0)
            throw std::runtime_error(cgroup_ + ": cannot be made");
        std::string words;
        for (const std::string& word : command)
            words += word + '\0';
        folder_.write("argv", words);
        folder_.write("group", cgroup_ + "/cgroup.procs");
        const std::string line = folder_.path() + "\n";
        if (::write(jobs, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
            throw std::runtime_error("the usher is gone");
    }
    ~Job()
    {
        // What outlived its time is the test's own, and would be the next case's guest.
        eventually([&] {
            std::istringstream pids(slurp(cgroup_ + "/cgroup.procs"));
            for (pid_t pid; pids >> pid;)
                ::kill(pid, SIGKILL);
            return ::rmdir(cgroup_.c_str()) == 0;
        });
    }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    bool ended() const { return exists(folder_ / "status"); }
    bool empty() const
    {
        return slurp(cgroup_ + "/cgroup.events").find("populated 0") != std::string::npos;
    }
    int status() const { return std::atoi(slurp(folder_ / "status").c_str()); }
    int pid() const { return std::atoi(slurp(folder_ / "pid").c_str()); }
    std::string out() const { return slurp(folder_ / "out"); }
    std::string err() const { return slurp(folder_ / "err"); }

private:
    static inline int number_ = 0;
    TempFolder folder_;
    std::string cgroup_;
};

class SharedGuard {
public:
    explicit SharedGuard(Mode mode) : guard_(options(mode, fifo()))
    {
        // The usher opens the other end under the guard; before that there is no reader (ENXIO).
        bool open = eventually([&] {
            jobs_ = UniqueFd(::open(fifo().c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
            return static_cast<bool>(jobs_) || !is_running(guard_.process().pid());
        });
        if (!open || !jobs_)
            throw std::runtime_error("no guard: " + guard_.process().err());
    }

    // The usher leaves with the last writer, the guard with the usher; killed, it would leave its
    // pins and its cgroup to the next one.
    ~SharedGuard()
    {
        jobs_ = UniqueFd();
        guard_.process().wait();
    }
    SharedGuard(const SharedGuard&) = delete;
    SharedGuard& operator=(const SharedGuard&) = delete;

    GuardResult run(const GuardOptions& options)
    {
        GuardResult result;
        std::string alerts;
        Job job(options.command, guard_.cgroup(), jobs_.get());
        bool in_time = eventually([&] { return job.ended(); }, options.patience);
        EXPECT_TRUE(in_time) << "the command did not end:\n" << job.err();
        eventually([&] { return job.empty(); }, kLinger);
        // A last alert of our own: whatever the guard had to say of the job comes before it.
        Job beacon({program("live_fileless"), "memfd", "/bin/true"}, guard_.cgroup(), jobs_.get());
        bool seen = eventually([&] { return beacon.ended() && take_alerts(beacon.pid(), alerts); });
        EXPECT_TRUE(seen) << "the guard does not answer:\n" << guard_.process().err();
        result.out = job.out() + alerts;
        result.err = job.err();
        result.findings = findings_in(alerts);
        result.exit_code = !in_time ? -1 : result.findings.empty() ? job.status() : 86;
        return result;
    }

private:
    GuardOptions options(Mode mode, const std::string& fifo)
    {
        if (::mkfifo(fifo.c_str(), 0600) != 0)
            throw std::runtime_error(fifo + ": cannot be made");
        GuardOptions options;
        options.mode = mode;
        options.command = {program("live_usher"), fifo};
        return options;
    }
    std::string fifo() const { return folder_ / "jobs"; }

    // What the guard has printed since the last case, up to the beacon's alert; false before that
    // is there.
    bool take_alerts(int beacon, std::string& alerts)
    {
        const std::string text = guard_.process().out();
        for (std::size_t from = taken_, end; (end = text.find('\n', from)) != std::string::npos;
             from = end + 1) {
            std::string line = text.substr(from, end - from + 1);
            std::vector<Finding> findings = findings_in(line);
            if (std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
                    std::vector<int> pids = finding.pids();
                    return finding.code() == "EXE-001" &&
                           std::count(pids.begin(), pids.end(), beacon);
                })) {
                alerts = text.substr(taken_, from - taken_);
                taken_ = end + 1;
                return true;
            }
        }
        return false;
    }

    TempFolder folder_;
    Guard guard_;
    UniqueFd jobs_;
    std::size_t taken_ = 0;
};

} // namespace

GuardResult run_under_shared_guard(const GuardOptions& options)
{
    static std::array<std::unique_ptr<SharedGuard>, 3> guards;
    auto& guard = guards.at(static_cast<std::size_t>(options.mode));
    if (!guard)
        guard = std::make_unique<SharedGuard>(options.mode);
    return guard->run(options);
}

} // namespace davylamp::test
