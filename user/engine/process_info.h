// SPDX-License-Identifier: Apache-2.0
// What is known of one process. Plain data: the lineage fills it in, alerts carry it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "davylamp/abi/records.h"
#include "wire/container.h"

namespace davylamp {

// What was saved of a process before it was ended: DAVY_EVENT_EVIDENCE.
struct EvidenceInfo {
    std::uint64_t time_ns = 0; // CLOCK_BOOTTIME, when it had been saved
    std::string folder;        // empty: nothing was saved
    bool image = false;        // the image was saved
    std::string sha256;        // of the image as far as it was saved, in hex; empty: not known
    std::uint64_t size = 0;    // bytes saved of the image
    bool whole = false;        // all of it
    std::uint32_t missing = 0; // items of which nothing could be saved
    std::uint32_t error = 0;   // errno
};

// Where a process is, and its image as seen from there and from the host: DAVY_EVENT_PLACE.
struct ProcessPlace {
    std::uint32_t flags = 0; // DAVY_PLACE_*
    std::string cgroup;      // path; empty: the root
    ContainerName container; // as the cgroup's path bears it
    davy_inode_key file{};   // the image that the paths are those of
    std::string path;        // from the process's own root; empty: none
    std::string host_path;   // empty: the host has no path to it
};

// What is known of a process: from exec, fork, a sweep, or the record itself.
struct ProcessInfo {
    davy_process_id id{};
    davy_process_id parent{};
    std::string comm;
    std::string image_path; // as exec'd; the image's name where no more is known
    std::string image_name;
    std::vector<std::string> args; // raw bytes, may be no UTF-8
    bool args_cut = false;
    std::uint32_t uid = 0, euid = 0, gid = 0, auid = 0xffffffff;
    bool ids_known = false; // uid … auid are facts, not defaults
    std::uint64_t cgroup_id = 0;
    std::uint64_t image_inode = 0;
    std::uint32_t image_device = 0, image_nlink = 1, image_mode = 0, image_owner = 0;
    bool image_known = false;
    std::uint64_t started_ns = 0; // time of exec, else of first sight; CLOCK_BOOTTIME
    bool ended = false;
    std::shared_ptr<const EvidenceInfo> evidence; // of the image that it runs; nullptr: none
    std::shared_ptr<const ProcessPlace> place;    // nullptr: not known, or the host

    // A container, or as good as one: not merely a service with mounts of its own.
    bool contained() const
    {
        return id.own_tgid != 0 ||
               (place && (!place->container.id.empty() || (place->flags & DAVY_PLACE_ROOT) != 0));
    }
};

} // namespace davylamp
