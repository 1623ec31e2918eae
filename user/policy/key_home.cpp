// SPDX-License-Identifier: Apache-2.0
#include "policy/key_home.h"

#include <algorithm>

#include "policy/policy_keys.h"

namespace davylamp {

namespace {

// Adds the object that has `key` on the way of `path`, where there is one and it is new.
void add_home(std::vector<std::string_view>& homes, std::string_view path, std::string_view key)
{
    for (std::size_t begin = 0; begin <= path.size();) {
        std::size_t end = std::min(path.find('.', begin), path.size());
        std::string_view home = path.substr(0, begin == 0 ? 0 : begin - 1);
        if (path.substr(begin, end - begin) == key &&
            std::find(homes.begin(), homes.end(), home) == homes.end())
            homes.push_back(home);
        begin = end + 1;
    }
}

// "a, b" and so on, `last` before the last one.
std::string joined(const std::vector<std::string>& words, const std::string& last)
{
    std::string out;
    for (std::size_t i = 0; i < words.size(); i++)
        out += (i == 0 ? "" : i + 1 == words.size() ? last : ", ") + words[i];
    return out;
}

// "each of detections.chain, .image and .stratum"
std::string of_objects(const std::vector<std::string_view>& homes)
{
    std::vector<std::string> words;
    std::string_view parent;
    for (std::string_view home : homes) {
        std::size_t dot = home.rfind('.');
        std::string_view above = dot == home.npos ? std::string_view() : home.substr(0, dot);
        bool beside = !words.empty() && !above.empty() && above == parent;
        words.emplace_back(home.empty() ? "the outermost object"
                                        : home.substr(beside ? above.size() : 0));
        parent = above;
    }
    return (words.size() > 1 ? "each of " : "") + joined(words, " and ");
}

} // namespace

std::string key_home(std::string_view key)
{
    std::vector<std::string_view> homes, objects;
    std::vector<std::string> entries;
    for (const KeyRow& row : policy_key_rows())
        add_home(homes, row.path, key);
    for (std::string_view home : homes) {
        if (home.ends_with("[]"))
            entries.emplace_back(home.substr(0, home.size() - 2));
        else
            objects.push_back(home);
    }
    std::string out = of_objects(objects);
    if (!entries.empty())
        out += (out.empty() ? "" : ", or in ") + ("an entry of " + joined(entries, " or "));
    return out;
}

} // namespace davylamp
