// SPDX-License-Identifier: Apache-2.0
#include "sensor/never_killed.h"

#include <bpf/libbpf.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>

#include "base/files.h"
#include "davylamp/abi/kernel_policy.h"
#include "davylamp/rules/policy_file.h"
#include "sensor/identify.h"
#include "sensor/skeleton.h"

namespace davylamp {

namespace {

constexpr ino_t kInitialUsers = 0xEFFFFFFD; // PROC_USER_INIT_INO, linux/proc_ns.h

std::string in_proc(pid_t pid, const char* name)
{
    return "/proc/" + std::to_string(pid) + "/" + name;
}

bool is_listed(pid_t pid, davy_bpf& skeleton)
{
    auto image = identify(in_proc(pid, "exe"), skeleton);
    davy_image_row row{};
    return image && *image &&
           bpf_map__lookup_elem(skeleton.maps.image_rows, &(*image)->file, sizeof(*image)->file,
                                &row, sizeof row, 0) == 0 &&
           davy_row_is_of(&row, (*image)->generation, (*image)->owner) &&
           (row.roles & DAVY_ROLE_NEVER_KILL);
}

// The number behind "\nNAME:" in /proc/PID/status, the `which`th of its line; 0 where it is not.
unsigned long long status_number(const std::string& status, const std::string& name, int base,
                                 int which = 0)
{
    std::size_t at = status.find("\n" + name + ":");
    if (at == std::string::npos)
        return 0;
    const char* text = status.c_str() + at + name.size() + 2;
    unsigned long long number = 0;
    for (int i = 0; i <= which; i++) {
        char* end = nullptr;
        number = std::strtoull(text, &end, base);
        text = end;
    }
    return number;
}

bool is_privileged(pid_t pid, const std::string& status)
{
    struct stat users {};
    return ::stat(in_proc(pid, "ns/user").c_str(), &users) == 0 && users.st_ino == kInitialUsers &&
           (status_number(status, "Uid", 10, 1) == 0 || status_number(status, "CapEff", 16) != 0);
}

} // namespace

bool is_never_killed(pid_t pid, davy_bpf& skeleton)
{
    auto status = read_file(in_proc(pid, "status"));
    if (!status || !is_listed(pid, skeleton))
        return false;
    if (is_privileged(pid, *status))
        return true;
    auto parent = static_cast<pid_t>(status_number(*status, "PPid", 10));
    auto above = read_file(in_proc(parent, "status"));
    return parent > 1 && above && is_listed(parent, skeleton) && is_privileged(parent, *above);
}

} // namespace davylamp
