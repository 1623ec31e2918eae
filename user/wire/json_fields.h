// SPDX-License-Identifier: Apache-2.0
// What the JSON of every kind of record is made of: the ABI's structs within records, each as an
// object, and its numbers by their names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "davylamp/abi/records.h"
#include "wire/names.h"

namespace davylamp {

using Json = nlohmann::ordered_json;

// Enumerations: the name, or the number where there is none, so that nothing is lost.
template <std::size_t N> Json named(const names::Row (&table)[N], std::uint32_t number)
{
    std::string_view name = names::find(table, number);
    return name == kUnknownName ? Json(number) : Json(name);
}

// Flags: an array of names, bits without a name as one number at its end.
template <std::size_t N> Json flags(const names::Row (&table)[N], std::uint32_t value)
{
    Json out = Json::array();
    for (const names::Row& row : table) {
        if (value & row.number)
            out.push_back(row.name);
        value &= ~row.number;
    }
    if (value != 0)
        out.push_back(value);
    return out;
}

Json row_json(std::uint32_t row); // null: DAVY_NO_ROW
Json id_json(const davy_process_id& id);
Json image_json(const davy_image& image);
Json process_json(const davy_process& process);
Json flow_json(const davy_flow& flow);
Json decision_json(const davy_decision& decision);
Json state_json(const davy_image_state& state);

} // namespace davylamp
