// SPDX-License-Identifier: Apache-2.0
#include "policy/policy_key.h"

namespace davylamp {

void add_to_groups(std::vector<KeyGroup>& groups, std::string_view path, std::size_t skip,
                   std::size_t row)
{
    std::string_view rest = path.substr(skip);
    std::string_view name = rest.substr(0, rest.find('.'));
    if (!groups.empty() && groups.back().name == name)
        groups.back().count++;
    else
        groups.push_back({name, row, 1, name.size() == rest.size()});
}

void put(Json& root, std::string_view path, Json value)
{
    Json* at = &root;
    for (std::size_t dot = path.find('.'); dot != path.npos; dot = path.find('.')) {
        at = &(*at)[std::string(path.substr(0, dot))];
        path.remove_prefix(dot + 1);
    }
    (*at)[std::string(path)] = std::move(value);
}

bool says_nothing(const Json& value)
{
    if (const auto* text = value.get_ptr<const std::string*>())
        return text->empty();
    return value.is_array() && value.empty();
}

} // namespace davylamp
