// SPDX-License-Identifier: Apache-2.0
// A policy file, checked and laid over the defaults. The file is walked in its own order, so that
// the first fault in it is the one named.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <unordered_map>

#include "base/files.h"
#include "base/unique_fd.h"
#include "davylamp/abi/policy.h"
#include "policy/allow_file.h"
#include "policy/document.h"
#include "policy/entries.h"
#include "policy/error_words.h"
#include "policy/evidence_file.h"
#include "policy/policy.h"
#include "policy/policy_words.h"
#include "policy/pool_entries.h"
#include "policy/walk.h"

namespace davylamp {

namespace {

constexpr std::size_t kFileMax = 16 << 20; // bytes

// A policy that promises more rows than the kernel programs have room for (abi/policy.h) is refused
// here, with its line, and not when half of it is loaded. The names: 9 families share
// DAVY_NAME_ROWS_MAX; DAVY_IMAGE_ROWS_MAX has to do for these lists, and for every
// interpreter in each of the six folders where the sensor looks for it.
constexpr std::size_t kNamesPerFamilyMax = 64;
constexpr std::size_t kFilelessMax = 512;
constexpr std::size_t kManagersMax = 256;
constexpr std::size_t kInstallersMax = 256;
constexpr std::size_t kNeverKillMax = 256;
constexpr std::size_t kDenyMax = 512;
constexpr std::uint32_t kSweepMax = 86400;
constexpr std::uint32_t kWindowMax = 86400; // a day: whoever waits longer than that waits a week

class Reader {
public:
    Reader(const std::string& name, Policy policy) : walk_(name), policy_(std::move(policy)) {}

    Result<Policy> read(const JsonValue& root)
    {
        Result<> done = walk_.object(
            {nullptr, &root}, {{"detections", [&](const JsonPlace& at) { return detections(at); }},
                               {"never_kill",
                                [&](const JsonPlace& at) {
                                    return read_paths(walk_, at, kNeverKillMax, policy_.never_kill);
                                }},
                               {"evidence", [&](const JsonPlace& at) {
                                    return read_evidence(walk_, at, policy_.evidence);
                                }}});
        if (!done)
            return fail(std::move(done.error()));
        return std::move(policy_);
    }

private:
    Result<> detections(const JsonPlace& at)
    {
        return walk_.object(at,
                            {{"chain", [&](const JsonPlace& here) { return chain(here); }},
                             {"image", [&](const JsonPlace& here) { return image(here); }},
                             {"stratum", [&](const JsonPlace& here) { return stratum(here); }}});
    }

    Result<> chain(const JsonPlace& at)
    {
        return walk_.object(
            at,
            {{"mode", [&](const JsonPlace& here) { return mode(here, policy_.chain); }},
             {"interpreters", [&](const JsonPlace& here) { return interpreters(here); }},
             {"allow",
              [&](const JsonPlace& here) { return read_allow_rules(walk_, here, policy_.allow); }},
             {"resolvers",
              [&](const JsonPlace& here) {
                  return read_resolvers(walk_, here, policy_.resolvers);
              }},
             {"window_s",
              [&](const JsonPlace& here) {
                  return read_seconds(walk_, here, kWindowMax, policy_.chain_window_s);
              }},
             {"installers",
              [&](const JsonPlace& here) {
                  return read_paths(walk_, here, kInstallersMax, policy_.installers);
              }},
             {"remote_admin", [&](const JsonPlace& here) {
                  return read_paths(walk_, here, kInstallersMax, policy_.remote_admin);
              }}});
    }

    Result<> image(const JsonPlace& at)
    {
        return walk_.object(
            at, {{"mode", [&](const JsonPlace& here) { return mode(here, policy_.image); }},
                 {"package_managers",
                  [&](const JsonPlace& here) {
                      return read_paths(walk_, here, kManagersMax, policy_.package_managers);
                  }},
                 {"fileless_allowed",
                  [&](const JsonPlace& here) {
                      return read_starters(walk_, here, kFilelessMax, policy_.fileless_allowed);
                  }},
                 {"deny",
                  [&](const JsonPlace& here) {
                      return read_paths(walk_, here, kDenyMax, policy_.image_deny);
                  }},
                 {"sweep_s", [&](const JsonPlace& here) {
                      return read_seconds(walk_, here, kSweepMax, policy_.image_sweep_s);
                  }}});
    }

    Result<> stratum(const JsonPlace& at)
    {
        return walk_.object(
            at,
            {{"mode", [&](const JsonPlace& here) { return mode(here, policy_.stratum); }},
             {"addresses",
              [&](const JsonPlace& here) {
                  return read_prefixes(walk_, here, DAVY_POOL_ADDRESSES_MAX,
                                       policy_.pool_addresses);
              }},
             {"ports",
              [&](const JsonPlace& here) {
                  return read_ports(walk_, here, DAVY_POOL_PORTS_MAX, policy_.pool_ports);
              }},
             {"ports_refuse",
              [&](const JsonPlace& here) { return walk_.truth(here, policy_.pool_ports_refuse); }},
             {"names",
              [&](const JsonPlace& here) {
                  return read_pool_names(walk_, here, policy_.pool_names);
              }},
             {"alpn",
              [&](const JsonPlace& here) { return read_alpn(walk_, here, policy_.pool_alpn); }},
             {"lists", [&](const JsonPlace& here) {
                  return read_pool_lists(walk_, here, policy_.pool_lists);
              }}});
    }

    Result<> mode(const JsonPlace& at, Mode& out)
    {
        if (at.value->kind != JsonValue::Kind::string)
            return walk_.wrong(at, describe(*at.value) + " is no mode",
                               "give " + listed(kModeNames));
        Result<Mode> parsed = parse_mode(at.value->text);
        if (!parsed)
            return walk_.wrong(at, parsed.error());
        out = *parsed;
        return {};
    }

    Result<> interpreters(const JsonPlace& at)
    {
        std::array<std::optional<std::vector<Interpreter>>, DAVY_FAMILY_COUNT> given;
        std::array<const JsonValue*, DAVY_FAMILY_COUNT> lists{};
        auto family = [&](std::uint16_t number) {
            return Key{kFamilyNames[number], [&, number](const JsonPlace& here) {
                           lists[number] = here.value;
                           return family_names(here, number, given[number].emplace());
                       }};
        };
        Result<> done = walk_.object(at, {family(DAVY_FAMILY_SHELL), family(DAVY_FAMILY_PYTHON),
                                          family(DAVY_FAMILY_PERL), family(DAVY_FAMILY_RUBY),
                                          family(DAVY_FAMILY_NODE), family(DAVY_FAMILY_PHP),
                                          family(DAVY_FAMILY_LUA), family(DAVY_FAMILY_MULTICALL),
                                          family(DAVY_FAMILY_LOADER)});
        if (!done)
            return done;

        std::vector<Interpreter> all;
        for (std::uint16_t number = DAVY_FAMILY_SHELL; number < DAVY_FAMILY_COUNT; number++) {
            for (const Interpreter& one : given[number] ? *given[number] : policy_.interpreters) {
                if (one.family == number)
                    all.push_back(one);
            }
        }
        policy_.interpreters = std::move(all);
        return one_family_each(at, lists);
    }

    // A name can be read by one family's rules only. Known when all the lists are: the second of
    // two in the file is named, or the one in the file where the other is a default.
    Result<> one_family_each(const JsonPlace& at,
                             const std::array<const JsonValue*, DAVY_FAMILY_COUNT>& lists)
    {
        std::unordered_map<std::string_view, std::uint16_t> families;
        for (const Interpreter& one : policy_.interpreters) {
            auto [other, is_new] = families.emplace(one.name, one.family);
            if (is_new)
                continue;
            std::uint16_t here = one.family, there = other->second;
            if (!lists[here] || (lists[there] && lists[there] > lists[here]))
                std::swap(here, there);
            JsonPlace list{&at, lists[here]};
            const std::vector<JsonValue>& items = lists[here]->children;
            std::size_t index = 0;
            while (items[index].text != one.name)
                index++;
            return walk_.wrong(
                {&list, &items[index], index},
                in_quotes(one.name) + " is in the family " + std::string(kFamilyNames[there]) +
                    (lists[there] ? " already" : " by default"),
                "list it in one family" +
                    (lists[there] ? std::string()
                                  : ", and give the list " + std::string(kFamilyNames[there]) +
                                        " without it"));
        }
        return {};
    }

    Result<> family_names(const JsonPlace& at, std::uint16_t family, std::vector<Interpreter>& out)
    {
        return walk_.list(
            at, kNamesPerFamilyMax, out,
            [&](const JsonPlace& here) -> Result<Interpreter> {
                Result<std::string> name = read_interpreter_name(walk_, here);
                if (!name)
                    return fail(std::move(name.error()));
                return Interpreter{std::move(*name), family};
            },
            [](const Interpreter& one) { return one.name; });
    }

    const Walk walk_;
    Policy policy_; // handed over when the whole file is fine
};

// A pipe (--policy <(...)) is as good as a file; a FIFO without a writer waits for one, as cat
// does.
Result<std::string> read_policy_text(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status;
    if (!fd)
        return fail(path, "cannot open: " + errno_text(errno));
    if (::fstat(fd.get(), &status) != 0)
        return fail(path, "cannot look at it: " + errno_text(errno));
    if (S_ISDIR(status.st_mode))
        return fail(path, "is a directory", "give a file");

    std::string text;
    char buffer[65536];
    while (true) {
        ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(path, "cannot read: " + errno_text(errno));
        if (got == 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > kFileMax)
            return fail(path, "is larger than 16 MiB", "a policy is a page, not a database");
    }
}

} // namespace

Result<Policy> parse_policy(std::string_view text, const std::string& name)
{
    Result<JsonValue> root = read_document(text, name);
    if (!root)
        return fail(std::move(root.error()));
    Policy policy = default_policy();
    policy.source = name;
    return Reader(name, std::move(policy)).read(*root);
}

Result<Policy> load_policy(const std::string& path)
{
    Result<std::string> text = read_policy_text(path);
    if (!text)
        return fail(std::move(text.error()));
    return parse_policy(*text, path);
}

} // namespace davylamp
