// SPDX-License-Identifier: Apache-2.0
#include "policy/allow_tables.h"

#include <pwd.h>

#include <algorithm>
#include <cstring>

#include "base/kernel_file.h"
#include "policy/error_words.h"

namespace davylamp {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

void mark(davy_allow_set& set, std::size_t rule) { set.word[rule / 64] |= 1ull << (rule % 64); }

void join(davy_allow_set& to, const davy_allow_set& more)
{
    for (std::size_t i = 0; i < DAVY_ALLOW_WORDS; i++)
        to.word[i] |= more.word[i];
}

bool covers(const Prefix& wide, const Prefix& narrow)
{
    if (wide.bits > narrow.bits)
        return false;
    std::uint32_t whole = wide.bits / 8, rest = wide.bits % 8;
    if (std::memcmp(wide.address.data(), narrow.address.data(), whole) != 0)
        return false;
    auto differ = static_cast<std::uint8_t>(rest ? wide.address[whole] ^ narrow.address[whole] : 0);
    return rest == 0 || differ >> (8 - rest) == 0;
}

// Each prefix once, its set with those of the wider ones around it: a trie gives the longest alone.
void add_destinations(AllowTables& tables, const Policy& policy)
{
    std::map<std::pair<std::uint32_t, std::array<std::uint8_t, 16>>, davy_allow_set> seen;
    for (std::size_t i = 0; i < policy.allow.size(); i++) {
        for (const Prefix& prefix : policy.allow[i].to)
            mark(seen[{prefix.bits, prefix.address}], i);
    }
    for (const auto& [key, set] : seen) { // by length: wider ones come first and are whole
        std::pair<Prefix, davy_allow_set> row{Prefix{key.second, key.first, {}}, set};
        for (const auto& [wide, around] : tables.to) {
            if (covers(wide, row.first))
                join(row.second, around);
        }
        tables.to.push_back(std::move(row));
    }
}

template <class Key>
const davy_allow_set* find(const std::map<Key, davy_allow_set>& table, const Key& key)
{
    auto at = table.find(key);
    return at == table.end() ? nullptr : &at->second;
}

template <std::size_t N> std::string text_of(const char (&field)[N])
{
    return std::string(field, strnlen(field, N));
}

FileKey key_of(const davy_inode_key& key) { return {key.inode, key.device}; }

std::string place(std::size_t rule, const char* condition)
{
    return "detections.chain.allow[" + std::to_string(rule) + "]." + condition + ": ";
}

} // namespace

AllowHost this_host()
{
    return {
        [](const std::string& path) -> std::optional<FileKey> {
            auto file = kernel_file(path);
            return file ? std::optional(FileKey{file->inode, file->device}) : std::nullopt;
        },
        [](const std::string& name) -> std::optional<std::uint32_t> {
            const passwd* entry = ::getpwnam(name.c_str()); // at load, and in one thread
            return entry ? std::optional<std::uint32_t>(entry->pw_uid) : std::nullopt;
        },
    };
}

const std::vector<std::string>& interpreter_folders()
{
    static const std::vector<std::string> folders = {
        "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"};
    return folders;
}

std::uint64_t expiry_ns(const AllowRule& rule)
{
    return rule.expires_s == 0 ? 0 : rule.expires_s * kSecond;
}

AllowTables allow_tables(const Policy& policy, const AllowHost& host)
{
    AllowTables tables;
    add_destinations(tables, policy);
    tables.rules.count = static_cast<std::uint32_t>(policy.allow.size());
    for (std::size_t i = 0; i < policy.allow.size(); i++) {
        const AllowRule& rule = policy.allow[i];
        davy_allow_rule& row = tables.rules.rule[i];
        auto asks = [&](std::uint32_t kind, bool given) {
            row.conditions |= given ? 1u << kind : 0;
        };
        row.until_ns = expiry_ns(rule);
        asks(DAVY_ALLOW_BY_TO, !rule.to.empty());
        asks(DAVY_ALLOW_BY_NAME, !rule.names.empty());
        asks(DAVY_ALLOW_BY_USER, !rule.users.empty());
        asks(DAVY_ALLOW_BY_CGROUP, !rule.cgroups.empty());
        asks(DAVY_ALLOW_BY_PARENT, !rule.parents.empty());
        asks(DAVY_ALLOW_BY_INTERPRETER, !rule.interpreters.empty());

        for (const std::string& name : rule.names)
            mark(tables.names[name], i);
        for (const std::string& path : rule.cgroups)
            mark(tables.cgroups[path == "/" ? "" : path], i);
        for (const AllowUser& user : rule.users) {
            std::optional<std::uint32_t> uid = user.uid;
            if (!uid)
                uid = host.user(user.name);
            if (uid)
                mark(tables.users[*uid], i);
            else
                tables.notes.push_back(place(i, "user") + in_quotes(user.name) +
                                       " is no user of this host: the condition never holds");
        }
        for (const std::string& path : rule.parents) {
            if (auto file = host.file(path))
                mark(tables.parents[*file], i);
            else
                tables.notes.push_back(place(i, "parent") + in_quotes(path) +
                                       " is not on this host: the condition never holds");
        }
        for (const std::string& which : rule.interpreters) {
            std::vector<std::string> paths{which};
            bool found = false;
            if (which.front() != '/') {
                paths.clear();
                for (const std::string& folder : interpreter_folders())
                    paths.push_back(folder + "/" + which);
            }
            for (const std::string& path : paths) {
                if (auto file = host.file(path)) {
                    mark(tables.interpreters[*file], i);
                    found = true;
                }
            }
            if (!found)
                tables.notes.push_back(place(i, "interpreter") + in_quotes(which) +
                                       " is not on this host: the condition never holds");
        }
    }
    return tables;
}

davy_allow_sets allow_sets(const AllowTables& tables, const davy_flow& flow,
                           const davy_allow_facts& facts)
{
    davy_allow_sets sets{};
    auto add = [&](std::uint32_t kind, const davy_allow_set* found) {
        if (found)
            join(sets.kind[kind], *found);
    };
    Prefix remote;
    std::copy(std::begin(flow.remote), std::end(flow.remote), remote.address.begin());
    for (const auto& [prefix, set] : tables.to) {
        if (flow.family != 0 && covers(prefix, remote))
            join(sets.kind[DAVY_ALLOW_BY_TO], set);
    }
    std::string name = text_of(facts.name);
    if (!name.empty())
        add(DAVY_ALLOW_BY_NAME, find(tables.names, name));
    for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
        add(DAVY_ALLOW_BY_NAME, find(tables.names, name.substr(dot)));
    std::string cgroup = text_of(facts.cgroup);
    if (facts.flags & DAVY_FACTS_GATHERED) {
        add(DAVY_ALLOW_BY_USER, find(tables.users, facts.uid));
        add(DAVY_ALLOW_BY_CGROUP, find(tables.cgroups, std::string()));
    }
    for (std::size_t slash = cgroup.find('/', 1); !cgroup.empty();
         slash = cgroup.find('/', slash + 1)) {
        add(DAVY_ALLOW_BY_CGROUP, find(tables.cgroups, cgroup.substr(0, slash)));
        if (slash == cgroup.npos)
            break;
    }
    for (const davy_inode_key& ancestor : facts.ancestors) {
        if (ancestor.inode != 0)
            add(DAVY_ALLOW_BY_PARENT, find(tables.parents, key_of(ancestor)));
    }
    if (facts.interpreter.inode != 0)
        add(DAVY_ALLOW_BY_INTERPRETER, find(tables.interpreters, key_of(facts.interpreter)));
    return sets;
}

} // namespace davylamp
