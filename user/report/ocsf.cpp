// SPDX-License-Identifier: Apache-2.0
// An alert as an OCSF 1.8.0 Detection Finding. The schema's attributes and enumerations are those
// of schema.ocsf.io 1.8.0; docs/events.md names every field that we write.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/rule_book.h"
#include "report/attack_table.h"
#include "report/ocsf_parts.h"
#include "report/report.h"
#include "report/told.h"
#include "wire/event_json.h"
#include "wire/names.h"

namespace davylamp {

namespace {

using Json = OcsfJson;

constexpr int kFindings = 2, kDetectionFinding = 2004, kCreate = 1, kNew = 1;
constexpr int kActionDenied = 2, kActionObserved = 3;
constexpr int kBlocked = 2, kDropped = 6, kDetected = 15, kErrorDisposition = 27;
constexpr int kServer = 1, kLinux = 200, kRule = 1;
constexpr int kResourceExploitation = 13;

bool any_contained(const Alert& alert)
{
    return std::any_of(alert.parties.begin(), alert.parties.end(),
                       [](const AlertParty& party) { return party.process.contained(); });
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

// Monitor mode never says Blocked. What was decided and could not be done is an error; a kill by
// userspace is a block after the fact.
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
    auto uids = [&](const std::vector<davy_process_id>& ids) {
        Json whom = Json::array();
        for (const davy_process_id& id : ids)
            whom.push_back(ocsf_process_uid(id, host));
        return whom;
    };
    if (!alert.to_kill.empty())
        out["to_kill"] = uids(alert.to_kill);
    if (!alert.left_alive.empty())
        out["left_alive"] = uids(alert.left_alive);
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
    std::int64_t time = ocsf_milliseconds(alert.time_ns, host);
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
    out["evidences"] = ocsf_evidences(alert, host);
    if (Json seen = ocsf_observables(out["evidences"]); !seen.empty())
        out["observables"] = std::move(seen);
    out["unmapped"] = unmapped(alert, host);
    // Text from outside may be no UTF-8, and dump() throws on it unless told to replace.
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace davylamp
