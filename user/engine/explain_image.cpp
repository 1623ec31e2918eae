// SPDX-License-Identifier: Apache-2.0
// EXE-001 to -006: a program without a file, or one that policy denies.
#include <string>
#include <string_view>

#include "davylamp/rules/image.h"
#include "engine/explainers.h"
#include "engine/finding_parts.h"
#include "engine/severity.h"

namespace davylamp {

namespace {

// A page, not a list: one image may have hundreds of workers. The count is among the facts.
constexpr std::size_t kVictimsShown = 16;

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

// Where the image lay: the path that its process was started by, if that is a whole path and the
// process runs this very file; else what the record says.
std::string path_of(const Lineage& lineage, const davy_process_id& id, const davy_image& image,
                    std::string_view recorded)
{
    const Lineage::Process* process = lineage.find(id);
    if (process && process->text && process->text->filename.starts_with('/') &&
        process->facts.image.inode == image.inode)
        return process->text->filename;
    return std::string(recorded);
}

ImageFinding found(ImageDeed deed, const davy_image& image, std::string path)
{
    ImageFinding finding;
    finding.deed = deed;
    finding.image = image;
    finding.place = file_place(path);
    finding.path = std::move(path);
    return finding;
}

// What the process that runs the image does: its processor time as a rate since its start, as far
// as that is long enough to tell.
void add_state(ImageFinding& finding, const FindingContext& context, const davy_process_id& id,
               const davy_image_state& state)
{
    constexpr std::uint64_t kSecond = 1'000'000'000, kLongEnough = 2 * kSecond;
    const std::uint64_t now = context.event.header().time_ns;
    const Lineage::Process* process = context.lineage.find(id);
    std::uint64_t since = process && process->text ? process->started_ns : id.start_ns;
    std::uint64_t lived = now > since ? now - since : 0;
    if (state.cpu_ns != 0 && lived >= kLongEnough)
        finding.cpu_percent = state.cpu_ns / (lived / 100);
    finding.net_fed = (state.flags & DAVY_STATE_NET_FED) != 0;
    finding.mines = process && process->stratum;
}

bool is_refused(const davy_event_image& event)
{
    return (event.decision.did & DAVY_DID_REFUSE) != 0;
}

// A finding that block mode reports as well, and takes nothing for, would not be blocked.
void judge_blocked(Alert& alert, const davy_image& image)
{
    alert.would_block =
        alert.would_block &&
        davy_enforced(davy_judge_image(&image, alert.decision.rule, DAVY_MODE_BLOCK));
}

Alert begin_image(const FindingContext& context, const davy_event_image& event)
{
    Alert alert = begin(context, true);
    alert.current = event.process.id;
    judge_blocked(alert, event.image);
    return alert;
}

} // namespace

Alert explain_fileless(const FindingContext& context)
{
    const davy_event_image event = whole_image(context.event);
    const std::string given(image_filename(context.event));
    Alert alert = begin_image(context, event);
    AlertParty& party = add_party(alert, context.lineage, Role::process, event.process.id);
    bool other = (event.image.flags & (DAVY_IMAGE_SCRIPT | DAVY_IMAGE_LOADED)) != 0;
    if (!is_refused(event))
        mark_gone(context.lineage, event.process.id, event.image);
    if (!is_refused(event) && !other) {
        // Its exec record may come later, or never. What this record says of the image is newer.
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
    ImageFinding finding = found(ImageDeed::starts_fileless, event.image, given);
    add_state(finding, context, event.process.id, event.state);
    finding.connected = connected(context.lineage, event.process.id);
    alert.finding = std::move(finding);
    return alert;
}

Alert explain_denied(const FindingContext& context)
{
    const davy_event_image event = whole_image(context.event);
    Alert alert = begin_image(context, event);
    add_party(alert, context.lineage, Role::process, event.process.id);
    ImageFinding finding =
        found(ImageDeed::starts_denied, event.image, std::string(image_filename(context.event)));
    add_state(finding, context, event.process.id, event.state);
    alert.finding = std::move(finding);
    return alert;
}

Alert explain_removed(const FindingContext& context)
{
    Lineage& lineage = context.lineage;
    const davy_event_image event = whole_image(context.event);
    Alert alert = begin_image(context, event);
    std::vector<davy_process_id> victims;
    if (event.victim.tgid != 0)
        victims.push_back(event.victim);
    for (const davy_process_id& id : lineage.running(event.image.inode, event.image.device)) {
        if (!same_process(id, event.victim))
            victims.push_back(id);
    }
    bool itself = false, related = false;
    for (const davy_process_id& id : victims) {
        if (!is_refused(event))
            mark_gone(lineage, id, event.image);
        itself = itself || same_process(id, event.process.id);
        related = related || lineage.is_ancestor(event.process.id, id) ||
                  lineage.is_ancestor(id, event.process.id);
        if (alert.parties.size() < kVictimsShown)
            add_party(alert, lineage, Role::victim, id);
    }
    if (!has_party(alert, event.process.id))
        add_party(alert, lineage, Role::remover, event.process.id);

    ImageFinding finding =
        found(ImageDeed::removes, event.image,
              path_of(lineage, event.victim, event.image, image_filename(context.event)));
    finding.remover = event.process.id;
    finding.victims = victims.size();
    finding.removed_itself = itself;
    finding.remover_in_lineage = itself || related;
    add_state(finding, context, event.victim, event.state);
    alert.finding = std::move(finding);
    return alert;
}

Alert explain_talking(const FindingContext& context)
{
    const davy_event_image event = whole_image(context.event);
    Alert alert = begin_image(context, event);
    alert.flow = event.flow;
    mark_gone(context.lineage, event.process.id, event.image);
    add_party(alert, context.lineage, Role::process, event.process.id);
    ImageFinding finding = found(ImageDeed::connects, event.image,
                                 path_of(context.lineage, event.process.id, event.image, {}));
    add_state(finding, context, event.process.id, event.state);
    alert.finding = std::move(finding);
    return alert;
}

Alert explain_starting(const FindingContext& context)
{
    const davy_event_image event = whole_image(context.event);
    Alert alert = begin_image(context, event);
    mark_gone(context.lineage, event.process.id, event.image);
    add_party(alert, context.lineage, Role::process, event.process.id);
    if (event.victim.tgid != 0)
        add_party(alert, context.lineage, Role::parent, event.victim);
    ImageFinding finding = found(ImageDeed::starts, event.image,
                                 path_of(context.lineage, event.process.id, event.image, {}));
    finding.starts = image_filename(context.event);
    add_state(finding, context, event.process.id, event.state);
    alert.finding = std::move(finding);
    return alert;
}

// A sweep judges nothing in the kernel, and condemned() knows none of its records.
Alert explain_found(const FindingContext& context)
{
    const davy_event_process event = whole_process(context.event);
    const davy_process& process = event.process;
    Alert alert = begin(context, false);
    alert.current = process.id;
    judge_blocked(alert, process.image);
    mark_gone(context.lineage, process.id, process.image);
    add_party(alert, context.lineage, Role::process, process.id);
    ImageFinding finding =
        found(ImageDeed::runs, process.image,
              path_of(context.lineage, process.id, process.image, field_text(event.path)));
    add_state(finding, context, process.id, event.state);
    alert.finding = std::move(finding);
    if (alert.verdict >= DAVY_DENY)
        alert.to_kill.push_back(process.id);
    return alert;
}

} // namespace davylamp
