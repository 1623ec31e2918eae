// SPDX-License-Identifier: Apache-2.0
// The facts of an alert, by name: docs/events.md has the table.
#include <cstdio>
#include <string>
#include <string_view>

#include "base/files.h"
#include "report/phrases.h"
#include "report/told.h"
#include "wire/event.h"
#include "wire/event_json.h"
#include "wire/names.h"

namespace davylamp {

namespace {

class Facts {
public:
    // An empty value is none.
    void add(std::string_view name, std::string_view value)
    {
        if (!value.empty())
            list.emplace_back(name, value);
    }
    void add(std::string_view name, std::uint64_t value) { add(name, std::to_string(value)); }
    void add_if(bool holds, std::string_view name, std::string_view value = "yes")
    {
        if (holds)
            add(name, value);
    }
    void add_uid(std::optional<std::uint32_t> uid)
    {
        if (uid)
            add("uid", *uid);
    }
    void add_place(FilePlace place)
    {
        add_if(place == FilePlace::world_writable, "place", "world-writable");
        add_if(place == FilePlace::home, "place", "a home");
    }

    std::vector<std::pair<std::string, std::string>> list;
};

void add(Facts& facts, const Alert&, const ChainFinding& chain)
{
    facts.add("source", source_name(chain.begins));
    if (chain.file) {
        const DownloadedFile& file = *chain.file;
        facts.add("path", file.path);
        facts.add("file", file_text(file.key.device, file.key.inode));
        facts.add("written by", writer_name(file.writer));
        facts.add_place(file.place);
    } else {
        facts.add("pipes", chain.pipes);
        facts.add("code", chain.code);
    }
    facts.add_if(chain.family != DAVY_FAMILY_NONE, "interpreter", family_name(chain.family));
    facts.add("network service", chain.service);
}

std::string octal(std::uint32_t mode)
{
    constexpr std::uint32_t kModeBits = 07777;
    char text[16];
    std::snprintf(text, sizeof text, "%04o", mode & kModeBits);
    return text;
}

// What was saved of the first process or victim of which something was, or should have been.
void add_evidence(Facts& facts, const Alert& alert)
{
    for (const AlertParty& party : alert.parties) {
        if ((party.role != Role::process && party.role != Role::victim) || !party.process.evidence)
            continue;
        const EvidenceInfo& saved = *party.process.evidence;
        facts.add("evidence", saved.folder);
        facts.add("sha256", saved.sha256);
        if (saved.image)
            facts.add("evidence_size", saved.size);
        facts.add_if(saved.image && !saved.whole, "evidence_cut");
        if (saved.missing != 0)
            facts.add("evidence_missing", saved.missing);
        if (saved.error != 0)
            facts.add("evidence_error", errno_text(static_cast<int>(saved.error)));
        return;
    }
}

void add(Facts& facts, const Alert& alert, const ImageFinding& finding)
{
    const davy_image& image = finding.image;
    // The hooks on unlink know the inode and the path, and no name.
    std::string_view name = field_text(image.name), path = finding.path;
    facts.add("image", name.empty() ? path.substr(path.rfind('/') + 1) : name);
    facts.add("path", path);
    facts.add("file", file_text(image.device, image.inode));
    facts.add_if(finding.is_memfd(), "kind", "memfd");
    if (image.flags & (DAVY_IMAGE_SCRIPT | DAVY_IMAGE_LOADED))
        facts.add("runs", image.flags & DAVY_IMAGE_SCRIPT ? "as a script" : "through a loader");
    if (image.owner != 0)
        facts.add("owner", image.owner);
    facts.add_place(finding.place);
    if (finding.anyone_writes())
        facts.add("mode", octal(image.mode));
    if (finding.victims > 1)
        facts.add("victims", finding.victims);
    facts.add("starts", finding.starts);
    if (finding.cpu_percent)
        facts.add("cpu", std::to_string(*finding.cpu_percent) + "%");
    facts.add_if(finding.net_fed, "net_fed");
    facts.add_if(finding.mines, "stratum");
    add_evidence(facts, alert);
}

// "socks5, websocket": the outermost first.
std::string wraps_text(const StratumFinding& stratum)
{
    std::string out;
    for (std::uint8_t wrap : stratum.wraps) {
        if (wrap == DAVY_WRAP_NONE)
            break;
        out += (out.empty() ? "" : ", ") + std::string(wrap_name(wrap));
    }
    return out;
}

void add(Facts& facts, const Alert&, const StratumFinding& stratum)
{
    facts.add_uid(stratum.uid);
    facts.add("dialect", dialect_name(stratum.dialect));
    facts.add("direction", direction_name(stratum.direction));
    facts.add_if(stratum.midstream, "midstream");
    facts.add_if(stratum.relayed, "relayed");
    facts.add("wraps", wraps_text(stratum));
    facts.add("offset", stratum.offset);
    const StratumDetails& details = stratum.details;
    facts.add("method", details.method);
    facts.add("login", details.login);
    facts.add("password", details.password);
    facts.add("worker", details.worker);
    facts.add("agent", details.agent);
    facts.add("rigid", details.rigid);
    facts.add("algo", details.algo);
    facts.add_if(details.nicehash, "nicehash");
}

void add(Facts& facts, const Alert&, const PoolFinding& pool)
{
    facts.add_uid(pool.uid);
    facts.add("match", pool_match_name(pool.match));
    facts.add_if(pool.relayed, "relayed");
    facts.add("name", pool.name);
    facts.add_if(pool.match == DAVY_POOL_PROXY_ADDRESS, "proxied", address_text(pool.proxied));
    facts.add("entry", pool.entry);
    if (pool.tries != 0)
        facts.add("tries", pool.tries);
    if (pool.match == DAVY_POOL_ANSWER)
        facts.add("ttl_s", pool.ttl_s);
}

void add(Facts&, const Alert&, std::monostate) {} // what is in it is not known

} // namespace

std::vector<std::pair<std::string, std::string>> alert_facts(const Alert& alert)
{
    Facts facts;
    std::visit([&](const auto& finding) { add(facts, alert, finding); }, alert.finding);
    return std::move(facts.list);
}

} // namespace davylamp
