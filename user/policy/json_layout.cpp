// SPDX-License-Identifier: Apache-2.0
#include "policy/json_layout.h"

#include <iterator>

namespace davylamp {

namespace {

constexpr std::size_t kWidth = 96;

std::string scalar(const Json& value)
{
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// On one line: ["sh", "bash"], { "to": "192.0.2.1", "note": "ours" }
std::string inline_text(const Json& value)
{
    std::string out;
    if (value.is_array()) {
        for (const Json& item : value)
            out += (out.empty() ? "" : ", ") + inline_text(item);
        return "[" + out + "]";
    }
    if (value.is_object()) {
        for (const auto& [key, item] : value.items())
            out += (out.empty() ? "" : ", ") + scalar(key) + ": " + inline_text(item);
        return value.empty() ? "{}" : "{ " + out + " }";
    }
    return scalar(value);
}

// A list of plain values, or an entry of one: fits on a line if it is short.
bool flat(const Json& value)
{
    if (!value.is_structured())
        return true;
    bool entry = value.is_object() && (value.contains("note") || value.contains("reason"));
    for (const Json& item : value) {
        if (item.is_structured() && !(entry && item.is_array()))
            return false;
    }
    return value.is_array() || entry;
}

// `begun` is what stands on the line already.
void write(std::string& out, const Json& value, std::size_t indent, std::size_t begun)
{
    if (flat(value)) {
        std::string text = inline_text(value);
        if (!value.is_structured() || value.empty() || begun + text.size() <= kWidth) {
            out += text;
            return;
        }
    }
    bool object = value.is_object();
    std::string margin(indent + 2, ' ');
    out += object ? "{\n" : "[\n";
    for (auto it = value.begin(); it != value.end(); ++it) {
        std::string head = object ? scalar(it.key()) + ": " : "";
        out += margin + head;
        write(out, *it, indent + 2, margin.size() + head.size() + 1);
        out += std::next(it) == value.end() ? "\n" : ",\n";
    }
    out += std::string(indent, ' ') + (object ? "}" : "]");
}

} // namespace

std::string laid_out(const Json& value)
{
    std::string out;
    write(out, value, 0, 0);
    return out;
}

} // namespace davylamp
