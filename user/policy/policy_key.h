// SPDX-License-Identifier: Apache-2.0
// What the table of the policy's keys is made of: a row says what a key is called, where its value
// stands, how it is read and written, and what is said of it. policy_keys.cpp has the rows.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/json_layout.h"
#include "policy/walk.h"

namespace davylamp {

// A row for those that read no file: suggestions, docs/policy.md, tests.
struct KeyRow {
    std::string path;     // "detections.chain.window_s"; "detections.chain.allow[].to" of an entry
    std::string type;     // with its limits: "seconds, 0..86400"
    std::string standard; // the default as the manual shows it; empty for a key of an entry
    std::string help;     // one line
    std::string alias_of; // "reason": another word for that key, which is read and never shown
};

// How a value of type T stands in a file, within its limits.
template <class T> struct ValueKind {
    std::string type; // as KeyRow has it
    std::function<Result<>(const Walk&, const JsonPlace&, T&)> read;
    std::function<Json(const T&)> write;
    std::vector<KeyRow> inner; // the keys of objects in it; paths go on from its own: "[].to"
};

// How an entry of a list stands in a file.
template <class T> struct ItemKind {
    std::string one, many; // "path", "paths"
    std::function<Result<T>(const Walk&, const JsonPlace&)> read;
    std::function<Json(const T&)> write;
    std::function<std::string(const T&)> identity; // which entries are the same
    std::vector<KeyRow> inner;                     // paths go on from the entry's: ".to"
};

// A default that the member's own initialiser does not give.
template <class T> struct BuiltIn {
    T (*make)() = nullptr;
    std::string_view what; // behind the number of entries: "paths: runc, crun"
};
template <class T> BuiltIn(T (*)(), std::string_view) -> BuiltIn<T>; // clang 14 needs it said

// A key of an object that fills an Owner: of the file itself, which fills a Policy, or of an entry.
template <class Owner> struct Key {
    std::string path; // in its object
    std::string type;
    std::string_view help;
    std::function<Result<>(const Walk&, const JsonPlace&, Owner&)> read;
    std::function<Json(const Owner&)> write;
    std::function<const void*(const Owner&)> member; // what it sets; none of an alias
    std::vector<KeyRow> inner;
    std::function<void(Owner&)> build_in; // sets the built-in default, where there is one
    std::string built_in;                 // that default in words
    std::string_view needed = {};         // "an address": an entry without the key is refused
    std::string_view alias_of = {};
};

// Stands for the whole owner where a key sets more than one member of it.
inline constexpr auto kItself = [](auto& owner) -> auto& { return owner; };

// The member of a member.
template <class Outer, class Inner> auto in(Outer outer, Inner inner)
{
    return [=](auto& owner) -> auto& { return owner.*outer.*inner; };
}

// A row. `member` is a pointer to a member of Owner, in(...), or kItself.
template <class Owner, class Member, class T>
Key<Owner> key(std::string_view path, Member member, ValueKind<T> kind, std::string_view help,
               BuiltIn<T> built_in = {})
{
    Key<Owner> row;
    row.path = path;
    row.type = std::move(kind.type);
    row.help = help;
    row.read = [member, read = std::move(kind.read)](const Walk& walk, const JsonPlace& at,
                                                     Owner& out) {
        return read(walk, at, std::invoke(member, out));
    };
    row.write = [member, write = std::move(kind.write)](const Owner& owner) {
        return write(std::invoke(member, owner));
    };
    row.member = [member](const Owner& owner) -> const void* {
        return &std::invoke(member, owner);
    };
    row.inner = std::move(kind.inner);
    if constexpr (requires(const T& value) { value.size(); }) {
        if (built_in.make != nullptr) {
            row.build_in = [member, built_in](Owner& out) {
                std::invoke(member, out) = built_in.make();
            };
            row.built_in =
                std::to_string(built_in.make().size()) + " " + std::string(built_in.what);
        }
    }
    return row;
}

// The same; the pointer gives the owner.
template <class Owner, class T>
Key<Owner> key(std::string_view path, T Owner::*member, ValueKind<T> kind, std::string_view help,
               BuiltIn<T> built_in = {})
{
    return key<Owner, T Owner::*, T>(path, member, std::move(kind), help, built_in);
}

// A key without which an entry says nothing.
template <class Owner> Key<Owner> needed(Key<Owner> row, std::string_view what)
{
    row.needed = what;
    return row;
}

// Another word for `other`, for an entry whose finish() looks at it: read and checked here alone.
template <class Owner>
Key<Owner> alias(std::string_view path, std::string_view other, ValueKind<std::string> kind,
                 std::string_view help)
{
    Key<Owner> row;
    row.path = path;
    row.type = std::move(kind.type);
    row.help = help;
    row.read = [read = std::move(kind.read)](const Walk& walk, const JsonPlace& at, Owner&) {
        std::string unused;
        return read(walk, at, unused);
    };
    row.alias_of = other;
    return row;
}

// The next word of each path behind `skip` bytes, with the rows that begin so: these stand
// together.
struct KeyGroup {
    std::string_view name;
    std::size_t first, count;
    bool is_key; // else an object with keys in it
};
void add_to_groups(std::vector<KeyGroup>& groups, std::string_view path, std::size_t skip,
                   std::size_t row);

// Reads the object at `at` into `out`. `rows` are the keys in it, whose paths have led to it with
// their first `skip` bytes.
template <class Owner>
Result<> read_keys(const Walk& walk, const JsonPlace& at, std::span<const Key<Owner>> rows,
                   Owner& out, std::size_t skip = 0)
{
    std::vector<KeyGroup> groups;
    for (std::size_t i = 0; i < rows.size(); i++)
        add_to_groups(groups, rows[i].path, skip, i);
    std::vector<std::string_view> names;
    for (const KeyGroup& group : groups)
        names.push_back(group.name);
    return walk.object(at, names, [&](std::size_t which, const JsonPlace& here) -> Result<> {
        const KeyGroup& group = groups[which];
        if (group.is_key)
            return rows[group.first].read(walk, here, out);
        return read_keys(walk, here, rows.subspan(group.first, group.count), out,
                         skip + group.name.size() + 1);
    });
}

// Puts `value` at "a.b.c" below `root`, behind what is there already.
void put(Json& root, std::string_view path, Json value);

// Whether leaving the value out says the same.
bool says_nothing(const Json& value);

// The rows as others see them; `home` is the path that leads to their object.
template <class Owner>
std::vector<KeyRow> told(std::span<const Key<Owner>> rows, const std::string& home)
{
    std::vector<KeyRow> out;
    for (const Key<Owner>& row : rows) {
        out.push_back({home + row.path, row.type, row.built_in, std::string(row.help),
                       std::string(row.alias_of)});
        for (KeyRow inner : row.inner) {
            inner.path = home + row.path + inner.path;
            out.push_back(std::move(inner));
        }
    }
    return out;
}

} // namespace davylamp
