// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "host_lock.h"
#include "shared_guard.h"
#include "support/ocsf_schema.h"

namespace davylamp::test {

const char* mode_name(Mode mode)
{
    return mode == Mode::monitor ? "monitor" : mode == Mode::block ? "block" : "kill";
}

std::ostream& operator<<(std::ostream& stream, Mode mode) { return stream << mode_name(mode); }

std::string Finding::code() const { return json["metadata"]["event_code"]; }
int Finding::action() const { return json["action_id"]; }
int Finding::disposition() const { return json["disposition_id"]; }

bool Finding::did(const std::string& what) const
{
    const auto& unmapped = json["unmapped"];
    if (!unmapped.contains("did"))
        return false;
    for (const auto& did : unmapped["did"]) {
        if (did == what)
            return true;
    }
    return false;
}

std::vector<int> Finding::pids(const std::string& role) const
{
    std::vector<int> pids;
    for (const auto& evidence : json["evidences"]) {
        if (evidence.contains("process") && (role.empty() || evidence["name"] == role))
            pids.push_back(evidence["process"]["pid"]);
    }
    return pids;
}

std::vector<std::string> GuardResult::codes() const
{
    std::vector<std::string> codes;
    for (const Finding& finding : findings)
        codes.push_back(finding.code());
    return codes;
}

Finding GuardResult::first(const std::string& code) const
{
    for (const Finding& finding : findings) {
        if (finding.code() == code)
            return finding;
    }
    ADD_FAILURE() << "no alert " << code << "; stdout:\n" << out << "stderr:\n" << err;
    return {nlohmann::json::parse(
        R"({"metadata":{"event_code":""},"action_id":0,"disposition_id":0,"evidences":[],"unmapped":{}})")};
}

std::vector<Finding> findings_in(const std::string& text)
{
    std::vector<Finding> findings;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        auto json = nlohmann::json::parse(line, nullptr, false);
        if (!json.is_object() || !json.contains("class_uid"))
            continue; // the command's own words
        for (const std::string& problem : ocsf_problems(json))
            ADD_FAILURE() << problem << "\n" << line;
        findings.push_back({std::move(json)});
    }
    return findings;
}

Guard::Guard(const GuardOptions& options) : patience_(options.patience)
{
    std::vector<std::string> argv = options.before;
    argv.insert(argv.end(),
                {davylamp(), "guard", "--format", "json", "--mode", mode_name(options.mode)});
    if (!options.policy.empty()) {
        argv.insert(argv.end(), {"--policy", folder_.write("policy.json", options.policy)});
    }
    if (!options.record.empty())
        argv.insert(argv.end(), {"--record", options.record});
    argv.emplace_back("--");
    argv.insert(argv.end(), options.command.begin(), options.command.end());
    process_ = std::make_unique<Subprocess>(argv);
}

GuardResult Guard::finish()
{
    GuardResult result;
    result.exit_code = process_->wait(patience_);
    result.out = process_->out();
    result.err = process_->err();
    EXPECT_NE(result.exit_code, -1) << "the guard did not end:\n" << result.err;
    result.findings = findings_in(result.out);
    return result;
}

std::string Guard::cgroup() const
{
    return cgroup2_folder() + "/davylamp-guard-" + std::to_string(process_->pid());
}

std::string Guard::pins() const
{
    const std::string prefix = "guard-" + std::to_string(process_->pid()) + "-";
    std::error_code error;
    for (std::filesystem::directory_iterator at("/sys/fs/bpf/davylamp", error), end;
         at != end && !error; at.increment(error)) {
        if (at->path().filename().string().rfind(prefix, 0) == 0)
            return at->path();
    }
    return {};
}

GuardResult run_guard(const GuardOptions& options)
{
    if (options.alone || !options.record.empty() || !options.before.empty())
        return Guard(options).finish();
    SharedGuard& guard = shared_guard(options.mode, options.policy);
    guard.start(options.command);
    return guard.finish(options.patience);
}

GuardResult run_guard(Mode mode, const std::string& shell_command)
{
    GuardOptions options;
    options.mode = mode;
    options.command = bash(shell_command);
    return run_guard(options);
}

std::vector<std::string> bash(const std::string& command) { return {"/bin/bash", "-c", command}; }

const std::string& davylamp()
{
    share_host();
    static const std::string path = DAVYLAMP_BINARY;
    return path;
}

std::string program(const std::string& name) { return std::string(LIVE_PROGRAMS) + "/" + name; }

const std::string& scripts()
{
    static const std::string path = LIVE_SCRIPTS;
    return path;
}

std::string cgroup2_folder()
{
    std::string mount, own;
    std::ifstream mounts("/proc/self/mounts"), groups("/proc/self/cgroup");
    for (std::string line; std::getline(mounts, line) && mount.empty();) {
        std::istringstream fields(line);
        std::string device, folder, type;
        fields >> device >> folder >> type;
        if (type == "cgroup2")
            mount = folder;
    }
    for (std::string line; std::getline(groups, line);) {
        if (line.rfind("0::", 0) == 0)
            own = line.substr(3) == "/" ? "" : line.substr(3);
    }
    return mount + own;
}

bool is_running(int pid)
{
    std::string status = slurp("/proc/" + std::to_string(pid) + "/stat");
    std::size_t state = status.rfind(')');
    return state != std::string::npos && state + 2 < status.size() && status[state + 2] != 'Z';
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

std::string test_name(const std::string& words, Mode mode)
{
    std::string name = words;
    for (char& letter : name) {
        if (!std::isalnum(static_cast<unsigned char>(letter)))
            letter = '_';
    }
    return name + "_" + mode_name(mode);
}

} // namespace davylamp::test
