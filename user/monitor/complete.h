// SPDX-License-Identifier: Apache-2.0
// What the kernel's record lacks and userspace can look up. It may take long, and a process may
// have chosen the path that is looked at: by then everything has been acted on (act.h).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "davylamp/abi/records.h"
#include "monitor/socket_owners.h"

namespace davylamp {

class Completer {
public:
    // HostPaths::find(), or what a test knows of paths.
    using HostPath = std::function<std::string(std::uint32_t device, std::uint64_t inode,
                                               std::string_view inside)>;

    // `owners` outlives this; `proc` is where procfs is mounted.
    Completer(Owners& owners, HostPath host_path, std::string proc)
        : owners_(owners), host_path_(std::move(host_path)), proc_(std::move(proc))
    {
    }

    // A record of the alert ring, in place.
    void complete(std::span<std::byte> record);
    void name_place(davy_event_place& event) const;

private:
    Owners& owners_;
    HostPath host_path_;
    std::string proc_;
};

} // namespace davylamp
