// SPDX-License-Identifier: Apache-2.0
#include "monitor/host_info.h"

#include <sys/utsname.h>

#include <sstream>

#include "base/clock.h"
#include "base/files.h"

namespace davylamp {

namespace {

std::string first_line(const std::string& path)
{
    auto text = read_file(path);
    return text ? text->substr(0, text->find('\n')) : std::string();
}

// PRETTY_NAME="…" of os-release(5).
std::string os_name()
{
    auto text = read_file("/etc/os-release");
    std::istringstream lines(text ? *text : std::string());
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("PRETTY_NAME=", 0) != 0)
            continue;
        std::string name = line.substr(12);
        if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
            name = name.substr(1, name.size() - 2);
        return name;
    }
    return {};
}

} // namespace

RecordingInfo host_info(const Policy& policy)
{
    RecordingInfo info;
    utsname name{};
    ::uname(&name);
    info.version = DAVYLAMP_VERSION;
    info.hostname = name.nodename;
    info.kernel = name.release;
    info.boot_id = first_line("/proc/sys/kernel/random/boot_id");
    info.machine_id = first_line("/etc/machine-id");
    info.os_name = os_name();
    info.realtime_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
    info.policy = policy_json(policy);
    return info;
}

} // namespace davylamp
