// A policy file, checked and laid over the defaults. The file is walked in its own order, so that
// the first fault in it is the one named.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <initializer_list>
#include <optional>
#include <unordered_map>

#include "base/files.h"
#include "base/unique_fd.h"
#include "davylamp/abi/policy.h"
#include "davylamp/rules/text.h"
#include "policy/document.h"
#include "policy/names.h"
#include "policy/policy.h"
#include "policy/words.h"

namespace davylamp {

namespace {

constexpr std::size_t kFileMax = 16 << 20; // bytes

// A policy that promises more rows than the kernel programs have room for (abi/policy.h) is refused
// here, with its line, and not when half of it is loaded. The names: 8 families and the memfds
// share DAVY_NAME_ROWS_MAX; DAVY_IMAGE_ROWS_MAX has to do for these lists, and for every
// interpreter in each of the six folders where the sensor looks for it.
constexpr std::size_t kNamesPerFamilyMax = 64;
constexpr std::size_t kFilelessMax = 512;
constexpr std::size_t kManagersMax = 256;
constexpr std::size_t kNeverKillMax = 256;
constexpr std::size_t kNameMax = DAVY_HASHED_NAME_MAX; // the kernel compares no more
constexpr std::size_t kPathMax = 4095;                 // PATH_MAX without its NUL
constexpr std::size_t kNoteMax = 256;                  // a note ends up in every alert

// Where the walk is, as a chain on the stack: the text is built for an error alone.
struct Place {
    const Place* up = nullptr;
    const JsonValue* value = nullptr;
    std::size_t index = 0; // in a list

    std::string path() const
    {
        if (!up)
            return {};
        std::string out = up->path();
        if (up->value->kind == JsonValue::Kind::array)
            return out + "[" + std::to_string(index) + "]";
        return out + (out.empty() ? "" : ".") + path_key(value->key);
    }
};

using Visit = std::function<Result<>(const Place&)>;
struct Key {
    std::string_view name;
    Visit visit;
};

// Where each key lives, for those that stand in the wrong place.
struct Home {
    std::string_view key, home;
};
constexpr Home kHomes[] = {
    {"detections", "the outermost object"},
    {"never_kill", "the outermost object"},
    {"chain", "detections"},
    {"image", "detections"},
    {"stratum", "detections"},
    {"interpreters", "detections.chain"},
    {"allow", "detections.chain"},
    {"package_managers", "detections.image"},
    {"fileless_allowed", "detections.image"},
    {"addresses", "detections.stratum"},
    {"ports", "detections.stratum"},
    {"ports_refuse", "detections.stratum"},
    {"mode", "each of detections.chain, .image and .stratum"},
};

class Reader {
public:
    Reader(const std::string& name, Policy policy) : name_(name), policy_(std::move(policy)) {}

    Result<Policy> read(const JsonValue& root)
    {
        Result<> done = object({nullptr, &root},
                               {{"detections", [&](const Place& at) { return detections(at); }},
                                {"never_kill", [&](const Place& at) {
                                     return paths(at, kNeverKillMax, policy_.never_kill, false);
                                 }}});
        if (!done)
            return fail(std::move(done.error()));
        return std::move(policy_);
    }

private:
    // --- what any part of the file needs

    tl::unexpected<Error> wrong(const Place& at, std::string what, std::string mend) const
    {
        return fail(place_text(name_, at.value->line, at.path()), std::move(what), std::move(mend));
    }

    // An error of one of the parsers that know no place.
    tl::unexpected<Error> wrong(const Place& at, const Error& error) const
    {
        return wrong(at, error.what, error.mend);
    }

    tl::unexpected<Error> unknown_key(const Place& at, const std::vector<std::string_view>& known)
    {
        const std::string& key = at.value->key;
        std::string mend = "known here: " + listed(known);

        if (std::string_view meant = nearest(key, known); !meant.empty()) {
            mend = "did you mean \"" + std::string(meant) + "\"?";
        } else {
            for (const Home& home : kHomes) {
                if (key == home.key)
                    mend = "it belongs in " + std::string(home.home);
            }
        }
        return fail(place_text(name_, at.value->key_line, at.path()), "unknown key",
                    std::move(mend));
    }

    Result<> object(const Place& at, std::initializer_list<Key> keys)
    {
        if (at.value->kind != JsonValue::Kind::object)
            return wrong(at, describe(*at.value) + " is no object", "give { ... }");

        std::vector<std::uint32_t> seen(keys.size(), 0); // line of each key, 0: not yet
        for (const JsonValue& child : at.value->children) {
            Place here{&at, &child};
            auto key = std::find_if(keys.begin(), keys.end(),
                                    [&](const Key& k) { return k.name == child.key; });
            if (key == keys.end()) {
                std::vector<std::string_view> known;
                for (const Key& k : keys)
                    known.push_back(k.name);
                return unknown_key(here, known);
            }
            std::uint32_t& line = seen[static_cast<std::size_t>(key - keys.begin())];
            if (line != 0)
                return fail(place_text(name_, child.key_line, here.path()),
                            "the key is there twice, first on line " + std::to_string(line),
                            "keep one");
            line = child.key_line;
            if (Result<> done = key->visit(here); !done)
                return done;
        }
        return {};
    }

    // Replaces `out` by the list. `read` turns an item into a T; `identity` says which items are
    // the same: a second one is a mistake, for only one of two notes could be shown.
    template <class T, class Read, class Identity>
    Result<> list(const Place& at, std::size_t most, std::vector<T>& out, Read read,
                  Identity identity)
    {
        if (at.value->kind != JsonValue::Kind::array)
            return wrong(at, describe(*at.value) + " is no list", "give [ ... ]");

        const std::vector<JsonValue>& items = at.value->children;
        std::unordered_map<std::string, std::uint32_t> lines;
        out.clear();
        for (std::size_t i = 0; i < items.size(); i++) {
            Place here{&at, &items[i], i};
            if (i == most)
                return wrong(here, "more than " + std::to_string(most) + " entries",
                             "shorten the list");
            Result<T> item = read(here);
            if (!item)
                return fail(std::move(item.error()));
            auto [first, is_new] = lines.emplace(identity(*item), items[i].line);
            if (!is_new)
                return wrong(here, "listed already, on line " + std::to_string(first->second),
                             "keep one");
            out.push_back(std::move(*item));
        }
        return {};
    }

    Result<> truth(const Place& at, bool& out)
    {
        if (at.value->kind != JsonValue::Kind::boolean)
            return wrong(at, describe(*at.value) + " is neither true nor false",
                         "give true or false, without quotes");
        out = at.value->truth;
        return {};
    }

    Result<> note(const Place& at, std::string& out)
    {
        if (at.value->kind != JsonValue::Kind::string)
            return wrong(at, describe(*at.value) + " is no text", "give a note in quotes");
        if (at.value->text.size() > kNoteMax)
            return wrong(at, "a note of " + std::to_string(at.value->text.size()) + " bytes",
                         "give at most " + std::to_string(kNoteMax));
        out = at.value->text;
        return {};
    }

    // --- the parts of the file

    Result<> detections(const Place& at)
    {
        return object(at, {{"chain", [&](const Place& here) { return chain(here); }},
                           {"image", [&](const Place& here) { return image(here); }},
                           {"stratum", [&](const Place& here) { return stratum(here); }}});
    }

    Result<> chain(const Place& at)
    {
        return object(at, {{"mode", [&](const Place& here) { return mode(here, policy_.chain); }},
                           {"interpreters", [&](const Place& here) { return interpreters(here); }},
                           {"allow", [&](const Place& here) {
                                return prefixes(here, DAVY_CHAIN_ALLOWED_MAX,
                                                policy_.chain_allowed);
                            }}});
    }

    Result<> image(const Place& at)
    {
        return object(at, {{"mode", [&](const Place& here) { return mode(here, policy_.image); }},
                           {"package_managers",
                            [&](const Place& here) {
                                return paths(here, kManagersMax, policy_.package_managers, false);
                            }},
                           {"fileless_allowed", [&](const Place& here) {
                                return paths(here, kFilelessMax, policy_.fileless_allowed, true);
                            }}});
    }

    Result<> stratum(const Place& at)
    {
        return object(
            at, {{"mode", [&](const Place& here) { return mode(here, policy_.stratum); }},
                 {"addresses",
                  [&](const Place& here) {
                      return prefixes(here, DAVY_POOL_ADDRESSES_MAX, policy_.pool_addresses);
                  }},
                 {"ports", [&](const Place& here) { return ports(here); }},
                 {"ports_refuse",
                  [&](const Place& here) { return truth(here, policy_.pool_ports_refuse); }}});
    }

    Result<> mode(const Place& at, Mode& out)
    {
        if (at.value->kind != JsonValue::Kind::string)
            return wrong(at, describe(*at.value) + " is no mode", "give " + listed(kModeNames));
        Result<Mode> parsed = parse_mode(at.value->text);
        if (!parsed)
            return wrong(at, parsed.error());
        out = *parsed;
        return {};
    }

    Result<> interpreters(const Place& at)
    {
        std::array<std::optional<std::vector<Interpreter>>, DAVY_FAMILY_COUNT> given;
        std::array<const JsonValue*, DAVY_FAMILY_COUNT> lists{};
        auto family = [&](std::uint16_t number) {
            return Key{kFamilyNames[number], [&, number](const Place& here) {
                           lists[number] = here.value;
                           return family_names(here, number, given[number].emplace());
                       }};
        };
        Result<> done = object(at, {family(DAVY_FAMILY_SHELL), family(DAVY_FAMILY_PYTHON),
                                    family(DAVY_FAMILY_PERL), family(DAVY_FAMILY_RUBY),
                                    family(DAVY_FAMILY_NODE), family(DAVY_FAMILY_PHP),
                                    family(DAVY_FAMILY_LUA), family(DAVY_FAMILY_MULTICALL)});
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
    Result<> one_family_each(const Place& at,
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
            Place list{&at, lists[here]};
            const std::vector<JsonValue>& items = lists[here]->children;
            std::size_t index = 0;
            while (items[index].text != one.name)
                index++;
            return wrong({&list, &items[index], index},
                         in_quotes(one.name) + " is in the family " +
                             std::string(kFamilyNames[there]) +
                             (lists[there] ? " already" : " by default"),
                         "list it in one family" +
                             (lists[there] ? std::string()
                                           : ", and give the list " +
                                                 std::string(kFamilyNames[there]) + " without it"));
        }
        return {};
    }

    Result<> family_names(const Place& at, std::uint16_t family, std::vector<Interpreter>& out)
    {
        return list(
            at, kNamesPerFamilyMax, out,
            [&](const Place& here) -> Result<Interpreter> {
                Result<> fine = interpreter_name(here);
                if (!fine)
                    return fail(std::move(fine.error()));
                return Interpreter{here.value->text, family};
            },
            [](const Interpreter& one) { return one.name; });
    }

    Result<> interpreter_name(const Place& at)
    {
        const std::string& name = at.value->text;
        if (at.value->kind != JsonValue::Kind::string)
            return wrong(at, describe(*at.value) + " is no name", "give a file name in quotes");
        if (name.empty())
            return wrong(at, "an empty name", "give a file name such as \"bash\"");
        if (name.find('/') != name.npos)
            return wrong(at, in_quotes(name) + " is a path", "give the file name alone");
        if (name.find('\0') != name.npos || name == "." || name == "..")
            return wrong(at, in_quotes(name) + " is no file name", "give one such as \"bash\"");
        if (name.find_first_of("*?") != name.npos)
            return wrong(at, in_quotes(name) + " is a pattern",
                         "patterns are not understood; a version suffix needs none");
        if (name.size() > kNameMax)
            return wrong(at, in_quotes(name) + " is too long for a name",
                         "give its first " + std::to_string(kNameMax) + " bytes");
        return {};
    }

    Result<> paths(const Place& at, std::size_t most, std::vector<std::string>& out, bool memfd)
    {
        return list(
            at, most, out,
            [&](const Place& here) -> Result<std::string> {
                Result<> fine = memfd && here.value->text.starts_with("memfd:") ? memfd_name(here)
                                                                                : path(here, memfd);
                if (!fine)
                    return fail(std::move(fine.error()));
                return here.value->text;
            },
            [](const std::string& text) { return text; });
    }

    // The kernel names the file "memfd:NAME" (mm/memfd.c); NAME may be empty or hold slashes.
    Result<> memfd_name(const Place& at)
    {
        const std::string& name = at.value->text;
        if (name.find('\0') != name.npos)
            return wrong(at, in_quotes(name) + " holds a NUL byte", "no memfd can have that name");
        if (name.size() > kNameMax)
            return wrong(at, in_quotes(name) + " is too long for a name",
                         "give its first " + std::to_string(kNameMax) + " bytes, memfd: included");
        return {};
    }

    Result<> path(const Place& at, bool memfd)
    {
        const std::string& text = at.value->text;
        std::string or_memfd = memfd ? ", or \"memfd:NAME\"" : "";

        if (at.value->kind != JsonValue::Kind::string)
            return wrong(at, describe(*at.value) + " is no path",
                         "give an absolute path in quotes" + or_memfd);
        if (text.empty())
            return wrong(at, "an empty path", "give an absolute path" + or_memfd);
        if (text.find('\0') != text.npos)
            return wrong(at, in_quotes(text) + " holds a NUL byte", "no file can have that name");
        if (text.starts_with("/memfd:"))
            return wrong(at, in_quotes(text) + " is how /proc shows a memfd",
                         memfd ? "write it \"memfd:NAME\""
                               : "it can be listed in fileless_allowed");
        if (text.front() != '/')
            return wrong(at, in_quotes(text) + " is no absolute path",
                         "begin with a slash" + or_memfd);
        if (text.size() > kPathMax)
            return wrong(at, in_quotes(text) + " is too long for a path",
                         "give at most " + std::to_string(kPathMax) + " bytes");
        if (text.ends_with(" (deleted)"))
            return wrong(at, in_quotes(text) + " is how /proc shows a file that is gone",
                         "give the path without \" (deleted)\"");
        if (text.find_first_of("*?") != text.npos)
            return wrong(at, in_quotes(text) + " is a pattern",
                         "patterns are not understood; list each path");
        if (text.back() == '/')
            return wrong(at, in_quotes(text) + " is a directory", "list each program in it");
        if ((text + "/").find("/./") != text.npos || (text + "/").find("/../") != text.npos ||
            text.find("//") != text.npos)
            return wrong(at, in_quotes(text) + " goes a roundabout way",
                         "write the path without \".\", \"..\" and \"//\"");
        return {};
    }

    Result<> prefixes(const Place& at, std::size_t most, std::vector<Prefix>& out)
    {
        return list(
            at, most, out, [&](const Place& here) { return prefix(here); },
            [](const Prefix& one) {
                return std::string(one.address.begin(), one.address.end()) +
                       std::to_string(one.bits);
            });
    }

    Result<Prefix> prefix(const Place& at)
    {
        if (at.value->kind == JsonValue::Kind::string)
            return address(at);
        if (at.value->kind != JsonValue::Kind::object)
            return wrong(at, describe(*at.value) + " is no address",
                         "give an address in quotes, or { \"to\": ..., \"note\": ... }");

        std::optional<Prefix> out;
        std::string why;
        Result<> done = object(at, {{"to",
                                     [&](const Place& here) -> Result<> {
                                         Result<Prefix> parsed = address(here);
                                         if (!parsed)
                                             return fail(std::move(parsed.error()));
                                         out = std::move(*parsed);
                                         return {};
                                     }},
                                    {"note", [&](const Place& here) { return note(here, why); }}});
        if (!done)
            return fail(std::move(done.error()));
        if (!out)
            return wrong(at, "an entry without an address", "add \"to\"");
        out->note = std::move(why);
        return std::move(*out);
    }

    Result<Prefix> address(const Place& at)
    {
        if (at.value->kind != JsonValue::Kind::string)
            return wrong(at, describe(*at.value) + " is no address", "give an address in quotes");
        Result<Prefix> parsed = parse_prefix(at.value->text);
        if (!parsed)
            return wrong(at, parsed.error());
        return parsed;
    }

    Result<> ports(const Place& at)
    {
        return list(
            at, DAVY_POOL_PORTS_MAX, policy_.pool_ports,
            [&](const Place& here) { return port(here); },
            [](const Port& one) { return std::to_string(one.port); });
    }

    Result<Port> port(const Place& at)
    {
        if (at.value->kind != JsonValue::Kind::object)
            return port_number(at);

        std::optional<Port> out;
        std::string why;
        Result<> done = object(at, {{"port",
                                     [&](const Place& here) -> Result<> {
                                         Result<Port> parsed = port_number(here);
                                         if (!parsed)
                                             return fail(std::move(parsed.error()));
                                         out = std::move(*parsed);
                                         return {};
                                     }},
                                    {"note", [&](const Place& here) { return note(here, why); }}});
        if (!done)
            return fail(std::move(done.error()));
        if (!out)
            return wrong(at, "an entry without a port", "add \"port\"");
        out->note = std::move(why);
        return std::move(*out);
    }

    Result<Port> port_number(const Place& at)
    {
        const JsonValue& value = *at.value;
        if (value.kind != JsonValue::Kind::number)
            return wrong(at, describe(value) + " is no TCP port",
                         "give a number, 1..65535, without quotes");
        if (!value.whole || value.number < 1 || value.number > 65535)
            return wrong(at, describe(value) + " is no TCP port", "give 1..65535");
        return Port{static_cast<std::uint16_t>(value.number), {}};
    }

    const std::string& name_;
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
