// SPDX-License-Identifier: Apache-2.0
// Which kind of program serves a hook. What can be refused before it happens is refused by an LSM
// program, or by fmod_ret where those do not run; else the portable programs notice it. Chosen by
// trying, since neither the list of LSMs nor the version of the kernel tells for sure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace davylamp {

// One way to serve a hook.
struct BackendRow {
    std::uint16_t hook = 0;   // DAVY_HOOK_*
    std::uint8_t backend = 0; // DAVY_BACKEND_*, never the portable one
    const char* program = "";
    const char* attaches_to = ""; // as libbpf writes sections
    const char* function = "";    // of the kernel, which has to be there
};

// A row that was tried and does not serve.
struct BackendRefusal {
    const BackendRow* row = nullptr;
    std::string reason;
};

// What came of one hook.
struct HookChoice {
    std::uint16_t hook = 0;
    const BackendRow* row = nullptr; // null: the portable programs serve
    std::vector<BackendRefusal> refusals;

    std::uint8_t backend() const;
    std::string served_by() const; // "lsm/inode_unlink"; the portable tracepoints by their names
};

// Tries a row: loads, attaches and fires it. "" where it serves, and it stays attached then; else
// why it does not.
using TryBackend = std::function<std::string(const BackendRow& row)>;

// All rows, by hook, the better ones first.
const std::vector<BackendRow>& backend_rows();
// The first row of each hook that serves. No row is tried behind one that does.
std::vector<HookChoice> choose_backends(const std::vector<BackendRow>& rows,
                                        const TryBackend& try_row);
// The choice that makes a portable program needless: attached, it would cost each syscall of the
// host, and report what has been reported. Null where the program is needed.
const HookChoice* replaces(const std::vector<HookChoice>& choices, std::string_view program);

const char* hook_name(std::uint16_t hook);       // "exec", "unlink", "rename"
const char* backend_label(std::uint8_t backend); // "portable", "fmod_ret", "LSM"

} // namespace davylamp
