// SPDX-License-Identifier: Apache-2.0
// Every field of every kind, by its ABI name. Meant for people with jq and for tests; nothing here
// is on a hot path.
#include "wire/event_json.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "wire/container.h"
#include "wire/names.h"

namespace davylamp {

namespace {

using Json = nlohmann::ordered_json;

// Enumerations: the name, or the number where there is none, so that nothing is lost.
template <std::size_t N> Json named(const names::Row (&table)[N], std::uint32_t number)
{
    std::string_view name = names::find(table, number);
    return name == kUnknownName ? Json(number) : Json(name);
}

// Flags: an array of names, bits without a name as one number at its end.
template <std::size_t N> Json flags(const names::Row (&table)[N], std::uint32_t value)
{
    Json out = Json::array();
    for (const names::Row& row : table) {
        if (value & row.number)
            out.push_back(row.name);
        value &= ~row.number;
    }
    if (value != 0)
        out.push_back(value);
    return out;
}

Json row_json(std::uint32_t row) { return row == DAVY_NO_ROW ? Json() : Json(row); }

Json id_json(const davy_process_id& id)
{
    if (id.tgid == 0 && id.start_ns == 0)
        return nullptr;
    Json out{{"tgid", id.tgid}, {"start_ns", id.start_ns}};
    if (id.own_tgid != 0)
        out["own_tgid"] = id.own_tgid;
    return out;
}

// "254:1", as ls -l shows a device.
std::string device_text(std::uint32_t device)
{
    return std::to_string(device >> 20) + ":" + std::to_string(device & 0xfffff);
}

Json image_json(const davy_image& image)
{
    char mode[16];
    std::snprintf(mode, sizeof mode, "%07o", image.mode);
    return {{"inode", image.inode},
            {"device", device_text(image.device)},
            {"nlink", image.nlink},
            {"mode", mode},
            {"owner", image.owner},
            {"family", named(names::kFamilies, image.family)},
            {"flags", flags(names::kImageFlags, image.flags)},
            {"name", field_text(image.name)}};
}

Json process_json(const davy_process& process)
{
    return {{"id", id_json(process.id)},
            {"parent", id_json(process.parent)},
            {"cgroup_id", process.cgroup_id},
            {"uid", process.uid},
            {"euid", process.euid},
            {"gid", process.gid},
            {"auid", process.auid == 0xffffffffu ? Json() : Json(process.auid)},
            {"comm", field_text(process.comm)},
            {"image", image_json(process.image)}};
}

Json flow_json(const davy_flow& flow)
{
    if (flow.family == 0)
        return nullptr;
    bool bound = std::any_of(std::begin(flow.local), std::end(flow.local),
                             [](std::uint8_t b) { return b != 0; });
    return {{"family", flow.family},
            {"protocol", flow.protocol == IPPROTO_TCP   ? Json("tcp")
                         : flow.protocol == IPPROTO_UDP ? Json("udp")
                                                        : Json(flow.protocol)},
            {"local", bound ? Json(address_text(flow.local)) : Json()},
            {"local_port", flow.local_port},
            {"remote", address_text(flow.remote)},
            {"remote_port", flow.remote_port},
            {"cookie", flow.cookie}};
}

Json decision_json(const davy_decision& decision)
{
    Json out{{"detection", named(names::kDetections, decision.detection)},
             {"rule", named(names::kRules, decision.rule)},
             {"mode", named(names::kModes, decision.mode)},
             {"certainty", named(names::kCertainties, decision.certainty)},
             {"did", flags(names::kDids, decision.did)},
             {"row", row_json(decision.row)}};
    if (decision.backend != DAVY_BACKEND_PORTABLE)
        out["backend"] = named(names::kBackends, decision.backend);
    return out;
}

// Each NUL ends an argument; what follows the last one was cut off by the kernel's copy.
Json args_json(std::string_view args)
{
    Json out = Json::array();
    while (!args.empty()) {
        std::size_t end = std::min(args.find('\0'), args.size());
        out.push_back(args.substr(0, end));
        args.remove_prefix(std::min(end + 1, args.size()));
    }
    return out;
}

void add(Json& out, const davy_event_fork& fork)
{
    out["parent"] = id_json(fork.parent);
    out["child"] = id_json(fork.child);
    out["comm"] = field_text(fork.comm);
}

void add_exec(Json& out, const Event& event)
{
    const auto& exec = event.as<davy_event_exec>();
    out["process"] = process_json(exec.process);
    out["stdin_inode"] = exec.stdin_inode;
    out["stdout_inode"] = exec.stdout_inode;
    out["stdin_kind"] = named(names::kDescriptors, exec.stdin_kind);
    out["stdout_kind"] = named(names::kDescriptors, exec.stdout_kind);
    out["args_size"] = exec.args_size;
    out["code_fd"] = exec.code_fd;
    out["args_cut"] = exec.args_cut;
    out["filename"] = field_text(exec.filename);
    out["args"] = args_json(exec_args(event));
}

void add(Json& out, const davy_event_exit& exit)
{
    out["id"] = id_json(exit.id);
    out["exit_code"] = exit.exit_code;
    out["cpu_ns"] = exit.cpu_ns;
    out["comm"] = field_text(exit.comm);
}

void add(Json& out, const davy_event_connect& connect)
{
    out["process"] = process_json(connect.process);
    out["flow"] = flow_json(connect.flow);
}

void add_chain(Json& out, const Event& event)
{
    const davy_event_chain chain = whole_chain(event);
    out["decision"] = decision_json(chain.decision);
    out["process"] = process_json(chain.process);
    out["flow"] = flow_json(chain.flow);
    out["source"] = id_json(chain.source);
    out["sink"] = id_json(chain.sink);
    out["source_comm"] = field_text(chain.source_comm);
    out["sink_comm"] = field_text(chain.sink_comm);
    out["facts"] = {{"source", named(names::kSources, chain.facts.source)},
                    {"reads_code", chain.facts.reads_code},
                    {"hops", chain.facts.hops},
                    {"exempt", chain.facts.exempt},
                    {"row", row_json(chain.facts.row)}};
    out["pipe_inode"] = chain.pipe_inode;
    out["stages_count"] = chain.stages_count;
    Json& stages = out["stages"] = Json::array();
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(chain.stages_count, DAVY_STAGES_MAX); i++)
        stages.push_back(id_json(chain.stages[i]));
    if (chain.file.inode != 0) {
        out["file"] = {{"inode", chain.file.inode},
                       {"device", device_text(chain.file.device)},
                       {"fed_ns", chain.fed_ns},
                       {"writer", named(names::kWriters, chain.file_facts.writer)},
                       {"own", chain.file_facts.own},
                       {"image", chain.file_facts.image}};
    }
    if (chain.what[0])
        out["what"] = field_text(chain.what);
    if (chain.allow.flags & DAVY_FACTS_GATHERED)
        out["allow"] = Json::parse(allow_facts_json(chain.allow));
}

Json state_json(const davy_image_state& state)
{
    return {{"cpu_ns", state.cpu_ns}, {"flags", flags(names::kStateFlags, state.flags)}};
}

void add_process(Json& out, const Event& event)
{
    const davy_event_process process = whole_process(event);
    out["process"] = process_json(process.process);
    if (process.process.image.nlink == 0)
        out["state"] = state_json(process.state);
    if (process.path[0])
        out["path"] = field_text(process.path);
}

void add(Json& out, const davy_event_place& place)
{
    out["process"] = id_json(place.process);
    out["cgroup_id"] = place.cgroup_id;
    out["file"] = {{"inode", place.file.inode}, {"device", device_text(place.file.device)}};
    out["flags"] = flags(names::kPlaceFlags, place.flags);
    out["pid_namespace"] = place.pid_namespace;
    out["mount_namespace"] = place.mount_namespace;
    out["network"] = place.network;
    out["user_namespace"] = place.user_namespace;
    out["cgroup"] = field_text(place.cgroup);
    if (ContainerName container = container_of(field_text(place.cgroup)); !container.id.empty())
        out["container"] = container.id;
    out["path"] = field_text(place.path);
    out["inside"] = field_text(place.inside);
    out["host"] = field_text(place.host);
}

void add_image(Json& out, const Event& event)
{
    const davy_event_image image = whole_image(event);
    out["decision"] = decision_json(image.decision);
    out["process"] = process_json(image.process);
    out["image"] = image_json(image.image);
    out["flow"] = flow_json(image.flow);
    out["victim"] = id_json(image.victim);
    out["filename"] = image_filename(event);
    out["state"] = state_json(image.state);
}

// There are at most DAVY_WRAPS_MAX wrappings, and the first that is none ends them.
Json wraps_json(const davy_event_stratum& stratum)
{
    Json out = Json::array();
    for (std::uint8_t wrap : stratum.wraps) {
        if (wrap == DAVY_WRAP_NONE)
            break;
        out.push_back(named(names::kWraps, wrap));
    }
    return out;
}

bool is_zero(const std::uint8_t (&address)[16])
{
    return std::all_of(std::begin(address), std::end(address),
                       [](std::uint8_t b) { return b == 0; });
}

void add_pool(Json& out, const Event& event)
{
    const davy_event_pool pool = whole_pool(event);
    out["decision"] = decision_json(pool.decision);
    out["process"] = process_json(pool.process);
    out["flow"] = flow_json(pool.flow);
    out["facts"] = {{"match", named(names::kPoolMatches, pool.facts.match)},
                    {"port_refuses", pool.facts.port_refuses},
                    {"row", row_json(pool.facts.row)}};
    if (pool.facts.match == DAVY_POOL_PROVEN)
        out["tries"] = pool.tries;
    if (pool.facts.match == DAVY_POOL_ANSWER)
        out["ttl_s"] = pool.ttl_s;
    if (!is_zero(pool.proxied))
        out["proxied"] = address_text(pool.proxied);
    if (pool.name[0])
        out["name"] = field_text(pool.name);
}

void add_stratum(Json& out, const Event& event)
{
    const davy_event_stratum stratum = whole_stratum(event);
    out["decision"] = decision_json(stratum.decision);
    out["flow"] = flow_json(stratum.flow);
    out["owner"] = id_json(stratum.owner);
    out["owner_uid"] = stratum.owner_uid;
    out["payload_size"] = stratum.payload_size;
    out["owner_comm"] = field_text(stratum.owner_comm);
    out["facts"] = {{"dialect", named(names::kDialects, stratum.facts.dialect)},
                    {"direction", named(names::kDirections, stratum.facts.direction)},
                    {"midstream", stratum.facts.midstream},
                    {"exempt", stratum.facts.exempt},
                    {"offset", stratum.facts.offset}};
    if (stratum.wraps[0] != DAVY_WRAP_NONE)
        out["wraps"] = wraps_json(stratum);
    out["payload_offset"] = stratum.payload_offset;
    auto payload = stratum_payload(event);
    out["payload"] = std::string(payload.begin(), payload.end());
    bool plain = std::all_of(payload.begin(), payload.end(), [](std::uint8_t b) {
        return (b >= 0x20 && b < 0x7f) || b == '\t' || b == '\n' || b == '\r';
    });
    if (!plain)
        out["payload_hex"] = hex_text(payload);
}

void add(Json& out, const davy_event_loss& loss)
{
    Json& count = out["count"] = Json::object();
    for (std::uint32_t i = 0; i < DAVY_LOSS_COUNT; i++) {
        std::string_view name = loss_name(i);
        if (name != kUnknownName)
            count[std::string(name)] = loss.count[i];
        else if (loss.count[i] != 0)
            count[std::to_string(i)] = loss.count[i];
    }
}

void add(Json& out, const davy_event_outcome& outcome)
{
    out["target"] = id_json(outcome.target);
    out["cookie"] = outcome.cookie;
    out["rule"] = named(names::kRules, outcome.rule);
    out["outcome"] = named(names::kOutcomes, outcome.outcome);
    out["error"] = outcome.error;
}

void add_evidence(Json& out, const Event& event)
{
    const auto& evidence = event.as<davy_event_evidence>();
    out["target"] = id_json(evidence.target);
    out["sha256"] = evidence.flags & DAVY_EVIDENCE_IMAGE ? Json(hex_text(evidence.sha256)) : Json();
    out["image_size"] = evidence.image_size;
    out["rule"] = named(names::kRules, evidence.rule);
    out["flags"] = flags(names::kEvidenceFlags, evidence.flags);
    out["missing"] = evidence.missing;
    out["error"] = evidence.error;
    out["folder"] = evidence_folder(event);
}

void add_body(Json& out, const Event& event)
{
    switch (event.kind()) {
    case DAVY_EVENT_FORK: return add(out, event.as<davy_event_fork>());
    case DAVY_EVENT_EXEC: return add_exec(out, event);
    case DAVY_EVENT_EXIT: return add(out, event.as<davy_event_exit>());
    case DAVY_EVENT_CONNECT: return add(out, event.as<davy_event_connect>());
    case DAVY_EVENT_PROCESS: return add_process(out, event);
    case DAVY_EVENT_PLACE: return add(out, event.as<davy_event_place>());
    case DAVY_EVENT_CHAIN: return add_chain(out, event);
    case DAVY_EVENT_IMAGE: return add_image(out, event);
    case DAVY_EVENT_POOL: return add_pool(out, event);
    case DAVY_EVENT_STRATUM: return add_stratum(out, event);
    case DAVY_EVENT_LOSS: return add(out, event.as<davy_event_loss>());
    case DAVY_EVENT_OUTCOME: return add(out, event.as<davy_event_outcome>());
    case DAVY_EVENT_EVIDENCE: return add_evidence(out, event);
    default: {
        auto body = event.bytes().subspan(sizeof(davy_event_header));
        out["hex"] = hex_text({reinterpret_cast<const std::uint8_t*>(body.data()), body.size()});
    }
    }
}

std::string file_text(const davy_inode_key& key)
{
    return std::to_string(key.device >> 20) + ":" + std::to_string(key.device & 0xfffff) + ":" +
           std::to_string(key.inode);
}

} // namespace

std::string allow_facts_json(const davy_allow_facts& facts)
{
    Json ancestors = Json::array();
    for (const davy_inode_key& ancestor : facts.ancestors) {
        if (ancestor.inode != 0)
            ancestors.push_back(file_text(ancestor));
    }
    Json out = {
        {"flags", flags(names::kAllowFlags, facts.flags)},
        {"uid", facts.uid},
        {"name", field_text(facts.name)},
        {"cgroup", field_text(facts.cgroup)},
        {"interpreter", facts.interpreter.inode ? Json(file_text(facts.interpreter)) : Json()},
        {"ancestors", std::move(ancestors)}};
    return out.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string time_text(std::uint64_t time_ns, std::int64_t realtime_offset_ns)
{
    // Unsigned, since a record from outside may hold any time: it wraps and stays in 1677..2262.
    auto since_epoch =
        static_cast<std::int64_t>(time_ns + static_cast<std::uint64_t>(realtime_offset_ns));
    constexpr std::int64_t kSecond = 1'000'000'000;
    std::time_t seconds = since_epoch / kSecond;
    std::int64_t ns = since_epoch % kSecond;
    if (ns < 0) {
        ns += kSecond;
        seconds--;
    }
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", utc.tm_year + 1900,
                  utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                  static_cast<int>(ns));
    return text;
}

std::string address_text(const std::uint8_t (&address)[16])
{
    char text[INET6_ADDRSTRLEN] = "";
    static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::memcmp(address, kMapped, sizeof kMapped) == 0)
        inet_ntop(AF_INET, address + sizeof kMapped, text, sizeof text);
    else
        inet_ntop(AF_INET6, address, text, sizeof text);
    return text;
}

std::string event_json(const Event& event, std::int64_t realtime_offset_ns)
{
    const davy_event_header& header = event.header();
    Json out = {{"time", time_text(header.time_ns, realtime_offset_ns)},
                {"kind", event.known() ? Json(kind_name(header.kind)) : Json(header.kind)},
                {"version", header.version},
                {"size", header.size},
                {"time_ns", header.time_ns},
                {"tgid", header.tgid},
                {"verdict", named(names::kVerdicts, header.verdict)}};
    add_body(out, event);
    return out.dump(-1, ' ', true, Json::error_handler_t::replace);
}

} // namespace davylamp
