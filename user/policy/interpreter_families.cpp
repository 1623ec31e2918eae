// SPDX-License-Identifier: Apache-2.0
#include "policy/interpreter_families.h"

#include <array>
#include <optional>
#include <unordered_map>

#include "policy/entries.h"
#include "policy/error_words.h"
#include "policy/policy_words.h"

namespace davylamp::kind {

namespace {

// The list of each family in the file, by DAVY_FAMILY_*; nullptr: not given.
using FamilyLists = std::array<const JsonValue*, DAVY_FAMILY_COUNT>;

std::span<const std::string_view> family_names()
{
    return std::span(kFamilyNames).subspan(DAVY_FAMILY_SHELL);
}

// A name can be read by one family's rules only. Known when all the lists are: the second of
// two in the file is named, or the one in the file where the other is a default.
Result<> one_family_each(const Walk& walk, const JsonPlace& at,
                         const std::vector<Interpreter>& interpreters, const FamilyLists& lists)
{
    std::unordered_map<std::string_view, std::uint16_t> families;
    for (const Interpreter& one : interpreters) {
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
        return walk.wrong(
            {&list, &items[index], index},
            in_quotes(one.name) + " is in the family " + std::string(kFamilyNames[there]) +
                (lists[there] ? " already" : " by default"),
            "list it in one family" +
                (lists[there]
                     ? std::string()
                     : ", and give the list " + std::string(kFamilyNames[there]) + " without it"));
    }
    return {};
}

Result<std::vector<Interpreter>> read_family(const Walk& walk, const JsonPlace& at,
                                             std::uint16_t family, std::size_t most)
{
    std::vector<Interpreter> out;
    Result<> done = walk.list(
        at, most, out,
        [&](const JsonPlace& here) -> Result<Interpreter> {
            Result<std::string> name = read_interpreter_name(walk, here);
            if (!name)
                return fail(std::move(name.error()));
            return Interpreter{std::move(*name), family};
        },
        [](const Interpreter& one) { return one.name; });
    if (!done)
        return fail(std::move(done.error()));
    return out;
}

Result<> read(const Walk& walk, const JsonPlace& at, std::size_t most,
              std::vector<Interpreter>& interpreters)
{
    std::array<std::optional<std::vector<Interpreter>>, DAVY_FAMILY_COUNT> given;
    FamilyLists lists{};
    Result<> done =
        walk.object(at, family_names(), [&](std::size_t which, const JsonPlace& here) -> Result<> {
            auto family = static_cast<std::uint16_t>(DAVY_FAMILY_SHELL + which);
            auto names = read_family(walk, here, family, most);
            if (!names)
                return fail(std::move(names.error()));
            lists[family] = here.value;
            given[family] = std::move(*names);
            return {};
        });
    if (!done)
        return done;

    std::vector<Interpreter> all;
    for (std::uint16_t family = DAVY_FAMILY_SHELL; family < DAVY_FAMILY_COUNT; family++) {
        for (const Interpreter& one : given[family] ? *given[family] : interpreters) {
            if (one.family == family)
                all.push_back(one);
        }
    }
    interpreters = std::move(all);
    return one_family_each(walk, at, interpreters, lists);
}

// Every family has its list, an empty one too: a family left out would get its default.
Json write(const std::vector<Interpreter>& interpreters)
{
    Json out = Json::object();
    for (std::size_t family = DAVY_FAMILY_SHELL; family < kFamilyNames.size(); family++) {
        Json names = Json::array();
        for (const Interpreter& interpreter : interpreters) {
            if (interpreter.family == family)
                names.push_back(interpreter.name);
        }
        out[std::string(kFamilyNames[family])] = std::move(names);
    }
    return out;
}

} // namespace

ValueKind<std::vector<Interpreter>> interpreter_families(std::size_t most)
{
    ValueKind<std::vector<Interpreter>> out;
    out.type = "object: family → list of names, at most " + std::to_string(most) + " each";
    out.read = [most](const Walk& walk, const JsonPlace& at, std::vector<Interpreter>& value) {
        return read(walk, at, most, value);
    };
    out.write = write;
    for (std::string_view name : family_names())
        out.inner.push_back({"." + std::string(name),
                             "list of names, at most " + std::to_string(most),
                             {},
                             "Interpreters whose arguments are read by this family's rules",
                             {}});
    return out;
}

} // namespace davylamp::kind
