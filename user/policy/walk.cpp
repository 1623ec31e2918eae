// SPDX-License-Identifier: Apache-2.0
#include "policy/walk.h"

#include <algorithm>

#include "policy/error_words.h"

namespace davylamp {

namespace {

// Where each key lives, for those that stand in the wrong place.
struct Home {
    std::string_view key, home;
};
constexpr Home kHomes[] = {
    {"detections", "the outermost object"},
    {"never_kill", "the outermost object"},
    {"evidence", "the outermost object"},
    {"folder", "evidence"},
    {"max_image_mb", "evidence"},
    {"max_total_mb", "evidence"},
    {"timeout_ms", "evidence"},
    {"chain", "detections"},
    {"image", "detections"},
    {"stratum", "detections"},
    {"interpreters", "detections.chain"},
    {"allow", "detections.chain"},
    {"resolvers", "detections.chain"},
    {"package_managers", "detections.image"},
    {"fileless_allowed", "detections.image"},
    {"deny", "detections.image"},
    {"addresses", "detections.stratum"},
    {"ports", "detections.stratum"},
    {"ports_refuse", "detections.stratum"},
    {"names", "detections.stratum"},
    {"alpn", "detections.stratum"},
    {"lists", "detections.stratum"},
    {"mode", "each of detections.chain, .image and .stratum"},
};

} // namespace

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
                                        const std::vector<std::string_view>& known) const
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
    return fail(place_text(name_, at.value->key_line, at.path()), "unknown key", std::move(mend));
}

Result<> Walk::object(const JsonPlace& at, std::initializer_list<Key> keys) const
{
    if (at.value->kind != JsonValue::Kind::object)
        return wrong(at, describe(*at.value) + " is no object", "give { ... }");

    std::vector<std::uint32_t> seen(keys.size(), 0); // line of each key, 0: not yet
    for (const JsonValue& child : at.value->children) {
        JsonPlace here{&at, &child};
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

Result<> Walk::truth(const JsonPlace& at, bool& out) const
{
    if (at.value->kind != JsonValue::Kind::boolean)
        return wrong(at, describe(*at.value) + " is neither true nor false",
                     "give true or false, without quotes");
    out = at.value->truth;
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
