// SPDX-License-Identifier: Apache-2.0
// A rule that is too wide is worse than none, so each says who wants it and why; only one that
// names nothing but a destination may leave that out, as the first policies did.
#include "policy/allow_rule.h"

#include "policy/allow_values.h"
#include "policy/entries.h"
#include "policy/error_words.h"
#include "policy/expiry_time.h"

namespace davylamp::kind {

namespace {

// The same text for two rules that differ in owner and reason alone: the second would never decide.
std::string identity(const AllowRule& rule)
{
    std::string out;
    auto add = [&](const std::string& text) { out += std::to_string(text.size()) + ":" + text; };
    for (const Prefix& prefix : rule.to)
        add("t" + prefix_identity(prefix));
    for (const std::string& name : rule.names)
        add("n" + name);
    for (const AllowUser& one : rule.users)
        add("u" + user_identity(one));
    for (const std::string& path : rule.cgroups)
        add("c" + path);
    for (const std::string& path : rule.parents)
        add("p" + path);
    for (const std::string& which : rule.interpreters)
        add("i" + which);
    add("e" + rule.expires);
    return out;
}

Result<AllowRule> read_short_form(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(
            at, describe(*at.value) + " is no allow rule",
            "give { \"to\": ..., \"user\": ..., \"owner\": ..., \"reason\": ... }, or "
            "an address in quotes");
    Result<Prefix> address = read_address(walk, at);
    if (!address)
        return fail(std::move(address.error()));
    AllowRule out;
    out.to = {std::move(*address)};
    return out;
}

Result<> finish(const Walk& walk, const JsonPlace& at, AllowRule& rule)
{
    const JsonValue* note = member_of(*at.value, "note");
    if (note != nullptr && !note->text.empty()) {
        if (!rule.reason.empty())
            return walk.wrong(at, "a rule with \"note\" and \"reason\", which are the same",
                              "keep \"reason\"");
        rule.reason = note->text;
    }
    bool narrow = !rule.names.empty() || !rule.users.empty() || !rule.cgroups.empty() ||
                  !rule.parents.empty() || !rule.interpreters.empty();
    if (rule.to.empty() && !narrow)
        return walk.wrong(at, "a rule without a condition, which would allow every chain",
                          "add \"to\", \"name\", \"user\", \"cgroup\", \"parent\" or "
                          "\"interpreter\"");
    if ((narrow || !rule.expires.empty()) && rule.owner.empty())
        return walk.wrong(at, "a rule without an owner", "add \"owner\": who wants it");
    if ((narrow || !rule.expires.empty()) && rule.reason.empty())
        return walk.wrong(at, "a rule without a reason", "add \"reason\": what it is for");
    return {};
}

std::size_t values_of(const AllowRule& rule)
{
    return rule.to.size() + rule.names.size() + rule.users.size() + rule.cgroups.size() +
           rule.parents.size() + rule.interpreters.size();
}

} // namespace

ValueKind<AllowRule> expiry()
{
    auto read = [](const Walk& walk, const JsonPlace& at, AllowRule& rule) -> Result<> {
        if (auto text = walk.text(at, "time", kNoteMax, rule.expires); !text)
            return text;
        auto seconds = parse_expiry(rule.expires);
        if (!seconds)
            return walk.wrong(at, seconds.error());
        rule.expires_s = *seconds;
        return {};
    };
    return {"day, or RFC 3339 time",
            read,
            [](const AllowRule& rule) { return Json(rule.expires); },
            {}};
}

ItemKind<AllowRule> allow_rule(std::vector<Key<AllowRule>> rows)
{
    return entry<AllowRule>("allow rule", "allow rules", std::move(rows),
                            {read_short_form, finish, identity});
}

ValueKind<std::vector<AllowRule>> allow_rules(ItemKind<AllowRule> rule, std::size_t most,
                                              std::size_t values_most)
{
    ValueKind<std::vector<AllowRule>> out = list(rule, most);
    out.read = [=](const Walk& walk, const JsonPlace& at, std::vector<AllowRule>& rules) {
        std::size_t values = 0;
        auto read = [&](const JsonPlace& here) -> Result<AllowRule> {
            Result<AllowRule> one = rule.read(walk, here);
            if (!one)
                return one;
            // Each list has a map of its own; all of them together is the simpler bound to say.
            values += values_of(*one);
            if (values > values_most)
                return walk.wrong(here,
                                  "more than " + std::to_string(values_most) +
                                      " values in all rules together",
                                  "join networks, or name a cgroup above");
            return one;
        };
        return walk.list(at, most, rules, read, rule.identity);
    };
    return out;
}

} // namespace davylamp::kind
