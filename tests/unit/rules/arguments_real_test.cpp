// SPDX-License-Identifier: Apache-2.0
// Compares the table of command lines with this machine's interpreters: code waits on standard
// input and on descriptor 63, and what is printed shows which of the two was run.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <regex>
#include <sstream>

#include "arguments_table.h"
#include "base/unique_fd.h"

namespace davylamp::test {

namespace {

constexpr int kCodeFd = 63;
constexpr auto kDeadline = std::chrono::seconds(20);

// A folder with an empty file "script", gone at the end.
class Folder {
public:
    Folder()
    {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "davy-args-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
        std::ofstream(path_ / "script");
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::string in_path(const std::string& exe)
{
    std::istringstream folders(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (std::string file = folder + "/" + exe; access(file.c_str(), X_OK) == 0)
            return file;
    return "";
}

// A pipe that holds `text` and has no writer: its reader meets the text, then the end. Small enough
// to fit, so nobody waits.
UniqueFd pipe_of(const std::string& text)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return UniqueFd();
    UniqueFd read_end(ends[0]), write_end(ends[1]);
    if (write(write_end.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return UniqueFd();
    return read_end;
}

std::string code_for(const Program& program, int fd)
{
    std::string code = program.code;
    return code.replace(code.find("%d"), 2, std::to_string(fd));
}

// Within a user namespace of its own, whose one user has no name and no home.
bool become_unknown()
{
    constexpr const char* kUnknown = "54321 ";
    std::string uid = std::to_string(geteuid());
    if (unshare(CLONE_NEWUSER) != 0)
        return false;
    return (std::ofstream("/proc/self/uid_map") << kUnknown << uid << " 1" << std::flush).good();
}

[[noreturn]] void become(const Program& program, const std::string& file, const CommandLine& line,
                         const Folder& folder, int code0, int code63, int output)
{
    std::vector<char*> argv;
    for (const std::string& arg : line.args)
        argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    std::string home = "HOME=" + folder.path().string();
    std::string path = std::string("PATH=") + getenv("PATH");
    char locale[] = "LC_ALL=C";
    char* environment[] = {home.data(), path.data(), locale, nullptr};

    if (program.homeless && !become_unknown())
        _exit(127);
    setsid(); // no terminal to fall back on
    if (dup2(code0, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2 &&
        dup2(code63, kCodeFd) == kCodeFd && chdir(folder.path().c_str()) == 0)
        execve(file.c_str(), argv.data(), environment);
    _exit(127);
}

// What the interpreter prints; nothing where it could not be started or did not end in time.
std::optional<std::string> run(const Program& program, const std::string& file,
                               const CommandLine& line, const Folder& folder)
{
    UniqueFd code0 = pipe_of(code_for(program, 0));
    UniqueFd code63 = pipe_of(code_for(program, kCodeFd));
    int ends[2];
    if (!code0 || !code63 || pipe2(ends, O_CLOEXEC) != 0)
        return std::nullopt;
    UniqueFd from(ends[0]), to(ends[1]);

    pid_t child = fork();
    if (child < 0)
        return std::nullopt;
    if (child == 0)
        become(program, file, line, folder, code0.get(), code63.get(), to.get());
    to.reset();

    std::string output;
    bool ended = false;
    auto end = std::chrono::steady_clock::now() + kDeadline;
    while (!ended) {
        auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        pollfd waiting{from.get(), POLLIN, 0};
        if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0)
            break;
        char buffer[4096];
        ssize_t n = read(from.get(), buffer, sizeof buffer);
        ended = n <= 0;
        if (n > 0)
            output.append(buffer, static_cast<std::size_t>(n));
    }
    if (!ended)
        kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (!ended || (WIFEXITED(status) && WEXITSTATUS(status) == 127 && output.empty()))
        return std::nullopt;
    return output;
}

std::string shown(const CommandLine& line)
{
    std::string text;
    for (const std::string& arg : line.args)
        text += text.empty() ? arg : " [" + arg + "]";
    return text;
}

// Of the program that is installed, by its own --version; nothing where that names none.
std::optional<Version> installed(const Program& program, const std::string& file)
{
    Folder folder;
    std::optional<std::string> said =
        run(program, file, {{program.exe, "--version"}, kElsewhere}, folder);
    std::smatch numbers;
    if (!said || !std::regex_search(*said, numbers, std::regex("([0-9]+)\\.([0-9]+)")))
        return std::nullopt;
    return Version{static_cast<unsigned>(std::stoul(numbers[1])),
                   static_cast<unsigned>(std::stoul(numbers[2]))};
}

std::string shown(const Version& version)
{
    return std::to_string(version.major) + "." + std::to_string(version.minor);
}

bool knows(const Version& version, const CommandLine& line) { return version >= line.since; }

class RealInterpreter : public testing::TestWithParam<Program> {};

TEST_P(RealInterpreter, RunsWhatTheTableSays)
{
    const Program& program = GetParam();
    std::string file = in_path(program.exe);
    ASSERT_FALSE(file.empty()) << program.exe << " is missing; scripts/bootstrap.sh installs it";

    // Asked only where a line wants to know: dash, busybox and mksh do not tell theirs.
    Version version;
    auto has_since = [](const CommandLine& line) { return line.since > Version{}; };
    if (std::any_of(program.lines.begin(), program.lines.end(), has_since)) {
        std::optional<Version> found = installed(program, file);
        ASSERT_TRUE(found) << program.exe << " --version names no version";
        version = *found;
    }

    for (const CommandLine& line : program.lines) {
        if (line.held == Held::kTable)
            continue;
        SCOPED_TRACE(shown(line));
        Folder folder;
        std::optional<std::string> output = run(program, file, line, folder);
        ASSERT_TRUE(output) << "could not be run, or did not end"
                            << (program.homeless ? "; needs user namespaces" : "");
        bool ran0 = output->find("from0=42") != std::string::npos;
        bool ran63 = output->find("from63=42") != std::string::npos;
        if (!knows(version, line)) {
            std::cout << "left out: " << shown(line) << " (since " << shown(line.since)
                      << "; this is " << shown(version) << ")\n";
            EXPECT_FALSE(ran0 || ran63) << program.exe << " " << shown(version)
                                        << " knows the option: its `since` is wrong";
            continue;
        }
        EXPECT_EQ(ran0, line.code_fd == 0 || line.held == Held::kBoth) << *output;
        EXPECT_EQ(ran63, line.code_fd == kCodeFd) << *output;
    }
}

// A version that is new enough must do as every line says; an older one as those that it knows.
TEST(RealInterpreterVersion, LeavesOutWhatIsNewerAlone)
{
    CommandLine line{{"node", "--env-file", "script"}, 0, Held::kReal, {20, 6}};
    EXPECT_TRUE(knows({20, 6}, line));
    EXPECT_TRUE(knows({20, 20}, line));
    EXPECT_TRUE(knows({21, 0}, line));
    EXPECT_FALSE(knows({20, 5}, line));
    EXPECT_FALSE(knows({18, 20}, line));
    EXPECT_FALSE(knows({}, line)) << "a version that was not asked for";
    EXPECT_TRUE(knows({}, {{"dash"}, 0})) << "a line that every version knows";
}

INSTANTIATE_TEST_SUITE_P(Each, RealInterpreter, testing::ValuesIn(programs()),
                         [](const testing::TestParamInfo<Program>& param) {
                             return param.param.exe + "_" + std::to_string(param.index);
                         });

} // namespace

} // namespace davylamp::test
