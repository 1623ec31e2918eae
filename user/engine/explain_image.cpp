// SPDX-License-Identifier: Apache-2.0
// EXE-001 to -006: a program without a file, or one that policy denies.
#include <algorithm>
#include <cstdio>
#include <string>

#include "engine/evidence.h"
#include "engine/explainers.h"
#include "engine/finding_parts.h"
#include "engine/severity.h"
#include "engine/words.h"
#include "wire/names.h"

namespace davylamp {

namespace {

// A page, not a list: one image may have hundreds of workers. The count is among the facts.
constexpr std::size_t kVictimsShown = 16;
constexpr std::uint32_t kModeOtherWrite = 0002; // S_IWOTH
constexpr std::uint32_t kModeBits = 07777;

bool connected(const Lineage& lineage, const davy_process_id& id)
{
    const Lineage::Process* process = lineage.find(id);
    if (!process)
        return false;
    const Lineage::Process* parent = lineage.find(process->facts.parent);
    return process->connected || (parent && parent->connected);
}

// Remembers which file it was: the alert may come before the record of the exec itself.
void mark_gone(Lineage& lineage, const davy_process_id& id, const davy_image& image)
{
    if (Lineage::Process* process = lineage.find(id)) {
        process->gone_inode = image.inode;
        process->gone_device = image.device;
        if (process->facts.image.inode == image.inode &&
            process->facts.image.device == image.device)
            process->facts.image.nlink = 0;
    }
}

std::string octal(std::uint32_t mode)
{
    char text[16];
    std::snprintf(text, sizeof text, "%04o", mode & kModeBits);
    return text;
}

// The facts of a gone image, and the hints that severity takes from them.
SeverityHints image_facts(Alert& alert, const davy_image& image, const std::string& path)
{
    SeverityHints hints;
    hints.memfd = (image.flags & DAVY_IMAGE_MEMFD) != 0;
    bool anyone_writes = (image.mode & kModeOtherWrite) != 0;
    // The hooks on unlink know the inode and the path, and no name.
    std::string name(field_text(image.name));
    fact(alert, "image", name.empty() ? path.substr(path.rfind('/') + 1) : name);
    fact(alert, "path", path);
    fact(alert, "file",
         std::to_string(image.device >> 20) + ":" + std::to_string(image.device & 0xfffff) + ":" +
             std::to_string(image.inode));
    if (hints.memfd)
        fact(alert, "kind", "memfd");
    if (image.flags & (DAVY_IMAGE_SCRIPT | DAVY_IMAGE_LOADED))
        fact(alert, "runs", image.flags & DAVY_IMAGE_SCRIPT ? "as a script" : "through a loader");
    if (image.owner != 0)
        fact(alert, "owner", std::to_string(image.owner));
    bool place = place_fact(alert, path);
    hints.open_place = place || (anyone_writes && !hints.memfd); // a memfd is 0777 from birth
    if (anyone_writes && !hints.memfd)
        fact(alert, "mode", octal(image.mode));
    return hints;
}

// What the process that runs the image does: its processor time as a rate since its start, as far
// as that is long enough to tell.
void state_facts(Alert& alert, SeverityHints& hints, const Lineage& lineage,
                 const davy_process_id& id, const davy_image_state& state)
{
    constexpr std::uint64_t kSecond = 1'000'000'000, kLongEnough = 2 * kSecond;
    const Lineage::Process* process = lineage.find(id);
    std::uint64_t since = process && process->text ? process->started_ns : id.start_ns;
    std::uint64_t lived = alert.time_ns > since ? alert.time_ns - since : 0;
    if (state.cpu_ns != 0 && lived >= kLongEnough) {
        std::uint64_t percent = state.cpu_ns / (lived / 100);
        fact(alert, "cpu", std::to_string(percent) + "%");
        hints.burns = percent >= 50;
    }
    hints.net_fed = (state.flags & DAVY_STATE_NET_FED) != 0;
    if (hints.net_fed)
        fact(alert, "net_fed", "yes");
    hints.stratum = process && process->stratum;
    if (hints.stratum)
        fact(alert, "stratum", "yes");
}

// Where the image lay: as its process was started, where that is a whole path and the process runs
// this very file; else what the record says.
std::string path_of(const Lineage& lineage, const davy_process_id& id, const davy_image& image,
                    std::string_view recorded)
{
    const Lineage::Process* process = lineage.find(id);
    if (process && process->text && process->text->filename.starts_with('/') &&
        process->facts.image.inode == image.inode)
        return process->text->filename;
    return std::string(recorded);
}

std::string quoted_image(const std::string& path, const davy_image& image)
{
    if (!path.empty())
        return path;
    std::string name(field_text(image.name));
    return name.empty() ? "its file" : name;
}

Alert begin_image(const FindingContext& context, const davy_event_image& event)
{
    Alert alert = begin(context, true);
    alert.current = event.process.id;
    return alert;
}

} // namespace

Alert explain_fileless(const FindingContext& context)
{
    Lineage& lineage = context.lineage;
    const davy_event_image event = whole_image(context.event);
    std::string_view filename = image_filename(context.event);
    Alert alert = begin_image(context, event);
    bool refused = (event.decision.did & DAVY_DID_REFUSE) != 0;
    AlertParty& party = add_party(alert, lineage, "process", event.process.id);
    std::string given(filename);
    bool other = (event.image.flags & (DAVY_IMAGE_SCRIPT | DAVY_IMAGE_LOADED)) != 0;
    if (!refused)
        mark_gone(lineage, event.process.id, event.image);
    if (!refused && !other) {
        // Its exec record may come after, or never: what this one says of the image is newer.
        ProcessInfo& process = party.process;
        process.image_name = field_text(event.image.name);
        process.image_inode = event.image.inode;
        process.image_device = event.image.device;
        process.image_nlink = event.image.nlink;
        process.image_mode = event.image.mode;
        process.image_owner = event.image.owner;
        process.image_known = true;
        process.image_path = given.empty() ? process.image_name : given;
    }
    std::string name(field_text(event.image.name));
    alert.message = label(party.process) + (refused ? " tried to start " : " starts ") +
                    (name.empty() ? "a program" : name) + ", which has no file on any disk";
    SeverityHints hints = image_facts(alert, event.image, given);
    state_facts(alert, hints, lineage, event.process.id, event.state);
    hints.connected = connected(lineage, event.process.id);
    alert.severity = severity_of(alert, hints);
    evidence_facts(alert);
    return alert;
}

// What policy lists is no stranger: it is named by its path, and by its file.
Alert explain_denied(const FindingContext& context)
{
    Lineage& lineage = context.lineage;
    const davy_event_image event = whole_image(context.event);
    std::string_view filename = image_filename(context.event);
    Alert alert = begin_image(context, event);
    bool refused = (event.decision.did & DAVY_DID_REFUSE) != 0;
    AlertParty& party = add_party(alert, lineage, "process", event.process.id);
    alert.message = label(party.process) + (refused ? " tried to start " : " starts ") +
                    quoted_image(std::string(filename), event.image) + ", which policy denies";
    SeverityHints hints = image_facts(alert, event.image, std::string(filename));
    state_facts(alert, hints, lineage, event.process.id, event.state);
    alert.severity = severity_of(alert, hints);
    evidence_facts(alert);
    return alert;
}

Alert explain_removed(const FindingContext& context)
{
    Lineage& lineage = context.lineage;
    const davy_event_image event = whole_image(context.event);
    std::string_view filename = image_filename(context.event);
    Alert alert = begin_image(context, event);
    bool refused = (event.decision.did & DAVY_DID_REFUSE) != 0;
    std::vector<davy_process_id> victims;
    if (event.victim.tgid != 0)
        victims.push_back(event.victim);
    for (const davy_process_id& id : lineage.running(event.image.inode, event.image.device)) {
        if (!same_process(id, event.victim))
            victims.push_back(id);
    }
    bool itself = false, related = false;
    for (const davy_process_id& id : victims) {
        if (!refused)
            mark_gone(lineage, id, event.image);
        itself = itself || same_process(id, event.process.id);
        related = related || lineage.is_ancestor(event.process.id, id) ||
                  lineage.is_ancestor(id, event.process.id);
        if (alert.parties.size() < kVictimsShown)
            add_party(alert, lineage, "victim", id);
    }
    if (!has_party(alert, event.process.id))
        add_party(alert, lineage, "remover", event.process.id);

    std::string path = path_of(lineage, event.victim, event.image, filename);
    std::string image = quoted_image(path, event.image);
    std::string removes = refused ? " tried to remove " : " removed ";
    std::string remover = label(known(lineage, event.process.id));
    if (itself && victims.size() == 1)
        alert.message =
            remover + removes + "its own executable, " + image + (refused ? "" : ", and runs on");
    else if (victims.empty())
        alert.message = remover + removes + image + ", which some process still runs";
    else
        alert.message =
            remover + removes + image + ", which " + label(alert.parties.front().process) +
            (victims.size() > 1 ? " and " + std::to_string(victims.size() - 1) + " more still run"
                                : " still runs");
    SeverityHints hints = image_facts(alert, event.image, path);
    if (victims.size() > 1)
        fact(alert, "victims", std::to_string(victims.size()));
    state_facts(alert, hints, lineage, event.victim, event.state);
    hints.remover_in_lineage = itself || related;
    alert.severity = severity_of(alert, hints);
    evidence_facts(alert);
    return alert;
}

Alert explain_talking(const FindingContext& context)
{
    Lineage& lineage = context.lineage;
    const davy_event_image event = whole_image(context.event);
    Alert alert = begin_image(context, event);
    alert.flow = event.flow;
    mark_gone(lineage, event.process.id, event.image);
    AlertParty& party = add_party(alert, lineage, "process", event.process.id);
    std::string path = path_of(lineage, event.process.id, event.image, {});
    alert.message = label(party.process) + ", whose executable " + quoted_image(path, event.image) +
                    " is gone, connects to " + remote_text(event.flow);
    SeverityHints hints = image_facts(alert, event.image, path);
    state_facts(alert, hints, lineage, event.process.id, event.state);
    alert.severity = severity_of(alert, hints);
    evidence_facts(alert);
    return alert;
}

Alert explain_starting(const FindingContext& context)
{
    Lineage& lineage = context.lineage;
    const davy_event_image event = whole_image(context.event);
    std::string_view filename = image_filename(context.event);
    Alert alert = begin_image(context, event);
    mark_gone(lineage, event.process.id, event.image);
    AlertParty& party = add_party(alert, lineage, "process", event.process.id);
    std::string path = path_of(lineage, event.process.id, event.image, {});
    alert.message = label(party.process) + ", whose executable " + quoted_image(path, event.image) +
                    " is gone, starts " + std::string(filename);
    if (event.victim.tgid != 0)
        add_party(alert, lineage, "parent", event.victim);
    SeverityHints hints = image_facts(alert, event.image, path);
    fact(alert, "starts", std::string(filename));
    state_facts(alert, hints, lineage, event.process.id, event.state);
    alert.severity = severity_of(alert, hints);
    evidence_facts(alert);
    return alert;
}

// A sweep judges nothing in the kernel, and condemned() knows none of its records.
Alert explain_found(const FindingContext& context)
{
    Lineage& lineage = context.lineage;
    const davy_event_process event = whole_process(context.event);
    Alert alert = begin(context, false);
    alert.current = event.process.id;
    alert.would_block = alert.would_block && !(event.process.image.flags & DAVY_IMAGE_BEFORE_US);
    const davy_process& process = event.process;
    mark_gone(lineage, process.id, process.image);
    AlertParty& party = add_party(alert, lineage, "process", process.id);
    std::string path = path_of(lineage, process.id, process.image, field_text(event.path));
    alert.message = label(party.process) + " runs an executable that is gone, " +
                    quoted_image(path, process.image);
    SeverityHints hints = image_facts(alert, process.image, path);
    state_facts(alert, hints, lineage, process.id, event.state);
    alert.severity = severity_of(alert, hints);
    evidence_facts(alert);
    if (alert.verdict >= DAVY_DENY)
        alert.to_kill.push_back(process.id);
    return alert;
}

} // namespace davylamp
