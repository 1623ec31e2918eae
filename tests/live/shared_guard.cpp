// SPDX-License-Identifier: Apache-2.0
#include "shared_guard.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <sstream>

#include "support/temp_folder.h"

namespace davylamp::test {

namespace {

// As long as guard itself waits for what a command leaves behind (its --linger).
constexpr std::chrono::seconds kLinger{10};

// Guards of a mode that run at once.
constexpr std::size_t kMostKept = 4;

std::string& common_policy()
{
    static std::string policy;
    return policy;
}

} // namespace

// A command under the guard.
class SharedGuard::Job {
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

GuardOptions SharedGuard::with_usher(GuardOptions options) const
{
    if (::mkfifo(fifo().c_str(), 0600) != 0)
        throw std::runtime_error(fifo() + ": cannot be made");
    options.command = {program("live_usher"), fifo()};
    return options;
}

SharedGuard::SharedGuard(const GuardOptions& options) : guard_(with_usher(options))
{
    // The usher opens the other end under the guard; before that there is no reader (ENXIO).
    bool open = eventually([&] {
        jobs_ = UniqueFd(::open(fifo().c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
        return static_cast<bool>(jobs_) || !is_running(guard_.process().pid());
    });
    if (!open || !jobs_)
        throw std::runtime_error("no guard: " + guard_.process().err());
}

// The usher leaves with the last writer, the guard with the usher; killed, it would leave its pins
// and its cgroup to the next one.
SharedGuard::~SharedGuard()
{
    job_.reset();
    jobs_ = UniqueFd();
    guard_.process().wait();
}

void SharedGuard::start(const std::vector<std::string>& command)
{
    if (job_) { // of a case that failed halfway
        job_.reset();
        alerts_up_to_now();
    }
    job_ = std::make_unique<Job>(command, guard_.cgroup(), jobs_.get());
}

std::string SharedGuard::alerts()
{
    const std::string text = guard_.process().out().substr(taken_);
    return text.substr(0, text.rfind('\n') + 1);
}

GuardResult SharedGuard::finish(std::chrono::milliseconds patience)
{
    GuardResult result;
    bool in_time = eventually([&] { return job_->ended(); }, patience);
    EXPECT_TRUE(in_time) << "the command did not end:\n" << job_->err();
    eventually([&] { return job_->empty(); }, kLinger);
    const std::string alerts = alerts_up_to_now();
    result.out = job_->out() + alerts;
    result.err = job_->err();
    result.findings = findings_in(alerts);
    // As guard itself ends: a possible finding alone leaves the command's status.
    const bool certain =
        std::any_of(result.findings.begin(), result.findings.end(),
                    [](const Finding& finding) { return finding.json["confidence_id"] == 3; });
    result.exit_code = !in_time ? -1 : certain ? 86 : job_->status();
    job_.reset();
    return result;
}

GuardResult SharedGuard::end()
{
    jobs_ = UniqueFd();
    return guard_.finish();
}

// What the guard has printed since the last case, up to the beacon's alert; false before that is
// there. A sweep that meets the beacon may tell of it first, which is nothing of the case's.
bool SharedGuard::take_alerts(int beacon, std::string& alerts)
{
    const std::string text = guard_.process().out(), pid = std::to_string(beacon);
    alerts.clear();
    for (std::size_t from = taken_, end; (end = text.find('\n', from)) != std::string::npos;
         from = end + 1) {
        std::string line = text.substr(from, end - from + 1);
        bool of_the_beacon = false;
        std::vector<Finding> findings;
        if (line.find(pid) != line.npos) // parsing is much of what a test does
            findings = findings_in(line);
        for (const Finding& finding : findings) {
            std::vector<int> pids = finding.pids();
            if (!std::count(pids.begin(), pids.end(), beacon))
                continue;
            of_the_beacon = true;
            if (finding.code() == "EXE-001") {
                taken_ = end + 1;
                return true;
            }
        }
        if (!of_the_beacon)
            alerts += line;
    }
    return false;
}

// By a last alert of our own: whatever the guard had to say of the command comes before it.
std::string SharedGuard::alerts_up_to_now()
{
    std::string alerts;
    Job beacon({program("live_fileless"), "memfd", "/bin/true"}, guard_.cgroup(), jobs_.get());
    bool seen = eventually([&] { return beacon.ended() && take_alerts(beacon.pid(), alerts); });
    EXPECT_TRUE(seen) << "the guard does not answer:\n" << guard_.process().err();
    return alerts;
}

void share_guards_with(const std::string& policy) { common_policy() = policy; }

SharedGuard& shared_guard(Mode mode, const std::string& given)
{
    const std::string& policy = given.empty() ? common_policy() : given;
    struct Kept {
        std::string policy;
        std::unique_ptr<SharedGuard> guard;
    };
    static std::array<std::list<Kept>, 3> of_modes; // the latest asked for comes first
    std::list<Kept>& kept = of_modes.at(static_cast<std::size_t>(mode));
    auto found = std::find_if(kept.begin(), kept.end(),
                              [&](const Kept& each) { return each.policy == policy; });
    if (found != kept.end()) {
        kept.splice(kept.begin(), kept, found);
        return *kept.front().guard;
    }
    while (kept.size() >= kMostKept)
        kept.pop_back();
    GuardOptions options;
    options.mode = mode;
    options.policy = policy;
    kept.push_front({policy, std::make_unique<SharedGuard>(options)});
    return *kept.front().guard;
}

} // namespace davylamp::test
