// SPDX-License-Identifier: Apache-2.0
// The table of the policy's keys. Whoever adds one adds a row here and its member to struct Policy:
// reading, `policy show`, suggestions and the tables of docs/policy.md come from the row.
//
// A policy that promises more rows than the kernel programs have room for (abi/kernel_policy.h) is
// refused here, with its line, and not when half of it is loaded.
#include "policy/policy_keys.h"

#include <algorithm>
#include <iterator>

#include "davylamp/abi/allow_rows.h"
#include "davylamp/abi/kernel_policy.h"
#include "policy/allow_rule.h"
#include "policy/allow_values.h"
#include "policy/built_in_lists.h"
#include "policy/entries.h"
#include "policy/error_words.h"
#include "policy/interpreter_families.h"
#include "policy/pool_entries.h"
#include "policy/value_kinds.h"

namespace davylamp {

namespace {

constexpr std::uint32_t kDay = 86400; // seconds

// Nine families share DAVY_NAME_ROWS_MAX. DAVY_IMAGE_ROWS_MAX has to do for the lists of paths, and
// for every interpreter in each of the six folders where the sensor looks for it.
constexpr std::size_t kNamesPerFamilyMax = 64;
constexpr std::size_t kExemptMax = 256; // paths of each of the lists that exempt
constexpr std::size_t kFilelessMax = 512;
constexpr std::size_t kDenyMax = 512;
constexpr std::size_t kListsMax = 16;
constexpr std::size_t kConditionMax = 256; // values of one condition of an allow rule

constexpr std::uint32_t kImageMax = 4096;        // MiB
constexpr std::uint32_t kTotalMax = 1024 * 1024; // MiB
// Whoever is to be ended stands still during a capture, and every other finding waits.
constexpr std::uint32_t kCaptureMin = 10, kCaptureMax = 30000; // ms

// The entries of the lists.

std::vector<Key<AllowRule>> allow_keys()
{
    using A = AllowRule;
    return {
        key("to", &A::to, kind::one_or_more(kind::address(), DAVY_ALLOW_VALUES_MAX),
            "Holds where the source's remote address is this address, or in this network"),
        key("name", &A::names, kind::one_or_more(kind::dns_name(), kConditionMax),
            "Holds where the remote address was a resolver's answer for this name "
            "(`\"get.example.org\"`), or for a name below it (`\".example.org\"`, which is not "
            "example.org itself)"),
        key("user", &A::users, kind::one_or_more(kind::user(), kConditionMax),
            "Holds where the process has this real uid, by name or by number"),
        key("cgroup", &A::cgroups, kind::one_or_more(kind::cgroup(), kConditionMax),
            "Holds where the process is in this cgroup or below it; the path from the hierarchy's "
            "root, as the line `0::` of /proc/PID/cgroup has it"),
        key("parent", &A::parents, kind::one_or_more(kind::program(), kConditionMax),
            "Holds where one of the process's next eight ancestors runs this image"),
        key("interpreter", &A::interpreters,
            kind::one_or_more(kind::interpreter_image(), kConditionMax),
            "Holds where the interpreter that would run the code is this image: a path, or a file "
            "name, which stands for the files of that name in /bin, /sbin, /usr/bin, /usr/sbin, "
            "/usr/local/bin and /usr/local/sbin"),
        key("owner", &A::owner, kind::text("owner", kNoteMax), "Who wants the rule"),
        key("reason", &A::reason, kind::text("reason", kNoteMax), "What it is for"),
        alias<A>("note", "reason", kind::text("note", kNoteMax), "Another word for `reason`"),
        key<A>(
            "expires", kItself, kind::expiry(),
            "When it ends: a day (`\"2026-12-31\"`, that day included, UTC) or an RFC 3339 time"),
    };
}

// What stands alone, or in an object with a note.
template <class T>
std::vector<Key<T>> noted(std::string_view path, ItemKind<T> item, std::string_view help,
                          std::string_view what)
{
    return {
        needed(key<T>(path, kItself, kind::bare(std::move(item)), help), what),
        key("note", &T::note, kind::text("note", kNoteMax),
            "Why it is here; the alert shows it. An empty note is none"),
    };
}

ItemKind<Prefix> address_entry()
{
    auto short_form = [](const Walk& walk, const JsonPlace& at) -> Result<Prefix> {
        if (at.value->kind != JsonValue::Kind::string)
            return walk.wrong(at, describe(*at.value) + " is no address",
                              "give an address in quotes, or { \"to\": ..., \"note\": ... }");
        return read_address(walk, at);
    };
    return kind::entry("address", "addresses",
                       noted("to", kind::address(), "The address or network", "an address"),
                       {short_form, nullptr, prefix_identity});
}

template <class T>
ItemKind<T> noted_entry(std::string_view path, ItemKind<T> item, std::string_view help,
                        std::string_view what)
{
    return kind::entry(item.one, item.many, noted(path, item, help, what),
                       {item.read, nullptr, item.identity});
}

// Code from the network reaches an interpreter.
std::vector<Key<Policy>> chain_keys()
{
    using P = Policy;
    return {
        key("detections.chain.mode", &P::chain, kind::mode(),
            "What is done about code from the network that reaches an interpreter"),
        key("detections.chain.interpreters", &P::interpreters,
            kind::interpreter_families(kNamesPerFamilyMax),
            "File names of interpreters; a family given replaces that family's names alone",
            BuiltIn{built_in::interpreters, "names in 15 families, sh and python3 among them"}),
        key("detections.chain.allow", &P::allow,
            kind::allow_rules(kind::allow_rule(allow_keys()), DAVY_ALLOW_RULES_MAX,
                              DAVY_ALLOW_VALUES_MAX),
            "Chains that are wanted; the first rule that matches decides"),
        key("detections.chain.resolvers", &P::resolvers,
            kind::list(kind::server_address(), DAVY_RESOLVERS_MAX),
            "Servers whose DNS answers count; an empty list stands for those of /etc/resolv.conf"),
        key("detections.chain.window_s", &P::chain_window_s, kind::whole("seconds", 0, kDay),
            "How long a download counts against who runs it; 0: not at all"),
        key("detections.chain.installers", &P::installers, kind::list(kind::program(), kExemptMax),
            "Programs that bring others from the network; what they write is no download",
            BuiltIn{built_in::installers,
                    "paths: git, container engines, cargo, go and their kin"}),
        key("detections.chain.remote_admin", &P::remote_admin,
            kind::list(kind::program(), kExemptMax),
            "Programs whose connections are an administrator's",
            BuiltIn{built_in::remote_admin, "paths: sshd, dropbear, container engines"}),
    };
}

// A process runs an executable that is gone, or never had a name.
std::vector<Key<Policy>> image_keys()
{
    using P = Policy;
    return {
        key("detections.image.mode", &P::image, kind::mode(),
            "What is done about a process whose executable is gone, or never had a name"),
        key("detections.image.package_managers", &P::package_managers,
            kind::list(kind::program(), kExemptMax), "Programs that may replace running programs",
            BuiltIn{built_in::package_managers,
                    "paths: dpkg, apt, rpm, dnf5, zypper, apk, pacman, snapd, flatpak and their "
                    "kin"}),
        key("detections.image.fileless_allowed", &P::fileless_allowed, kind::starters(kFilelessMax),
            "Programs that may run without their file, and from sealed copies of themselves",
            BuiltIn{built_in::fileless_allowed, "paths: runc, crun"}),
        key("detections.image.deny", &P::image_deny, kind::list(kind::program(), kDenyMax),
            "Files that may not be executed"),
        key("detections.image.sweep_s", &P::image_sweep_s, kind::whole("seconds", 0, kDay),
            "Between two looks for processes whose image is gone; 0: only at start"),
    };
}

// A process speaks Stratum, or connects to a pool.
std::vector<Key<Policy>> stratum_keys()
{
    using P = Policy;
    return {
        key("detections.stratum.mode", &P::stratum, kind::mode(),
            "What is done about a process that speaks Stratum, or connects to a pool"),
        key("detections.stratum.addresses", &P::pool_addresses,
            kind::list(address_entry(), DAVY_POOL_ADDRESSES_MAX),
            "Addresses of pools, which convict"),
        key("detections.stratum.ports", &P::pool_ports,
            kind::list(noted_entry("port", kind::port(), "The TCP port, 1..65535", "a port"),
                       DAVY_POOL_PORTS_MAX),
            "Ports of pools, which are a hint",
            BuiltIn{built_in::pool_ports, "ports, 3333 among them"}),
        key("detections.stratum.ports_refuse", &P::pool_ports_refuse, kind::truth(),
            "Whether a port alone convicts"),
        key("detections.stratum.names", &P::pool_names,
            kind::list(noted_entry("name", kind::domain(),
                                   "The host's name; all names below it are meant too", "a name"),
                       DAVY_POOL_NAMES_MAX),
            "Domains of pools, which convict",
            BuiltIn{built_in::pool_names, "names, supportxmr.com among them"}),
        key("detections.stratum.alpn", &P::pool_alpn,
            kind::list(kind::protocol_name(), DAVY_POOL_ALPN_MAX),
            "Protocol names in a TLS hello, which convict"),
        key("detections.stratum.lists", &P::pool_lists,
            kind::list(noted_entry("file", kind::list_file(), "The file's absolute path", "a file"),
                       kListsMax),
            "Files with more addresses and domains"),
    };
}

// What concerns every detection.
std::vector<Key<Policy>> common_keys()
{
    using P = Policy;
    using E = EvidencePolicy;
    return {
        key("never_kill", &P::never_kill, kind::list(kind::program(), kExemptMax),
            "Programs that are never killed, in any mode",
            BuiltIn{built_in::never_kill,
                    "paths: systemd, sshd, D-Bus, container runtimes and their kin"}),

        // What is saved of a process before it is ended.
        key<P>("evidence.folder", in(&P::evidence, &E::folder), kind::evidence_folder(),
               "Where evidence is saved; empty: nothing is"),
        key<P>("evidence.max_image_mb", in(&P::evidence, &E::max_image_mb),
               kind::whole("MiB", 1, kImageMax), "The most that is saved of one image"),
        key<P>("evidence.max_total_mb", in(&P::evidence, &E::max_total_mb),
               kind::whole("MiB", 1, kTotalMax), "The most that the folder may hold"),
        key<P>("evidence.timeout_ms", in(&P::evidence, &E::timeout_ms),
               kind::whole("milliseconds", kCaptureMin, kCaptureMax),
               "The longest that one capture may take"),
    };
}

std::vector<Key<Policy>> table()
{
    std::vector<Key<Policy>> out;
    for (auto keys : {chain_keys, image_keys, stratum_keys, common_keys})
        std::ranges::move(keys(), std::back_inserter(out));
    return out;
}

// The default of a key without a list of its own is what the member begins with.
std::string initial(const Key<Policy>& row) { return "`" + row.write(Policy{}).dump() + "`"; }

std::vector<KeyRow> rows_with_defaults()
{
    std::vector<KeyRow> out = told(policy_keys(), "");
    for (const Key<Policy>& key : policy_keys()) {
        for (KeyRow& row : out) {
            if (row.path == key.path && row.standard.empty())
                row.standard = initial(key);
        }
    }
    return out;
}

} // namespace

std::span<const Key<Policy>> policy_keys()
{
    static const std::vector<Key<Policy>> keys = table();
    return keys;
}

const std::vector<KeyRow>& policy_key_rows()
{
    static const std::vector<KeyRow> rows = rows_with_defaults();
    return rows;
}

} // namespace davylamp
