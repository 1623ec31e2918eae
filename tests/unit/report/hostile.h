// SPDX-License-Identifier: Apache-2.0
// An alert in which every text from outside is malicious.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "engine/alert.h"

namespace davylamp::test {

inline void spoil(ProcessInfo& process, const std::string& bad)
{
    process.args = {bad, bad};
    process.comm = process.image_name = process.image_path = bad;
}

inline void spoil(davy_image& image, const std::string& bad)
{
    std::memset(image.name, 0, sizeof image.name);
    bad.copy(image.name, sizeof image.name - 1);
}

inline void spoil(std::monostate&, const std::string&) {}

inline void spoil(ChainFinding& chain, const std::string& bad)
{
    chain.service = chain.code = bad;
    if (chain.file)
        chain.file->path = bad;
}

inline void spoil(ImageFinding& image, const std::string& bad)
{
    spoil(image.image, bad);
    image.path = image.starts = bad;
}

inline void spoil(StratumFinding& stratum, const std::string& bad)
{
    StratumDetails& details = stratum.details;
    for (std::string* text : {&details.method, &details.login, &details.password, &details.worker,
                              &details.agent, &details.rigid, &details.algo})
        *text = bad;
}

inline void spoil(PoolFinding& pool, const std::string& bad) { pool.name = pool.entry = bad; }

inline Alert spoilt(Alert alert, const std::string& bad)
{
    for (AlertParty& party : alert.parties) {
        spoil(party.process, bad);
        party.ancestors.push_back(party.process);
    }
    alert.policy_note = alert.payload = bad;
    std::visit([&](auto& finding) { spoil(finding, bad); }, alert.finding);
    return alert;
}

} // namespace davylamp::test
