// SPDX-License-Identifier: Apache-2.0
#include "policy/walk.h"

#include <algorithm>

#include "policy/error_words.h"

namespace davylamp {

std::string JsonPlace::path() const
{
    if (!up)
        return {};
    std::string out = up->path();
    if (up->value->kind == JsonValue::Kind::array)
        return out + "[" + std::to_string(index) + "]";
    return out + (out.empty() ? "" : ".") + path_key(value->key);
}

tl::unexpected<Error> Walk::wrong(const JsonPlace& at, std::string what, std::string mend) const
{
    return fail(place_text(name_, at.value->line, at.path()), std::move(what), std::move(mend));
}

tl::unexpected<Error> Walk::wrong(const JsonPlace& at, const Error& error) const
{
    return wrong(at, error.what, error.mend);
}

tl::unexpected<Error> Walk::unknown_key(const JsonPlace& at,
                                        std::span<const std::string_view> known) const
{
    const std::string& key = at.value->key;
    std::string mend = "known here: " + listed(known);

    if (std::string_view meant = nearest(key, known); !meant.empty())
        mend = "did you mean \"" + std::string(meant) + "\"?";
    else if (std::string home = home_(key); !home.empty())
        mend = "it belongs in " + home;
    return fail(place_text(name_, at.value->key_line, at.path()), "unknown key", std::move(mend));
}

Result<>
Walk::object(const JsonPlace& at, std::span<const std::string_view> known,
             const std::function<Result<>(std::size_t which, const JsonPlace& here)>& visit) const
{
    if (at.value->kind != JsonValue::Kind::object)
        return wrong(at, describe(*at.value) + " is no object", "give { ... }");

    std::vector<std::uint32_t> seen(known.size(), 0); // line of each key, 0: not yet
    for (const JsonValue& child : at.value->children) {
        JsonPlace here{&at, &child};
        auto key = std::find(known.begin(), known.end(), child.key);
        if (key == known.end())
            return unknown_key(here, known);
        auto which = static_cast<std::size_t>(key - known.begin());
        if (seen[which] != 0)
            return fail(place_text(name_, child.key_line, here.path()),
                        "the key is there twice, first on line " + std::to_string(seen[which]),
                        "keep one");
        seen[which] = child.key_line;
        if (Result<> done = visit(which, here); !done)
            return done;
    }
    return {};
}

Result<> Walk::text(const JsonPlace& at, std::string_view what, std::size_t most,
                    std::string& out) const
{
    std::string article = what.find_first_of("aeiou") == 0 ? "an " : "a ";
    if (at.value->kind != JsonValue::Kind::string)
        return wrong(at, describe(*at.value) + " is no text",
                     "give " + article + std::string(what) + " in quotes");
    if (at.value->text.size() > most)
        return wrong(at,
                     article + std::string(what) + " of " + std::to_string(at.value->text.size()) +
                         " bytes",
                     "give at most " + std::to_string(most));
    out = at.value->text;
    return {};
}

} // namespace davylamp
