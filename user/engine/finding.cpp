// SPDX-License-Identifier: Apache-2.0
#include "engine/finding.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "davylamp/rules/pool.h"
#include "engine/chain_finding.h"
#include "engine/engine.h"
#include "engine/evidence.h"
#include "engine/finding_parts.h"
#include "engine/pool_finding.h"
#include "engine/severity.h"
#include "engine/stratum_details.h"
#include "engine/websocket.h"
#include "engine/words.h"
#include "wire/names.h"

namespace davylamp {

namespace {

// A page, not a list: one image may have hundreds of workers. The count is among the facts.
constexpr std::size_t kVictimsShown = 16;
constexpr std::uint32_t kModeOtherWrite = 0002; // S_IWOTH
constexpr std::uint32_t kModeBits = 07777;

// Closes the sentence with what was done. `enforceable`: the rule takes something in block mode.
void finish(Alert& alert, const davy_process_id& current, bool at_connect, bool enforceable)
{
    alert.would_block = alert.verdict == DAVY_ALERT && enforceable;
    alert.action = action_text(alert, current, at_connect);
    std::string did = alert.action;
    if (auto errno_name = did.find(" (EPERM"); errno_name != did.npos)
        did.erase(errno_name, did.find(')', errno_name) + 1 - errno_name);
    alert.message += "; " + did;
}

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

Alert explain_fileless(Lineage& lineage, const davy_event_image& event, std::string_view filename)
{
    Alert alert = begin(event.header, event.decision);
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
    return alert;
}

// What policy lists is no stranger: it is named by its path, and by its file.
Alert explain_denied(Lineage& lineage, const davy_event_image& event, std::string_view filename)
{
    Alert alert = begin(event.header, event.decision);
    bool refused = (event.decision.did & DAVY_DID_REFUSE) != 0;
    AlertParty& party = add_party(alert, lineage, "process", event.process.id);
    alert.message = label(party.process) + (refused ? " tried to start " : " starts ") +
                    quoted_image(std::string(filename), event.image) + ", which policy denies";
    SeverityHints hints = image_facts(alert, event.image, std::string(filename));
    state_facts(alert, hints, lineage, event.process.id, event.state);
    alert.severity = severity_of(alert, hints);
    return alert;
}

Alert explain_removed(Lineage& lineage, const davy_event_image& event, std::string_view filename)
{
    Alert alert = begin(event.header, event.decision);
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
    return alert;
}

Alert explain_talking(Lineage& lineage, const davy_event_image& event)
{
    Alert alert = begin(event.header, event.decision);
    alert.flow = event.flow;
    mark_gone(lineage, event.process.id, event.image);
    AlertParty& party = add_party(alert, lineage, "process", event.process.id);
    std::string path = path_of(lineage, event.process.id, event.image, {});
    alert.message = label(party.process) + ", whose executable " + quoted_image(path, event.image) +
                    " is gone, connects to " + remote_text(event.flow);
    SeverityHints hints = image_facts(alert, event.image, path);
    state_facts(alert, hints, lineage, event.process.id, event.state);
    alert.severity = severity_of(alert, hints);
    return alert;
}

Alert explain_starting(Lineage& lineage, const davy_event_image& event, std::string_view filename)
{
    Alert alert = begin(event.header, event.decision);
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
    return alert;
}

std::uint8_t innermost(const davy_event_stratum& stratum)
{
    std::uint8_t last = DAVY_WRAP_NONE;
    for (std::uint8_t wrap : stratum.wraps) {
        if (wrap == DAVY_WRAP_NONE)
            break;
        last = wrap;
    }
    return last;
}

// "socks5, websocket": the outermost first.
std::string wraps_text(const davy_event_stratum& stratum)
{
    std::string out;
    for (std::uint8_t wrap : stratum.wraps) {
        if (wrap == DAVY_WRAP_NONE)
            break;
        out += (out.empty() ? "" : ", ") + std::string(wrap_name(wrap));
    }
    return out;
}

Alert explain_stratum(Lineage& lineage, const Event& event)
{
    const davy_event_stratum stratum = whole_stratum(event);
    Alert alert = begin(stratum.header, stratum.decision);
    alert.flow = stratum.flow;
    std::string owner = "an unknown process";
    if (stratum.owner.tgid != 0) {
        AlertParty& party = add_party(alert, lineage, "owner", stratum.owner);
        owner = label(party.process);
        if (!party.process.ids_known)
            fact(alert, "uid", std::to_string(stratum.owner_uid));
    }
    auto bytes = stratum_payload(event);
    alert.payload.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());

    std::string dialect(dialect_name(stratum.facts.dialect));
    bool to_server = stratum.facts.direction == DAVY_TO_SERVER;
    alert.message =
        to_server ? owner + " speaks Stratum (" + dialect + ") to " + remote_text(stratum.flow)
                  : remote_text(stratum.flow) + " speaks Stratum (" + dialect + ") to " + owner;
    fact(alert, "dialect", dialect);
    fact(alert, "direction", std::string(direction_name(stratum.facts.direction)));
    if (stratum.facts.midstream)
        fact(alert, "midstream", "yes");
    fact(alert, "wraps", wraps_text(stratum));
    fact(alert, "offset", std::to_string(stratum.facts.offset));
    bool frames = innermost(stratum) == DAVY_WRAP_WEBSOCKET;
    for (auto& [name, value] :
         stratum_details(frames ? websocket_text(alert.payload) : alert.payload)) {
        if (name == "login" && to_server)
            alert.message += ", as " + value;
        fact(alert, name, std::move(value));
    }
    alert.severity = severity_of(alert, {});
    return alert;
}

void connects(Lineage::Process* process)
{
    if (process)
        process->connected = true;
}

void mines(Lineage::Process* process)
{
    connects(process);
    if (process)
        process->stratum = true;
}

} // namespace

FindingKey finding_key(const Event& event)
{
    FindingKey key;
    auto set = [](const davy_process_id& id, std::uint64_t& start, std::uint32_t& tgid) {
        start = id.start_ns;
        tgid = id.tgid;
    };
    auto remote = [&](const davy_flow& flow) {
        key.remote.assign(reinterpret_cast<const char*>(flow.remote), sizeof flow.remote);
        key.remote += static_cast<char>(flow.remote_port >> 8);
        key.remote += static_cast<char>(flow.remote_port & 0xff);
    };
    key.verdict = event.header().verdict;
    if (const davy_decision* decision = decision_of(event))
        key.rule = decision->rule;
    switch (event.kind()) {
    case DAVY_EVENT_CHAIN: {
        const auto& chain = event.as<davy_event_chain>();
        set(chain.source, key.first_start, key.first_tgid);
        set(chain.sink, key.second_start, key.second_tgid);
        remote(chain.flow);
        break;
    }
    case DAVY_EVENT_IMAGE: {
        const auto& image = event.as<davy_event_image>();
        set(image.process.id, key.first_start, key.first_tgid);
        key.inode = image.image.inode;
        key.device = image.image.device;
        remote(image.flow);
        break;
    }
    case DAVY_EVENT_POOL: {
        const davy_event_pool pool = whole_pool(event);
        set(pool.process.id, key.first_start, key.first_tgid);
        if (pool.facts.match != DAVY_POOL_QUESTION)
            remote(pool.flow);
        if (pool.facts.match == DAVY_POOL_PROXY_ADDRESS)
            key.name.assign(reinterpret_cast<const char*>(pool.proxied), sizeof pool.proxied);
        else if (pool.facts.match == DAVY_POOL_PROVEN)
            key.name = "again"; // other news than the Stratum that was seen, of the same rule
        else
            key.name = field_text(pool.name);
        break;
    }
    case DAVY_EVENT_STRATUM: {
        const auto& stratum = event.as<davy_event_stratum>();
        set(stratum.owner, key.first_start, key.first_tgid);
        remote(stratum.flow);
        break;
    }
    default: break;
    }
    return key;
}

void learn(Lineage& lineage, const Event& event)
{
    std::uint64_t time_ns = event.header().time_ns;
    switch (event.kind()) {
    case DAVY_EVENT_CHAIN: {
        const auto& chain = event.as<davy_event_chain>();
        lineage.seen(chain.process, time_ns);
        lineage.named(chain.sink, field_text(chain.sink_comm), time_ns);
        connects(lineage.named(chain.source, field_text(chain.source_comm), time_ns));
        break;
    }
    case DAVY_EVENT_IMAGE: {
        const auto& image = event.as<davy_event_image>();
        lineage.seen(image.process, time_ns);
        if (image.decision.rule == DAVY_RULE_IMAGE_TALKING)
            connects(lineage.find(image.process.id));
        lineage.named(image.victim, {}, time_ns);
        break;
    }
    case DAVY_EVENT_POOL: {
        const auto& pool = event.as<davy_event_pool>();
        const davy_process& process = pool.process;
        // A packet's record has no more of the process than its name.
        Lineage::Process* known = davy_pool_in_packet(&pool.facts)
                                      ? lineage.named(process.id, field_text(process.comm), time_ns)
                                      : lineage.seen(process, time_ns);
        if (pool.facts.match != DAVY_POOL_QUESTION)
            mines(known);
        break;
    }
    case DAVY_EVENT_STRATUM: {
        const auto& stratum = event.as<davy_event_stratum>();
        mines(lineage.named(stratum.owner, field_text(stratum.owner_comm), time_ns));
        break;
    }
    default: break;
    }
}

Alert explain(Lineage& lineage, const PoolBook& pools, const Event& event)
{
    Alert alert;
    davy_process_id current{};
    bool at_connect = true, enforceable = true;
    switch (event.kind()) {
    case DAVY_EVENT_CHAIN: {
        const auto& chain = event.as<davy_event_chain>();
        alert = explain_chain(lineage, event);
        current = chain.process.id;
        at_connect = chain.facts.source == DAVY_SOURCE_CONNECT;
        break;
    }
    case DAVY_EVENT_IMAGE: {
        const davy_event_image image = whole_image(event);
        std::string_view filename = image_filename(event);
        if (image.decision.rule == DAVY_RULE_IMAGE_FILELESS)
            alert = explain_fileless(lineage, image, filename);
        else if (image.decision.rule == DAVY_RULE_IMAGE_REMOVED)
            alert = explain_removed(lineage, image, filename);
        else if (image.decision.rule == DAVY_RULE_IMAGE_DENIED)
            alert = explain_denied(lineage, image, filename);
        else if (image.decision.rule == DAVY_RULE_IMAGE_STARTING)
            alert = explain_starting(lineage, image, filename);
        else
            alert = explain_talking(lineage, image);
        evidence_facts(alert);
        current = image.process.id;
        break;
    }
    case DAVY_EVENT_POOL: {
        const davy_event_pool pool = whole_pool(event);
        alert = explain_pool(lineage, pools, pool);
        current = pool.process.id;
        at_connect = !davy_pool_in_packet(&pool.facts);
        enforceable = pool.facts.match != DAVY_POOL_QUESTION;
        break;
    }
    default:
        alert = explain_stratum(lineage, event);
        at_connect = false;
        enforceable = !event.as<davy_event_stratum>().facts.midstream;
        break;
    }
    alert.to_kill = condemned(event);
    finish(alert, current, at_connect, enforceable);
    return alert;
}

Alert explain_found(Lineage& lineage, const davy_event_process& event, std::uint32_t verdict,
                    std::uint8_t mode)
{
    davy_decision decision{};
    decision.detection = DAVY_DETECTION_IMAGE;
    decision.rule = DAVY_RULE_IMAGE_FOUND;
    decision.mode = mode;
    decision.certainty = DAVY_CERTAIN;
    decision.row = DAVY_NO_ROW;
    Alert alert = begin(event.header, decision);
    alert.verdict = verdict;
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
    bool taken = verdict >= DAVY_DENY;
    if (taken)
        alert.to_kill.push_back(process.id);
    finish(alert, process.id, true, !(process.image.flags & DAVY_IMAGE_BEFORE_US));
    return alert;
}

} // namespace davylamp
