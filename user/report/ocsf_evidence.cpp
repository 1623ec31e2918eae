// SPDX-License-Identifier: Apache-2.0
// The evidences of an OCSF finding, and the observables in them.
#include "report/ocsf_parts.h"
#include "report/phrases.h"
#include "report/told.h"
#include "wire/event_json.h"

namespace davylamp {

namespace {

using Json = OcsfJson;

constexpr int kOutbound = 2;
constexpr int kObservableAddress = 2, kObservableHash = 8, kObservableProcess = 9;

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

} // namespace

OcsfJson ocsf_evidences(const Alert& alert, const RecordingInfo& host)
{
    Json out = Json::array();
    std::size_t owner = flow_owner(alert);
    for (std::size_t i = 0; i < alert.parties.size(); i++) {
        Json evidence;
        evidence["name"] = role_name(alert.parties[i].role);
        evidence["process"] = ocsf_process(alert.parties[i], host);
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

OcsfJson ocsf_observables(const OcsfJson& all)
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

} // namespace davylamp
