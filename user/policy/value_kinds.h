// SPDX-License-Identifier: Apache-2.0
// The kinds of values that keys of a policy have, for the rows of policy_keys.cpp.
#pragma once

#include <optional>

#include "policy/policy.h"
#include "policy/policy_key.h"

namespace davylamp::kind {

ValueKind<Mode> mode();
ValueKind<bool> truth();
// A whole number, least..most; `unit` is what it counts: "seconds".
ValueKind<std::uint32_t> whole(std::string_view unit, std::uint32_t least, std::uint32_t most);
// At most `most` bytes; `what` is what the text is: "note".
ValueKind<std::string> text(std::string_view what, std::size_t most);
// A folder's path, or nothing.
ValueKind<std::string> evidence_folder();

// "4,096"
std::string with_commas(std::size_t number);

// A list of at most `most` entries, which replaces what was there.
template <class T> ValueKind<std::vector<T>> list(ItemKind<T> item, std::size_t most)
{
    ValueKind<std::vector<T>> out;
    out.type = "list of " + item.many + ", at most " + with_commas(most);
    out.read = [item, most](const Walk& walk, const JsonPlace& at, std::vector<T>& values) {
        return walk.list(
            at, most, values, [&](const JsonPlace& here) { return item.read(walk, here); },
            item.identity);
    };
    out.write = [write = item.write](const std::vector<T>& values) {
        Json json = Json::array();
        for (const T& value : values)
            json.push_back(write(value));
        return json;
    };
    for (KeyRow row : item.inner) {
        row.path = "[]" + row.path;
        out.inner.push_back(std::move(row));
    }
    return out;
}

// One value, or a list of them that is not empty.
template <class T> ValueKind<std::vector<T>> one_or_more(ItemKind<T> item, std::size_t most)
{
    ValueKind<std::vector<T>> out = list(item, most);
    out.type = item.one + ", or a " + out.type;
    out.read = [item, most](const Walk& walk, const JsonPlace& at, std::vector<T>& values) {
        return walk.one_or_more(
            at, most, values, [&](const JsonPlace& here) { return item.read(walk, here); },
            item.identity);
    };
    out.write = [item, whole = out.write](const std::vector<T>& values) {
        return values.size() == 1 ? item.write(values.front()) : whole(values);
    };
    return out;
}

// The part of an entry that may stand alone. Its note is kept, wherever in the object that stands.
template <class T> ValueKind<T> bare(ItemKind<T> item)
{
    ValueKind<T> out;
    out.type = item.one;
    out.read = [item](const Walk& walk, const JsonPlace& at, T& entry) -> Result<> {
        Result<T> value = item.read(walk, at);
        if (!value)
            return fail(std::move(value.error()));
        value->note = std::move(entry.note);
        entry = std::move(*value);
        return {};
    };
    out.write = item.write;
    return out;
}

// What is particular to the entries of a list.
template <class T> struct EntryRules {
    // Reads what is no object: the short form, or an error.
    std::function<Result<T>(const Walk&, const JsonPlace&)> short_form;
    // Looks at the object as a whole when it has been read; may be left out.
    std::function<Result<>(const Walk&, const JsonPlace&, T&)> finish;
    std::function<std::string(const T&)> identity;
};

// An entry that is an object of the keys of `rows`, or a short form in place of the first of them.
template <class T>
ItemKind<T> entry(std::string one, std::string many, std::vector<Key<T>> rows, EntryRules<T> rules)
{
    ItemKind<T> out;
    out.one = std::move(one);
    out.many = std::move(many);
    out.identity = rules.identity;
    out.inner = told(std::span<const Key<T>>(rows), ".");
    out.read = [rows, rules](const Walk& walk, const JsonPlace& at) -> Result<T> {
        if (at.value->kind != JsonValue::Kind::object)
            return rules.short_form(walk, at);
        T value;
        if (auto done = read_keys(walk, at, std::span<const Key<T>>(rows), value); !done)
            return fail(std::move(done.error()));
        for (const Key<T>& row : rows) {
            if (!row.needed.empty() && member_of(*at.value, row.path) == nullptr)
                return walk.wrong(at, "an entry without " + std::string(row.needed),
                                  "add \"" + row.path + "\"");
        }
        if (rules.finish) {
            if (auto done = rules.finish(walk, at, value); !done)
                return fail(std::move(done.error()));
        }
        return value;
    };
    // A key without a value is left out. If only the first key is left, it stands alone, without an
    // object.
    out.write = [rows](const T& value) {
        Json json = Json::object();
        for (const Key<T>& row : rows) {
            if (!row.alias_of.empty())
                continue;
            Json part = row.write(value);
            if (!row.needed.empty() || !says_nothing(part))
                json[row.path] = std::move(part);
        }
        const std::string& first = rows.front().path;
        if (json.size() == 1 && json.contains(first) && !json[first].is_array())
            return Json(json[first]);
        return json;
    };
    return out;
}

} // namespace davylamp::kind
