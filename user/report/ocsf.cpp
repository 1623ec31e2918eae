// SPDX-License-Identifier: Apache-2.0
// An alert as an OCSF 1.8.0 Detection Finding. The schema's attributes and enumerations are those
// of schema.ocsf.io 1.8.0; docs/events.md names every field that we write.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/rule_book.h"
#include "report/attack_table.h"
#include "report/phrases.h"
#include "report/report.h"
#include "report/told.h"
#include "wire/event_json.h"
#include "wire/names.h"

namespace davylamp {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFindings = 2, kDetectionFinding = 2004, kCreate = 1, kNew = 1;
constexpr int kActionDenied = 2, kActionObserved = 3;
constexpr int kBlocked = 2, kDropped = 6, kDetected = 15, kErrorDisposition = 27;
constexpr int kServer = 1, kLinux = 200, kRegularFile = 1, kOutbound = 2, kRule = 1;
constexpr int kObservableAddress = 2, kObservableHash = 8, kObservableProcess = 9;
constexpr int kSha256 = 3;
constexpr int kResourceExploitation = 13;

std::int64_t milliseconds(std::uint64_t time_ns, const RecordingInfo& host)
{
    // Unsigned, so that a hostile recording overflows into nonsense and not into undefined.
    return static_cast<std::int64_t>(time_ns +
                                     static_cast<std::uint64_t>(host.realtime_offset_ns)) /
           1'000'000;
}

std::string process_uid(const davy_process_id& id, const RecordingInfo& host)
{
    return host.boot_id + ":" + std::to_string(id.tgid) + ":" + std::to_string(id.start_ns);
}

std::string command_line(const ProcessInfo& process)
{
    std::string out;
    for (const std::string& arg : process.args)
        out += (out.empty() ? "" : " ") + arg;
    return out;
}

std::string_view process_name(const ProcessInfo& process)
{
    return process.comm.empty() ? process.image_name : process.comm;
}

// process_entity: what a parent and the ancestry say.
Json entity(const ProcessInfo& process, const RecordingInfo& host)
{
    Json out;
    out["pid"] = process.id.tgid;
    if (process.id.start_ns != 0)
        out["uid"] = process_uid(process.id, host);
    if (!process_name(process).empty())
        out["name"] = process_name(process);
    if (!process.args.empty())
        out["cmd_line"] = command_line(process);
    if (process.image_path.starts_with('/'))
        out["path"] = process.image_path;
    return out;
}

Json file(const ProcessInfo& process)
{
    Json out;
    out["name"] = process.image_name;
    out["type_id"] = kRegularFile;
    if (process.image_path.starts_with('/'))
        out["path"] = process.image_path;
    out["uid"] = std::to_string(process.image_device) + ":" + std::to_string(process.image_inode);
    if (process.image_nlink == 0)
        out["is_deleted"] = true;
    // The hash of a part is none of the file's; the facts have it.
    if (process.evidence && process.evidence->whole && !process.evidence->sha256.empty()) {
        out["size"] = process.evidence->size;
        out["hashes"] = Json::array({{{"algorithm_id", kSha256},
                                      {"algorithm", "SHA-256"},
                                      {"value", process.evidence->sha256}}});
    }
    return out;
}

// What OCSF has no key for stands among the process's extended attributes.
void add_place(Json& out, const ProcessInfo& info)
{
    if (info.id.own_tgid != 0)
        out["namespace_pid"] = info.id.own_tgid;
    if (!info.place)
        return;
    const ProcessPlace& place = *info.place;
    if (!place.container.id.empty()) {
        out["container"]["uid"] = place.container.id;
        if (!place.container.runtime.empty())
            out["container"]["runtime"] = place.container.runtime;
    }
    Json more = Json::object();
    if (!place.cgroup.empty())
        more["cgroup"] = place.cgroup;
    if (!place.path.empty())
        more["container_path"] = place.path;
    if (!place.host_path.empty())
        more["host_path"] = place.host_path;
    if (!more.empty())
        out["xattributes"] = std::move(more);
}

bool any_contained(const Alert& alert)
{
    return std::any_of(alert.parties.begin(), alert.parties.end(),
                       [](const AlertParty& party) { return party.process.contained(); });
}

Json process(const AlertParty& party, const RecordingInfo& host)
{
    const ProcessInfo& info = party.process;
    Json out = entity(info, host);
    if (info.started_ns != 0)
        out["created_time"] = milliseconds(info.id.start_ns, host);
    if (info.image_known && !info.image_name.empty())
        out["file"] = file(info);
    if (info.ids_known) {
        out["user"]["uid"] = std::to_string(info.uid);
        out["auid"] = info.auid;
        out["euid"] = info.euid;
    }
    if (info.contained())
        add_place(out, info);
    if (!party.ancestors.empty()) {
        out["parent_process"] = entity(party.ancestors.front(), host);
        Json ancestry = Json::array();
        for (const ProcessInfo& ancestor : party.ancestors)
            ancestry.push_back(entity(ancestor, host));
        out["ancestry"] = std::move(ancestry);
    }
    return out;
}

bool is_zero(const std::uint8_t (&address)[16])
{
    bool mapped = true; // ::ffff:0.0.0.0 says as little as ::
    for (int i = 0; i < 16; i++) {
        bool marker = i == 10 || i == 11;
        mapped = mapped && (address[i] == 0 || (marker && address[i] == 0xff));
    }
    return mapped;
}

void add_flow(Json& evidence, const davy_flow& flow)
{
    if (flow.family == 0)
        return;
    if (!is_zero(flow.local)) {
        evidence["src_endpoint"]["ip"] = address_text(flow.local);
        if (flow.local_port != 0)
            evidence["src_endpoint"]["port"] = flow.local_port;
    }
    evidence["dst_endpoint"]["ip"] = address_text(flow.remote);
    evidence["dst_endpoint"]["port"] = flow.remote_port;
    evidence["connection_info"]["direction_id"] = kOutbound;
    evidence["connection_info"]["protocol_num"] = flow.protocol;
    if (flow.protocol == 6 || flow.protocol == 17)
        evidence["connection_info"]["protocol_name"] = flow.protocol == 6 ? "tcp" : "udp";
}

// The flow is the downloader's, where there is one; else the first party's.
std::size_t flow_owner(const Alert& alert)
{
    for (std::size_t i = 0; i < alert.parties.size(); i++) {
        if (alert.parties[i].role == Role::downloader)
            return i;
    }
    return 0;
}

Json facts_of(const Alert& alert)
{
    Json out = Json::object();
    for (const auto& [name, value] : alert_facts(alert))
        out[name] = value;
    return out;
}

Json evidences(const Alert& alert, const RecordingInfo& host)
{
    Json out = Json::array();
    std::size_t owner = flow_owner(alert);
    for (std::size_t i = 0; i < alert.parties.size(); i++) {
        Json evidence;
        evidence["name"] = role_name(alert.parties[i].role);
        evidence["process"] = process(alert.parties[i], host);
        if (i == owner)
            add_flow(evidence, alert.flow);
        out.push_back(std::move(evidence));
    }
    if (out.empty() && alert.flow.family != 0) {
        Json evidence; // a socket older than the sensor: nobody is known
        evidence["name"] = "flow";
        add_flow(evidence, alert.flow);
        out.push_back(std::move(evidence));
    }
    Json facts = facts_of(alert);
    if (out.empty())
        out.push_back(Json{{"name", "facts"}});
    out.front()["data"] = facts.empty() ? Json{{"rule", alert_code(alert)}} : std::move(facts);
    return out;
}

Json observables(const Json& all)
{
    Json out = Json::array();
    for (std::size_t i = 0; i < all.size(); i++) {
        std::string at = "evidences[" + std::to_string(i) + "].";
        if (all[i].contains("dst_endpoint"))
            out.push_back({{"name", at + "dst_endpoint.ip"},
                           {"type_id", kObservableAddress},
                           {"value", all[i]["dst_endpoint"]["ip"]}});
        if (all[i].contains("process") && all[i]["process"].contains("name"))
            out.push_back({{"name", at + "process.name"},
                           {"type_id", kObservableProcess},
                           {"value", all[i]["process"]["name"]}});
        if (all[i].contains("/process/file/hashes"_json_pointer))
            out.push_back({{"name", at + "process.file.hashes[0].value"},
                           {"type_id", kObservableHash},
                           {"value", all[i]["process"]["file"]["hashes"][0]["value"]}});
    }
    return out;
}

Json attack_name(const AttackName& name) { return {{"uid", name.uid}, {"name", name.name}}; }

Json attacks(const Alert& alert)
{
    Json out = Json::array();
    for (const AttackRow* row : attack_rows(alert)) {
        Json attack;
        attack["version"] = kAttackVersion;
        attack["tactic"] = attack_name(row->tactic);
        attack["technique"] = attack_name(row->technique);
        if (!row->sub_technique.uid.empty())
            attack["sub_technique"] = attack_name(row->sub_technique);
        out.push_back(std::move(attack));
    }
    return out;
}

struct Disposition {
    int action, disposition;
};

// A dry run never says Blocked. What was decided and could not be done is an error; a kill that is
// userspace's is a block that comes after the fact.
Disposition disposition_of(const Alert& alert)
{
    std::uint16_t did = alert.decision.did;
    if (alert.verdict < DAVY_DENY)
        return {kActionObserved, kDetected};
    if (did & DAVY_DID_DROP)
        return {kActionDenied, kDropped};
    if ((did & (DAVY_DID_REFUSE | DAVY_DID_KILL_CURRENT | DAVY_DID_KILL_PEER |
                DAVY_DID_STOP_CURRENT | DAVY_DID_STOP_PEER)) ||
        !alert.to_kill.empty())
        return {kActionDenied, kBlocked};
    return {kActionObserved, kErrorDisposition};
}

Json unmapped(const Alert& alert, const RecordingInfo& host)
{
    Json out;
    out["would_block"] = alert.would_block;
    out["verdict"] = verdict_name(alert.verdict);
    out["mode"] = mode_name(static_cast<std::uint32_t>(alert.decision.mode));
    out["rule"] = alert.decision.rule;
    out["certainty"] = certainty_name(alert.decision.certainty);
    Json did = Json::array();
    for (std::string_view name : did_names(alert.decision.did))
        did.push_back(name);
    out["did"] = std::move(did);
    if (alert.decision.backend != DAVY_BACKEND_PORTABLE)
        out["backend"] = backend_name(alert.decision.backend);
    if (alert.decision.row != DAVY_NO_ROW)
        out["policy_row"] = alert.decision.row;
    if (!alert.policy_note.empty())
        out["policy_note"] = alert.policy_note;
    if (alert.allow.flags & DAVY_FACTS_GATHERED)
        out["allow"] = Json::parse(allow_facts_json(alert.allow));
    out["action"] = alert_action(alert);
    if (!alert.to_kill.empty()) {
        Json whom = Json::array();
        for (const davy_process_id& id : alert.to_kill)
            whom.push_back(process_uid(id, host));
        out["to_kill"] = std::move(whom);
    }
    out["incident"] = alert.incident;
    if (!host.kernel.empty())
        out["kernel"] = host.kernel;
    if (!alert.payload.empty())
        out["payload"] = alert.payload;
    return out;
}

} // namespace

std::string alert_ocsf(const Alert& alert, const RecordingInfo& host)
{
    std::string uid = host.boot_id + ":" + std::to_string(alert.sequence);
    std::int64_t time = milliseconds(alert.time_ns, host);
    Disposition disposition = disposition_of(alert);
    std::string name = alert_analytic(alert), code = alert_code(alert);

    Json out;
    out["class_uid"] = kDetectionFinding;
    out["category_uid"] = kFindings;
    out["activity_id"] = kCreate;
    out["type_uid"] = kDetectionFinding * 100 + kCreate;
    out["time"] = time;
    out["severity_id"] = alert.severity;
    out["status_id"] = kNew;
    out["is_alert"] = true;
    out["count"] = alert.repeats + 1;
    out["message"] = alert_message(alert);

    Json& metadata = out["metadata"];
    metadata["version"] = "1.8.0";
    metadata["uid"] = uid;
    metadata["sequence"] = alert.sequence;
    metadata["event_code"] = code;
    metadata["correlation_uid"] = host.boot_id + ":incident-" + std::to_string(alert.incident);
    metadata["profiles"] = {"host", "security_control", "linux/linux_users"};
    if (any_contained(alert))
        metadata["profiles"].push_back("container");
    metadata["product"] = {
        {"name", "davylamp"}, {"vendor_name", "Davylamp"}, {"version", DAVYLAMP_VERSION}};

    Json& device = out["device"];
    device["hostname"] = host.hostname;
    if (!host.machine_id.empty())
        device["uid"] = host.machine_id;
    device["type_id"] = kServer;
    device["os"] = {{"name", host.os_name.empty() ? "Linux" : host.os_name}, {"type_id", kLinux}};

    out["confidence_id"] = alert.decision.certainty == DAVY_CERTAIN ? 3 : 1;
    out["action_id"] = disposition.action;
    out["disposition_id"] = disposition.disposition;
    out["policy"] = {{"name", name}, {"uid", code}};

    Json& finding = out["finding_info"];
    finding["uid"] = uid;
    finding["title"] = alert_title(alert);
    finding["created_time"] = time;
    finding["analytic"] = {{"uid", code}, {"name", name}, {"type_id", kRule}};
    if (Json rows = attacks(alert); !rows.empty())
        finding["attacks"] = std::move(rows);

    if (const RuleRow* rule = find_rule(alert.decision.rule); rule && rule->malware)
        out["malware"] = Json::array(
            {{{"name", "Cryptocurrency miner"}, {"classification_ids", {kResourceExploitation}}}});
    out["evidences"] = evidences(alert, host);
    if (Json seen = observables(out["evidences"]); !seen.empty())
        out["observables"] = std::move(seen);
    out["unmapped"] = unmapped(alert, host);
    // Text from outside may be no UTF-8, and dump() throws on it unless told to replace.
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace davylamp
