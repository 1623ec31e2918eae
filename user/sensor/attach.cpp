// SPDX-License-Identifier: Apache-2.0
#include "sensor/attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/files.h"
#include "davylamp/abi/kernel_policy.h"
#include "sensor/backend_trial.h"
#include "sensor/calibrate.h"
#include "sensor/libbpf_log.h"
#include "sensor/link_holder.h"
#include "sensor/pins.h"

namespace davylamp {

namespace {

constexpr std::string_view kNamesPrograms = "davy_names"; // how their names begin

AttachRow row_of(const char* program, const char* hook, std::uint16_t detection)
{
    AttachRow row;
    row.program = program;
    row.hook = hook;
    row.detection = detection;
    return row;
}

} // namespace

Attachments::Attachments(davy_bpf& skeleton, AttachPlace place)
    : skeleton_(skeleton), place_(std::move(place))
{
}

void Attachments::attach_backends()
{
    BackendTrials trials(skeleton_);
    hooks_ = choose_backends(backend_rows(), [&](const BackendRow& row) {
        std::string reason;
        Link link = trials.try_row(row, reason);
        if (!link)
            return reason;
        AttachRow out = row_of(row.program, row.attaches_to, DAVY_DETECTION_IMAGE);
        out.attached = true;
        keep(std::move(link), row.program, out);
        rows_.push_back(out);
        return std::string();
    });
}

Result<> Attachments::attach(const ProgramRow& row, bool best_effort)
{
    bpf_program* program = bpf_object__find_program_by_name(skeleton_.obj, row.name);
    // Nobody asks for a name, or another program does its work: nothing is missing.
    if (!bpf_program__autoload(program) && std::string_view(row.name).starts_with(kNamesPrograms))
        return {};
    AttachRow out = row_of(row.name, row.hook, row.detection);
    if (!is_left_out(program, row, out)) {
        libbpf_log().clear();
        int error = (this->*function_of(row.kind))(program, row, out);
        if (error && !best_effort)
            return fail(std::string(row.name) + " at " + row.hook,
                        "cannot be attached: " + errno_text(error) + "\n" + libbpf_log_end(),
                        "`davylamp doctor` tells what this kernel lacks");
        if (error)
            out.reason = "cannot be attached: " + errno_text(error);
    }
    rows_.push_back(std::move(out));
    return {};
}

// Whether the row is not to be attached; `out` says why.
bool Attachments::is_left_out(const bpf_program* program, const ProgramRow& row,
                              AttachRow& out) const
{
    bool loaded = bpf_program__autoload(program);
    const HookChoice* better = loaded ? replaces(hooks_, row.name) : nullptr;
    if (!loaded && row.kind == AttachKind::spare) {
        out.needless = true;
        out.reason = "no program is preempted at a tracepoint here";
    } else if (!loaded && (row.kind == AttachKind::hold || row.kind == AttachKind::hold_exit)) {
        out.needless = true;
        out.reason = "nobody is stopped for evidence, or another program holds him";
    } else if (!loaded) {
        out.reason = "its detection is off";
    } else if (better) {
        out.needless = true;
        out.reason = better->served_by() + " sees it before it happens";
    }
    return !loaded || better;
}

Attachments::Attach Attachments::function_of(AttachKind kind)
{
    switch (kind) {
    case AttachKind::tracepoint:
    case AttachKind::hold:
    case AttachKind::hold_exit:
    case AttachKind::spare: return &Attachments::attach_by_section;
    case AttachKind::syscall: return &Attachments::attach_syscall;
    case AttachKind::legacy: return &Attachments::attach_legacy_syscall;
    case AttachKind::cgroup: return &Attachments::attach_cgroup;
    case AttachKind::iterator: return &Attachments::attach_iterator;
    case AttachKind::shells: return &Attachments::attach_shells;
    case AttachKind::on_demand: return &Attachments::run_on_demand;
    case AttachKind::identify: return &Attachments::was_run;
    }
    return nullptr;
}

int Attachments::attach_by_section(bpf_program* program, const ProgramRow& row, AttachRow& out)
{
    return take(Link(bpf_program__attach(program)), row, out);
}

// By the row, not by the program's section: one program may serve several syscalls.
int Attachments::attach_syscall(bpf_program* program, const ProgramRow& row, AttachRow& out)
{
    const std::string hook = row.hook;
    const std::string event = hook.substr(hook.rfind('/') + 1);
    return take(Link(bpf_program__attach_tracepoint(program, "syscalls", event.c_str())), row, out);
}

int Attachments::attach_legacy_syscall(bpf_program* program, const ProgramRow& row, AttachRow& out)
{
    int error = attach_syscall(program, row, out);
    if (error != ENOENT)
        return error;
    out.needless = true;
    out.reason = "this architecture has no such syscall";
    return 0;
}

int Attachments::attach_cgroup(bpf_program* program, const ProgramRow& row, AttachRow& out)
{
    return take(Link(bpf_program__attach_cgroup(program, place_.scope.folder.get())), row, out);
}

// Never pinned: somebody has to read it.
int Attachments::attach_iterator(bpf_program* program, const ProgramRow&, AttachRow& out)
{
    sweep_link_.reset(bpf_program__attach_iter(program, nullptr));
    out.attached = static_cast<bool>(sweep_link_);
    return sweep_link_ ? 0 : errno;
}

// A uprobe on each shell that exports what bash exports. A shell that does not is no error: what it
// evaluates goes unseen (docs/limits.md), and the row says so.
int Attachments::attach_shells(bpf_program* program, const ProgramRow& row, AttachRow& out)
{
    std::string without;
    for (const std::string& path : place_.shells) {
        LIBBPF_OPTS(bpf_uprobe_opts, options, .func_name = "parse_and_execute");
        Link link(bpf_program__attach_uprobe_opts(program, -1, path.c_str(), 0, &options));
        if (!link) {
            without += (without.empty() ? "" : ", ") + path;
            continue;
        }
        take(std::move(link), row, out);
    }
    if (!out.attached)
        out.reason = place_.shells.empty()
                         ? "no shell is installed"
                         : "no shell here has parse_and_execute (" + without + ")";
    else if (out.reason.empty() && !without.empty())
        out.reason = "not in " + without;
    return 0;
}

int Attachments::run_on_demand(bpf_program*, const ProgramRow&, AttachRow& out)
{
    auto done = calibrate(skeleton_);
    out.attached = static_cast<bool>(done);
    if (!done)
        out.reason = done.error().what;
    return 0;
}

// For the files of the policy; it tells on the way who ran it.
int Attachments::was_run(bpf_program*, const ProgramRow&, AttachRow& out)
{
    out.attached = skeleton_.bss->self_tgid != 0;
    return 0;
}

// The link that libbpf gave, or errno where it gave none.
int Attachments::take(Link link, const ProgramRow& row, AttachRow& out)
{
    if (!link)
        return errno;
    out.attached = true;
    keep(std::move(link), row.name, out);
    return 0;
}

// Pins where there is a place for it, and holds the link. `out` is the row that will be added next.
void Attachments::keep(Link link, const std::string& name, AttachRow& out)
{
    if (!place_.pin_folder.empty()) {
        // A program that is attached in several places has a pin for each.
        const std::string pin = place_.pin_folder + "/" + name;
        const std::string other = pin + "-" + std::to_string(links_.size());
        bool taken = ::access(pin.c_str(), F_OK) == 0;
        int error = bpf_link__pin(link.get(), (taken ? other : pin).c_str());
        out.pinned = error == 0;
        if (error)
            unpinned_.push_back({bpf_link__fd(link.get()), rows_.size()});
    }
    links_.push_back(std::move(link));
}

void Attachments::hold_unpinned()
{
    std::vector<int> descriptors;
    for (const Unpinned& each : unpinned_)
        descriptors.push_back(each.link);
    if (descriptors.empty())
        return;
    auto held = hold_until_removed(descriptors, place_.pin_folder);
    for (const Unpinned& each : unpinned_)
        rows_[each.row].reason = held ? "cannot be pinned: a process holds it"
                                      : "ends with the sensor: " + held.error().text();
}

Result<> Attachments::pin_condemned()
{
    if (place_.pin_folder.empty())
        return {};
    const std::string pin = place_.pin_folder + "/" + kCondemnedPin;
    if (int error = bpf_map__pin(skeleton_.maps.condemned, pin.c_str()))
        return fail(pin, "cannot be pinned: " + errno_text(-error));
    return {};
}

bool Attachments::is_attached(std::string_view program) const
{
    return std::any_of(rows_.begin(), rows_.end(), [&](const AttachRow& row) {
        return row.program == program && row.attached;
    });
}

// A pinned link outlives its descriptor, so the pin goes first. Here and not with the sensor: one
// that did not start has pins as well.
Attachments::~Attachments()
{
    for (Link& link : links_) {
        if (bpf_link__pin_path(link.get()))
            bpf_link__unpin(link.get());
    }
}

} // namespace davylamp
