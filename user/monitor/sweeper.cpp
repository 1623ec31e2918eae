// SPDX-License-Identifier: Apache-2.0
#include "monitor/sweeper.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "davylamp/rules/arguments.h"
#include "davylamp/rules/image.h"

namespace davylamp {

namespace {

constexpr std::string_view kDeleted = " (deleted)";

// The path that /proc gives for the image, without the kernel's note " (deleted)"; "" where there
// is none.
std::string former_path(std::string text)
{
    if (text.size() <= kDeleted.size() || !std::string_view(text).ends_with(kDeleted))
        return {};
    text.resize(text.size() - kDeleted.size());
    return text;
}

std::string read_exe(std::uint32_t pid, const std::string& proc)
{
    char target[4096];
    std::string exe = proc + "/" + std::to_string(pid) + "/exe";
    ssize_t size = ::readlink(exe.c_str(), target, sizeof target);
    return size <= 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

// Whether the path a process was started from holds another file now, put there by root: that is
// an upgrade that has not been restarted yet, not a hidden program. An attacker who can write
// root's own folders has no need of the trick.
bool was_upgraded(const davy_process& process, const std::string& path)
{
    if (process.image.owner != 0 || path.empty() || path.front() != '/')
        return false;
    struct stat file {
    }, folder{};
    if (::stat(path.c_str(), &file) != 0 ||
        ::stat(path.substr(0, path.rfind('/') + 1).c_str(), &folder) != 0)
        return false;
    return S_ISREG(file.st_mode) && file.st_uid == 0 && (file.st_mode & 0111) != 0 &&
           folder.st_uid == 0 && (folder.st_mode & 022) == 0;
}

template <std::size_t N> void put(char (&field)[N], std::string_view text)
{
    std::size_t size = std::min(text.size(), N - 1);
    std::memcpy(field, text.data(), size);
    std::memset(field + size, 0, N - size);
}

// The last component of the program that a loader's command line names; "" where it names none.
std::string loaded_name(const std::string& words)
{
    davy_args_state state;
    davy_args_begin(&state, DAVY_FAMILY_LOADER);
    for (char byte : words.substr(0, DAVY_ARGS_MAX - 1))
        davy_args_step(&state, static_cast<std::uint8_t>(byte));
    if (state.program != DAVY_PROGRAM_FILE || state.program_at >= words.size())
        return {};
    std::string program = words.substr(state.program_at + (words[state.program_at] == 0));
    program.resize(program.find('\0') == program.npos ? program.size() : program.find('\0'));
    return program.substr(program.rfind('/') + 1);
}

} // namespace

std::string image_path(std::uint32_t pid, const std::string& proc)
{
    std::string path = read_exe(pid, proc), former = former_path(path);
    return former.empty() ? path : former;
}

bool Sweeper::asks_for_path(const davy_event_process& event)
{
    return !(event.process.image.flags & DAVY_IMAGE_LOADED) && event.process.image.owner == 0;
}

bool Sweeper::still_quiet(const davy_event_process& event, bool at_start, Known& known)
{
    const davy_process& process = event.process;
    bool quiet =
        davy_image_is_quiet(&process, &event.state, event.header.time_ns - process.id.start_ns);
    if (!at_start && !known.quiet)
        return false;
    known.quiet = quiet;
    marks_.mark_sealed(process.image.inode, process.image.device, quiet);
    return quiet;
}

bool Sweeper::judge(davy_event_process& event, bool at_start)
{
    davy_image& image = event.process.image;
    if (!(image.flags & DAVY_IMAGE_LOADED)) {
        std::string path = former_path(read_exe(event.process.id.tgid, proc_));
        put(event.path, path);
        if (was_upgraded(event.process, path)) {
            marks_.mark_replaced(image.inode, image.device);
            image.flags |= DAVY_IMAGE_REPLACED;
        }
    }
    if (at_start)
        known_[event.process.id].before = true;
    if (Known* known = known_.find(event.process.id); known && known->before) {
        image.flags |= DAVY_IMAGE_BEFORE_US;
        if (at_start || known->quiet) {
            if (still_quiet(event, at_start, *known))
                image.flags |= DAVY_IMAGE_EXEMPT;
            else if (!at_start)
                image.flags &= static_cast<std::uint16_t>(~DAVY_IMAGE_EXEMPT);
        }
    }
    event.header.verdict = davy_judge_image(&image, DAVY_RULE_IMAGE_FOUND, mode_);
    return davy_enforced(event.header.verdict) &&
           !std::exchange(known_[event.process.id].ended, true);
}

void Sweeper::forget_ended(const std::function<bool(const davy_process_id&)>& runs)
{
    known_.forget_ended(runs);
}

bool find_loaded_program(davy_event_process& event, const std::string& proc)
{
    const std::string folder = proc + "/" + std::to_string(event.process.id.tgid);
    auto maps = read_file(folder + "/maps");
    auto words = read_file(folder + "/cmdline");
    if (!maps || !words)
        return false;
    const std::string name = loaded_name(*words);
    std::istringstream lines(*maps);
    std::string line;
    while (!name.empty() && std::getline(lines, line)) {
        unsigned long long from, to, offset, inode;
        unsigned major, minor;
        char allowed[5];
        int at = 0;
        if (std::sscanf(line.c_str(), "%llx-%llx %4s %llx %x:%x %llu %n", &from, &to, allowed,
                        &offset, &major, &minor, &inode, &at) != 7)
            continue;
        std::string path = former_path(line.substr(static_cast<std::size_t>(at)));
        if (path.empty() || path.substr(path.rfind('/') + 1) != name)
            continue;
        davy_image found{};
        found.inode = inode;
        found.device = major << 20 | minor;
        found.flags = DAVY_IMAGE_LOADED | DAVY_IMAGE_RUNNING;
        put(found.name, name);
        event.process.image = found;
        put(event.path, path);
        return true;
    }
    return false;
}

} // namespace davylamp
