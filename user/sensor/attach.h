// SPDX-License-Identifier: Apache-2.0
// Attaches the programs of a loaded object and pins their links; says of each what it came to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sensor/backend.h"
#include "sensor/cgroup.h"
#include "sensor/handles.h"
#include "sensor/programs.h"

namespace davylamp {

// Where programs are attached to.
struct AttachPlace {
    Scope scope;                     // for programs of cgroups
    std::vector<std::string> shells; // files to probe
    std::string pin_folder;          // of pins.h; "": nothing is pinned
};

class Attachments {
public:
    // `skeleton` is loaded, and outlives this.
    Attachments(davy_bpf& skeleton, AttachPlace place);

    // The programs that refuse, where this host has them run; the portable programs do the rest. To
    // be called when the maps are filled: what is attached judges.
    void attach_backends();
    // A row of programs.h, after the backends, since a better one makes it needless. Error: the
    // kernel does not attach it; with `best_effort` that is a row with a reason.
    Result<> attach(const ProgramRow& row, bool best_effort);
    // Starts a process that holds what could not be pinned; to be called once, after all rows.
    void hold_unpinned();
    // Pins the map of those who are stopped to be ended, for whoever comes after us (pins.h).
    Result<> pin_condemned();
    bool is_attached(std::string_view program) const;
    // Removes the pins, and detaches.
    ~Attachments();
    Attachments(const Attachments&) = delete;
    Attachments& operator=(const Attachments&) = delete;

    const std::vector<AttachRow>& rows() const { return rows_; }
    const std::vector<HookChoice>& hooks() const { return hooks_; }
    const bpf_link* sweep_link() const { return sweep_link_.get(); } // null: not attached

private:
    // One kind of attachment each. 0: `out` says what came of it; else the errno of a program that
    // the kernel does not attach.
    using Attach = int (Attachments::*)(bpf_program*, const ProgramRow&, AttachRow& out);
    static Attach function_of(AttachKind kind);
    int attach_by_section(bpf_program* program, const ProgramRow& row, AttachRow& out);
    int attach_syscall(bpf_program* program, const ProgramRow& row, AttachRow& out);
    int attach_legacy_syscall(bpf_program* program, const ProgramRow& row, AttachRow& out);
    int attach_cgroup(bpf_program* program, const ProgramRow& row, AttachRow& out);
    int attach_iterator(bpf_program* program, const ProgramRow& row, AttachRow& out);
    int attach_shells(bpf_program* program, const ProgramRow& row, AttachRow& out);
    int run_on_demand(bpf_program* program, const ProgramRow& row, AttachRow& out);
    int was_run(bpf_program* program, const ProgramRow& row, AttachRow& out);

    bool is_left_out(const bpf_program* program, const ProgramRow& row, AttachRow& out) const;
    int take(Link link, const ProgramRow& row, AttachRow& out);
    void keep(Link link, const std::string& name, AttachRow& out);

    struct Unpinned {
        int link;
        std::size_t row;
    };
    davy_bpf& skeleton_;
    AttachPlace place_;
    std::vector<Link> links_;
    Link sweep_link_;
    std::vector<AttachRow> rows_;
    std::vector<HookChoice> hooks_;
    std::vector<Unpinned> unpinned_;
};

} // namespace davylamp
