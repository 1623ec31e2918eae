// SPDX-License-Identifier: Apache-2.0
// The chain's allow rules. A rule that is too wide is worse than none, so each says who wants it
// and why; only one that names nothing but a destination may leave that out, as the first policies
// did.
#include "policy/allow_file.h"

#include <algorithm>

#include "davylamp/abi/allow.h"
#include "policy/domain.h"
#include "policy/entries.h"
#include "policy/error_words.h"
#include "policy/expiry_time.h"

namespace davylamp {

namespace {

constexpr std::size_t kValuesMax = 256;                 // of one condition
constexpr std::size_t kUserNameMax = 255;               // LOGIN_NAME_MAX
constexpr std::size_t kNameMax = DAVY_DNS_NAME_MAX - 2; // and a dot before it
constexpr std::size_t kCgroupLevels = 16;               // as many as the kernel programs walk

std::string same(const std::string& text) { return text; }

Result<std::string> dns_name(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no name",
                          "give one such as \"get.example.org\", in quotes");
    const std::string name = lower_case(at.value->text);
    const std::string quoted = in_quotes(at.value->text);
    if (name.starts_with("*."))
        return walk.wrong(at, quoted + " is a pattern",
                          "write \"" + name.substr(1) + "\" for all names below it");
    if (parse_prefix(name))
        return walk.wrong(at, quoted + " is an address", "give it under \"to\"");
    if (name.ends_with('.') && name.size() > 1)
        return walk.wrong(at, quoted + " ends in a dot", "leave it out");
    if (name.size() > kNameMax)
        return walk.wrong(at, quoted + " is too long for a name",
                          "give at most " + std::to_string(kNameMax) + " bytes");
    std::string_view labels = name;
    if (labels.starts_with('.'))
        labels.remove_prefix(1);
    if (!is_labels(labels))
        return walk.wrong(at, quoted + " is no DNS name",
                          "give one such as \"get.example.org\", or \".example.org\" for all "
                          "below it; letters beyond ASCII as xn--...");
    return name;
}

Result<AllowUser> user(const Walk& walk, const JsonPlace& at)
{
    const JsonValue& value = *at.value;
    if (value.kind == JsonValue::Kind::number) {
        if (!value.whole || value.number > 0xfffffffe)
            return walk.wrong(at, describe(value) + " is no uid", "give 0..4294967294");
        return AllowUser{{}, static_cast<std::uint32_t>(value.number)};
    }
    if (value.kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(value) + " is no user",
                          "give a name in quotes, or a uid without");
    const std::string& name = value.text;
    if (name.empty() || name.size() > kUserNameMax ||
        name.find_first_of(std::string_view(":/ \t\n\0", 6)) != name.npos)
        return walk.wrong(at, in_quotes(name) + " is no user's name",
                          "give a name such as \"deploy\", or a uid without quotes");
    if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return walk.wrong(at, in_quotes(name) + " is a number in quotes",
                          "a uid stands without quotes");
    return AllowUser{name, std::nullopt};
}

Result<std::string> cgroup(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no cgroup",
                          "give a path such as \"/system.slice/ci.service\", in quotes");
    const std::string& path = at.value->text;
    const std::string quoted = in_quotes(path);
    if (!path.starts_with('/'))
        return walk.wrong(at, quoted + " is no path of a cgroup",
                          "give the path from the hierarchy's root, as /proc/PID/cgroup has it");
    if (path.starts_with("/sys/fs/cgroup"))
        return walk.wrong(at, quoted + " is a folder",
                          "give the path from the hierarchy's root, as /proc/PID/cgroup has it");
    if (path.find('\0') != path.npos)
        return walk.wrong(at, quoted + " holds a NUL byte", "no cgroup can have that name");
    if (path == "/")
        return walk.wrong(at, "\"/\" is every cgroup", "leave the condition out");
    if (path.find_first_of("*?") != path.npos)
        return walk.wrong(at, quoted + " is a pattern",
                          "patterns are not understood; a cgroup stands for all below it");
    if (path.ends_with('/') || (path + "/").find("/./") != path.npos ||
        (path + "/").find("/../") != path.npos || path.find("//") != path.npos)
        return walk.wrong(at, quoted + " goes a roundabout way",
                          "write the path without \".\", \"..\", \"//\" and a slash at its end");
    if (path.size() >= DAVY_CGROUP_PATH_MAX)
        return walk.wrong(at, quoted + " is too long for a cgroup's path",
                          "give at most " + std::to_string(DAVY_CGROUP_PATH_MAX - 1) +
                              " bytes; a cgroup stands for all below it");
    if (static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) > kCgroupLevels)
        return walk.wrong(at, quoted + " is too deep",
                          "give at most " + std::to_string(kCgroupLevels) +
                              " levels; a cgroup stands for all below it");
    return path;
}

Result<std::string> interpreter(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind == JsonValue::Kind::string && at.value->text.starts_with('/'))
        return read_path(walk, at);
    return read_interpreter_name(walk, at);
}

std::string user_identity(const AllowUser& one)
{
    return one.uid ? std::to_string(*one.uid) : one.name;
}

// What makes two rules the same but for their owner and reason: the second would never decide.
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

Result<AllowRule> rule(const Walk& walk, const JsonPlace& at)
{
    AllowRule out;
    if (at.value->kind == JsonValue::Kind::string) { // short for { "to": ... }
        Result<Prefix> address = read_address(walk, at);
        if (!address)
            return fail(std::move(address.error()));
        out.to = {std::move(*address)};
        return out;
    }
    if (at.value->kind != JsonValue::Kind::object)
        return walk.wrong(
            at, describe(*at.value) + " is no allow rule",
            "give { \"to\": ..., \"user\": ..., \"owner\": ..., \"reason\": ... }, or "
            "an address in quotes");

    std::string note;
    auto texts = [&](std::vector<std::string>& list, auto read) {
        return [&walk, &list, read](const JsonPlace& here) {
            return walk.one_or_more(
                here, kValuesMax, list, [&](const JsonPlace& item) { return read(walk, item); },
                same);
        };
    };
    Result<> done = walk.object(
        at,
        {{"to",
          [&](const JsonPlace& here) {
              return walk.one_or_more(
                  here, DAVY_ALLOW_VALUES_MAX, out.to,
                  [&](const JsonPlace& item) { return read_address(walk, item); }, prefix_identity);
          }},
         {"name", texts(out.names, dns_name)},
         {"user",
          [&](const JsonPlace& here) {
              return walk.one_or_more(
                  here, kValuesMax, out.users,
                  [&](const JsonPlace& item) { return user(walk, item); }, user_identity);
          }},
         {"cgroup", texts(out.cgroups, cgroup)},
         {"parent", texts(out.parents,
                          [](const Walk& w, const JsonPlace& item) { return read_path(w, item); })},
         {"interpreter", texts(out.interpreters, interpreter)},
         {"owner",
          [&](const JsonPlace& here) { return walk.text(here, "owner", kNoteMax, out.owner); }},
         {"reason",
          [&](const JsonPlace& here) { return walk.text(here, "reason", kNoteMax, out.reason); }},
         {"note", [&](const JsonPlace& here) { return walk.text(here, "note", kNoteMax, note); }},
         {"expires", [&](const JsonPlace& here) -> Result<> {
              if (auto text = walk.text(here, "time", kNoteMax, out.expires); !text)
                  return text;
              auto seconds = parse_expiry(out.expires);
              if (!seconds)
                  return walk.wrong(here, seconds.error());
              out.expires_s = *seconds;
              return {};
          }}});
    if (!done)
        return fail(std::move(done.error()));
    if (!note.empty() && !out.reason.empty())
        return walk.wrong(at, "a rule with \"note\" and \"reason\", which are the same",
                          "keep \"reason\"");
    if (out.reason.empty())
        out.reason = std::move(note);

    bool narrow = !out.names.empty() || !out.users.empty() || !out.cgroups.empty() ||
                  !out.parents.empty() || !out.interpreters.empty();
    if (out.to.empty() && !narrow)
        return walk.wrong(at, "a rule without a condition, which would allow every chain",
                          "add \"to\", \"name\", \"user\", \"cgroup\", \"parent\" or "
                          "\"interpreter\"");
    if ((narrow || !out.expires.empty()) && out.owner.empty())
        return walk.wrong(at, "a rule without an owner", "add \"owner\": who wants it");
    if ((narrow || !out.expires.empty()) && out.reason.empty())
        return walk.wrong(at, "a rule without a reason", "add \"reason\": what it is for");
    return out;
}

} // namespace

Result<> read_allow_rules(const Walk& walk, const JsonPlace& at, std::vector<AllowRule>& out)
{
    std::size_t values = 0;
    return walk.list(
        at, DAVY_ALLOW_RULES_MAX, out,
        [&](const JsonPlace& here) -> Result<AllowRule> {
            Result<AllowRule> one = rule(walk, here);
            if (!one)
                return one;
            // Each list has a map of its own; all of them together is the simpler bound to say.
            values += one->to.size() + one->names.size() + one->users.size() + one->cgroups.size() +
                      one->parents.size() + one->interpreters.size();
            if (values > DAVY_ALLOW_VALUES_MAX)
                return walk.wrong(here,
                                  "more than " + std::to_string(DAVY_ALLOW_VALUES_MAX) +
                                      " values in all rules together",
                                  "join networks, or name a cgroup above");
            return one;
        },
        identity);
}

Result<> read_resolvers(const Walk& walk, const JsonPlace& at, std::vector<Prefix>& out)
{
    return walk.list(
        at, DAVY_RESOLVERS_MAX, out,
        [&](const JsonPlace& here) -> Result<Prefix> {
            Result<Prefix> address = read_address(walk, here);
            if (address && address->bits != 128)
                return walk.wrong(here, in_quotes(here.value->text) + " is a network",
                                  "give the address of each server");
            return address;
        },
        prefix_identity);
}

} // namespace davylamp
