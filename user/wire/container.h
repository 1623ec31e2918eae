// SPDX-License-Identifier: Apache-2.0
// The container that a cgroup belongs to, as far as its path bears one.
#pragma once

#include <string>
#include <string_view>

namespace davylamp {

struct ContainerName {
    std::string id;      // 64 hex digits, or a name (lxc, machined); empty: none
    std::string runtime; // "docker", "cri-containerd" …; empty: the path does not say
};

// The container that the innermost component names, if one does: "docker-ID.scope",
// "cri-containerd-ID.scope", "crio-ID.scope", "libpod-ID.scope" (systemd's driver), "/docker/ID",
// "/kubepods/…/ID" (cgroupfs), "lxc.payload.NAME", "machine-NAME.scope" and
// "systemd-nspawn@NAME.service" below machine.slice. Whoever may make cgroups may give one such a
// name: this shows, and proves nothing.
ContainerName container_of(std::string_view cgroup_path);

} // namespace davylamp
