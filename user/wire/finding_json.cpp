// SPDX-License-Identifier: Apache-2.0
// Verdicts, with the facts that they were judged on.
#include <algorithm>

#include "base/text.h"
#include "wire/event_json.h"
#include "wire/kind_json.h"

namespace davylamp {

namespace {

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

} // namespace

std::string allow_facts_json(const davy_allow_facts& facts)
{
    Json ancestors = Json::array();
    for (const davy_inode_key& ancestor : facts.ancestors) {
        if (ancestor.inode != 0)
            ancestors.push_back(file_text(ancestor.device, ancestor.inode));
    }
    Json out = {{"flags", flags(names::kAllowFlags, facts.flags)},
                {"uid", facts.uid},
                {"name", field_text(facts.name)},
                {"cgroup", field_text(facts.cgroup)},
                {"interpreter", facts.interpreter.inode ? Json(file_text(facts.interpreter.device,
                                                                         facts.interpreter.inode))
                                                        : Json()},
                {"ancestors", std::move(ancestors)}};
    return out.dump(-1, ' ', true, Json::error_handler_t::replace);
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
    out["causer_uid"] = chain.causer_uid;
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
    if (pool.relayed)
        out["relayed"] = true;
    if (pool.connected_ns != 0)
        out["connected_ns"] = pool.connected_ns;
    if (pool.writer.tgid != 0) {
        out["writer"] = id_json(pool.writer);
        out["writer_uid"] = pool.writer_uid;
        out["writer_comm"] = field_text(pool.writer_comm);
    }
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
    if (stratum.relayed)
        out["relayed"] = true;
    if (stratum.holds)
        out["holds"] = true;
    if (stratum.writer.tgid != 0) {
        out["writer"] = id_json(stratum.writer);
        out["writer_uid"] = stratum.writer_uid;
        out["writer_comm"] = field_text(stratum.writer_comm);
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(stratum.holders_count, DAVY_HOLDERS_MAX); i++)
        out["holders"].push_back(id_json(stratum.holders[i]));
    if (stratum.heirs != 0)
        out["heirs"] = stratum.heirs;
    if (stratum.connected_ns != 0)
        out["connected_ns"] = stratum.connected_ns;
    out["payload_offset"] = stratum.payload_offset;
    auto payload = stratum_payload(event);
    out["payload"] = std::string(payload.begin(), payload.end());
    bool plain = std::all_of(payload.begin(), payload.end(), [](std::uint8_t b) {
        return (b >= 0x20 && b < 0x7f) || b == '\t' || b == '\n' || b == '\r';
    });
    if (!plain)
        out["payload_hex"] = hex_text(payload);
}

} // namespace davylamp
