// SPDX-License-Identifier: Apache-2.0
#include "engine/finding_key.h"

namespace davylamp {

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
        if (stratum.facts.direction != DAVY_TO_SERVER)
            key.name = "came in"; // less than what the client says after it
        break;
    }
    default: break;
    }
    return key;
}

} // namespace davylamp
