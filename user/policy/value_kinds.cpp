// SPDX-License-Identifier: Apache-2.0
#include "policy/value_kinds.h"

#include "policy/error_words.h"
#include "policy/policy_words.h"

namespace davylamp::kind {

namespace {

Result<> read_mode(const Walk& walk, const JsonPlace& at, Mode& out)
{
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no mode", "give " + listed(kModeNames));
    Result<Mode> parsed = parse_mode(at.value->text);
    if (!parsed)
        return walk.wrong(at, parsed.error());
    out = *parsed;
    return {};
}

Result<> read_truth(const Walk& walk, const JsonPlace& at, bool& out)
{
    if (at.value->kind != JsonValue::Kind::boolean)
        return walk.wrong(at, describe(*at.value) + " is neither true nor false",
                          "give true or false, without quotes");
    out = at.value->truth;
    return {};
}

} // namespace

std::string with_commas(std::size_t number)
{
    std::string out = std::to_string(number);
    for (std::size_t at = out.size(); at > 3; at -= 3)
        out.insert(at - 3, ",");
    return out;
}

ValueKind<Mode> mode()
{
    return {"mode", read_mode, [](const Mode& mode) { return Json(mode_name(mode)); }, {}};
}

ValueKind<bool> truth()
{
    return {"`true` or `false`", read_truth, [](const bool& value) { return Json(value); }, {}};
}

ValueKind<std::uint32_t> whole(std::string_view unit, std::uint32_t least, std::uint32_t most)
{
    const std::string what(unit), least_text = std::to_string(least),
                                  most_text = std::to_string(most);
    auto read = [=](const Walk& walk, const JsonPlace& at, std::uint32_t& out) -> Result<> {
        const JsonValue& value = *at.value;
        if (value.kind != JsonValue::Kind::number || !value.whole || value.number < least ||
            value.number > most)
            return walk.wrong(at, describe(value) + " is no number of " + what,
                              "give " + least_text + ".." + most_text + ", without quotes");
        out = static_cast<std::uint32_t>(value.number);
        return {};
    };
    return {what + ", " + least_text + ".." + most_text,
            read,
            [](const std::uint32_t& value) { return Json(value); },
            {}};
}

ValueKind<std::string> text(std::string_view what, std::size_t most)
{
    auto read = [what = std::string(what), most](const Walk& walk, const JsonPlace& at,
                                                 std::string& out) {
        return walk.text(at, what, most, out);
    };
    return {"text, at most " + with_commas(most) + " bytes",
            read,
            [](const std::string& value) { return Json(value); },
            {}};
}

} // namespace davylamp::kind
