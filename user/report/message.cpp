// SPDX-License-Identifier: Apache-2.0
// The sentence of an alert: what happened, then what was done.
#include <string>

#include "engine/rule_book.h"
#include "report/action.h"
#include "report/phrases.h"
#include "report/time_units.h"
#include "report/told.h"
#include "wire/event.h"
#include "wire/event_json.h"
#include "wire/names.h"

namespace davylamp {

namespace {

std::string duration_text(std::uint64_t ns)
{
    if (ns < kSecond)
        return std::to_string(ns / kMillisecond) + " ms";
    return std::to_string(ns / kSecond) + " s";
}

std::string first_party(const Alert& alert)
{
    return alert.parties.empty() ? "an unknown process" : label(alert.parties.front().process);
}

std::string download(const Alert& alert, const ChainFinding& chain)
{
    const std::string reader = first_party(alert), remote = remote_text(alert.flow);
    const std::string source = label(alert, chain.source);
    const bool stopped = alert.verdict >= DAVY_DENY;
    const std::string runs = stopped ? ", which would run it" : ", which runs it";
    if (chain.file) {
        const DownloadedFile& file = *chain.file;
        return reader + (stopped ? " would run " : " runs ") +
               (file.path.empty() ? "a file" : file.path) + ", which " + source +
               ", with a connection to " + remote + ", wrote or passed on" +
               (file.age_ns ? " " + duration_text(*file.age_ns) + " before" : "");
    }
    switch (alert.decision.rule) {
    case DAVY_RULE_CHAIN_TEXT:
        return reader + (stopped ? " would run" : " runs") + " as code what " + source +
               " brought from " + remote;
    case DAVY_RULE_CHAIN_ONE_LINER:
        return source + " hands what it got from " + remote + " to " + reader + runs;
    default: break;
    }
    if (chain.begins == DAVY_SOURCE_CONNECT)
        return source + " downloads from " + remote + " into " + reader + runs;
    if (alert.decision.rule == DAVY_RULE_CHAIN_SOCKET)
        return reader + " takes its commands from a socket to " + remote;
    if (chain.source.tgid != 0)
        return source + " passes what it gets from " + remote + " to " + reader + runs;
    return "what comes from " + remote + " reaches " + reader + runs;
}

std::string happened(const Alert& alert, const ChainFinding& chain)
{
    return download(alert, chain) +
           (chain.stages > 0 ? " (through " + std::to_string(chain.stages) + " more)" : "");
}

// The image by its path, or by its name.
std::string image_text(const ImageFinding& image)
{
    if (!image.path.empty())
        return image.path;
    std::string name(field_text(image.image.name));
    return name.empty() ? "its file" : name;
}

std::string removal(const Alert& alert, const ImageFinding& image, bool refused)
{
    std::string removes =
        label(alert, image.remover) + (refused ? " tried to remove " : " removed ");
    if (image.removed_itself && image.victims == 1)
        return removes + "its own executable, " + image_text(image) +
               (refused ? "" : ", and runs on");
    removes += image_text(image) + ", which ";
    if (image.victims == 0)
        return removes + "some process still runs";
    return removes + first_party(alert) +
           (image.victims > 1 ? " and " + std::to_string(image.victims - 1) + " more still run"
                              : " still runs");
}

std::string happened(const Alert& alert, const ImageFinding& image)
{
    const std::string who = first_party(alert);
    const bool refused = (alert.decision.did & DAVY_DID_REFUSE) != 0;
    const std::string starts = refused ? " tried to start " : " starts ";
    switch (image.deed) {
    case ImageDeed::starts_fileless: {
        std::string name(field_text(image.image.name));
        return who + starts + (name.empty() ? "a program" : name) +
               ", which has no file on any disk";
    }
    case ImageDeed::starts_denied:
        return who + starts + image_text(image) + ", which policy denies";
    case ImageDeed::removes: return removal(alert, image, refused);
    case ImageDeed::connects:
        return who + ", whose executable " + image_text(image) + " is gone, connects to " +
               remote_text(alert.flow);
    case ImageDeed::starts:
        return who + ", whose executable " + image_text(image) + " is gone, starts " + image.starts;
    case ImageDeed::runs: return who + " runs an executable that is gone, " + image_text(image);
    }
    return who;
}

std::string happened(const Alert& alert, const StratumFinding& stratum)
{
    const std::string speaks =
        " speaks Stratum (" + std::string(dialect_name(stratum.dialect)) + ") to ";
    const std::string owner = first_party(alert), remote = remote_text(alert.flow);
    if (stratum.direction != DAVY_TO_SERVER)
        return remote + speaks + owner;
    const std::string& login = stratum.details.login;
    const std::string as = login.empty() ? "" : ", as " + login;
    if (stratum.relayed)
        return owner + " passes on Stratum (" + std::string(dialect_name(stratum.dialect)) +
               ") to " + remote + as + ", which came in on a connection that it accepted";
    return owner + speaks + remote + as;
}

std::string pool_met(const Alert& alert, const PoolFinding& pool)
{
    const std::string who = first_party(alert), remote = remote_text(alert.flow);
    const std::string name = pool.name.empty() ? "a listed name" : pool.name;
    switch (pool.match) {
    case DAVY_POOL_ADDRESS: return who + " connects to " + remote + ", a listed mining pool";
    case DAVY_POOL_ANSWER: return who + " connects to " + remote + ", which DNS gave for " + name;
    case DAVY_POOL_SERVER_NAME:
        return who + " opens TLS to a server named " + name + ", at " + remote;
    case DAVY_POOL_ALPN: return who + " opens TLS to " + remote + " for the protocol " + name;
    case DAVY_POOL_PROXY_NAME: return who + " asks the proxy " + remote + " for " + name;
    case DAVY_POOL_PROXY_ADDRESS:
        return who + " asks the proxy " + remote + " for " + address_text(pool.proxied) +
               ", a listed mining pool";
    case DAVY_POOL_QUESTION: return who + " asks DNS for " + name;
    case DAVY_POOL_PROVEN:
        return who + " connects again to " + remote + ", which spoke Stratum before" +
               (pool.tries > 1 ? " (" + std::to_string(pool.tries) + " tries)" : "");
    default: return who + " connects to " + remote + ", a port that mining pools use";
    }
}

std::string happened(const Alert& alert, const PoolFinding& pool)
{
    const char* relayed = ", as a client may have asked";
    return pool_met(alert, pool) + (pool.relayed ? relayed : "");
}

// A rule that this version does not know, or a record that is none of its rule's.
std::string happened(const Alert& alert, std::monostate)
{
    const std::string named = first_party(alert) + " is named by ";
    if (const RuleRow* rule = find_rule(alert.decision.rule))
        return named + std::string(rule->code()) + " in a record of the kind " +
               std::string(kind_name(alert.kind)) + ", which that rule does not have";
    return named + "rule " + std::to_string(alert.decision.rule) +
           ", which this version does not know";
}

} // namespace

std::string alert_message(const Alert& alert)
{
    return std::visit([&](const auto& finding) { return happened(alert, finding); },
                      alert.finding) +
           "; " + action_text(alert, ActionDetail::in_sentence);
}

} // namespace davylamp
