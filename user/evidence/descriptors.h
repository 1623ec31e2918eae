// SPDX-License-Identifier: Apache-2.0
// What the descriptors of a process are, and which rows of its network namespace's tables belong to
// it.
#pragma once

#include <set>
#include <span>
#include <string>

#include "evidence/item.h"
#include "evidence/process_dir.h"

namespace davylamp {

// A line for each descriptor: number, flags and pos as in fdinfo, target; between tabs. The target
// is escaped, for it is a name that somebody chose. The inodes of sockets go into `sockets`.
void write_descriptors(const ProcessDir& process, const Budget& budget, ItemWriter& out,
                       std::set<std::string>& sockets, const Piece& piece);

// The rows of /proc/PID/net/{tcp,tcp6,udp,udp6,unix} whose inode is one of `sockets`, each table
// under its name and its own heading.
void write_sockets(const ProcessDir& process, const std::set<std::string>& sockets,
                   std::span<char> buffer, const Budget& budget, ItemWriter& out,
                   const Piece& piece);

} // namespace davylamp
