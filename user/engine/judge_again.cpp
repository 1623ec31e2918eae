// SPDX-License-Identifier: Apache-2.0
// The shared rules over the facts that a record carries. The kernel ran the same lines: whatever
// differs is a damaged recording, a bug, or a rule that has changed since.
#include "engine/engine.h"

#include <string>

#include "davylamp/rules/arguments.h"
#include "davylamp/rules/chain.h"
#include "davylamp/rules/flow.h"
#include "davylamp/rules/image.h"
#include "davylamp/rules/pool.h"
#include "davylamp/rules/provenance.h"
#include "wire/names.h"

namespace davylamp {

namespace {

struct Judgement {
    std::uint32_t verdict;
    std::uint16_t rule;
    std::uint8_t certainty;
};

std::string upper(std::string_view name)
{
    std::string out(name);
    for (char& c : out)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

std::string text_of(const Judgement& judgement)
{
    return upper(verdict_name(judgement.verdict)) + " (" + std::string(rule_code(judgement.rule)) +
           ", " + std::string(certainty_name(judgement.certainty)) + ")";
}

std::string where(const Event& event)
{
    return "event " + std::string(kind_name(event.kind())) + " at " +
           std::to_string(event.header().time_ns);
}

std::optional<Error> differs(const Event& event, std::string what)
{
    return Error{where(event), std::move(what),
                 "the rules have changed since it was recorded, or the recording was altered"};
}

std::optional<Error> compare(const Event& event, const davy_decision& decision,
                             const Judgement& again)
{
    Judgement recorded{event.header().verdict, decision.rule, decision.certainty};
    if (recorded.verdict == again.verdict && recorded.rule == again.rule &&
        recorded.certainty == again.certainty)
        return std::nullopt;
    return differs(event, "recorded " + text_of(recorded) + ", judged again " + text_of(again));
}

std::string descriptor_text(std::int32_t fd)
{
    return fd == DAVY_CODE_ELSEWHERE ? "code elsewhere"
                                     : "code from descriptor " + std::to_string(fd);
}

// The matcher over the payload, where the record has all that it read: the flow's first bytes, as
// far as the verdict. A held segment convicts when its sender says no more (davy_stratum_overdue).
std::optional<Error> match_again(const Event& event)
{
    const davy_event_stratum stratum = whole_stratum(event);
    const davy_stratum_facts& facts = stratum.facts;
    auto payload = stratum_payload(event);
    // What a server sends within a wrapping, the client's side alone explains.
    if (stratum.wraps[0] != DAVY_WRAP_NONE && facts.direction != DAVY_TO_SERVER)
        return std::nullopt;
    if (stratum.payload_offset != 0 || facts.midstream || facts.offset > payload.size())
        return std::nullopt;
    davy_flow_scan flow;
    davy_flow_begin(&flow);
    for (std::uint8_t byte : payload.first(facts.offset))
        davy_flow_step(&flow, nullptr, facts.direction, byte);
    const davy_stratum_state& scan = flow.stratum[facts.direction & 1];
    const std::uint32_t read = flow.read[facts.direction & 1];
    bool matches = scan.verdict == DAVY_STRATUM_MATCH || davy_stratum_overdue(&scan);
    std::uint8_t again = matches ? scan.dialect : DAVY_DIALECT_NONE;
    if (again == facts.dialect && read == facts.offset)
        return std::nullopt;
    return differs(event, "recorded the dialect " + std::string(dialect_name(facts.dialect)) +
                              " after " + std::to_string(facts.offset) + " bytes, matched again " +
                              std::string(dialect_name(again)) + " after " + std::to_string(read));
}

// A command line that was cut is judged by what was kept of it: the kernel read no further.
std::optional<Error> judge_arguments(const Event& event)
{
    const auto& exec = event.as<davy_event_exec>();
    if (exec.code_fd == DAVY_CODE_UNREAD)
        return std::nullopt;
    std::string_view args = exec_args(event);
    davy_args_state state;
    bool loader = (exec.process.image.flags & DAVY_IMAGE_LOADER) != 0;
    davy_args_begin(&state, loader ? DAVY_FAMILY_LOADER : exec.process.image.family);
    for (char byte : args.substr(0, DAVY_ARGS_MAX - 1)) // as far as every driver reads
        davy_args_step(&state, static_cast<std::uint8_t>(byte));
    std::int32_t again = davy_args_code_fd(&state);
    if (again == exec.code_fd)
        return std::nullopt;
    return differs(event, "recorded " + descriptor_text(exec.code_fd) + ", judged again " +
                              descriptor_text(again));
}

} // namespace

std::optional<Error> judge_again(const Event& event)
{
    switch (event.kind()) {
    case DAVY_EVENT_CHAIN: {
        const davy_event_chain chain = whole_chain(event);
        if (chain.facts.source == DAVY_SOURCE_FILE && !davy_is_download(&chain.file_facts))
            return differs(event, "recorded a downloaded file, judged again a file of its "
                                  "writer's own");
        return compare(event, chain.decision,
                       {davy_judge_chain(&chain.facts, chain.decision.mode),
                        davy_chain_rule(&chain.facts), davy_chain_certainty(&chain.facts)});
    }
    case DAVY_EVENT_IMAGE: {
        const auto& image = event.as<davy_event_image>();
        std::uint16_t rule = image.decision.rule;
        return compare(event, image.decision,
                       {davy_judge_image(&image.image, rule, image.decision.mode), rule,
                        davy_image_certainty(&image.image, rule)});
    }
    case DAVY_EVENT_POOL: {
        const auto& pool = event.as<davy_event_pool>();
        return compare(event, pool.decision,
                       {davy_judge_pool(&pool.facts, pool.decision.mode),
                        davy_pool_rule(&pool.facts), davy_pool_certainty(&pool.facts)});
    }
    case DAVY_EVENT_STRATUM: {
        const auto& stratum = event.as<davy_event_stratum>();
        auto error = compare(event, stratum.decision,
                             {davy_judge_stratum(&stratum.facts, stratum.decision.mode),
                              DAVY_RULE_STRATUM_PAYLOAD, davy_stratum_certainty(&stratum.facts)});
        return error ? error : match_again(event);
    }
    case DAVY_EVENT_EXEC: return judge_arguments(event);
    default: return std::nullopt;
    }
}

} // namespace davylamp
