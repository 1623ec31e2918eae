// SPDX-License-Identifier: Apache-2.0
#include "report/event_document.h"

#include <utility>

#include "policy/error_words.h"

namespace davylamp {

tl::unexpected<Error> EventDocument::wrong(const DocumentField& at, std::string what,
                                           std::string mend) const
{
    return fail(place_text(name_, at.value->line, at.path), std::move(what), std::move(mend));
}

Result<> EventDocument::too_long(const DocumentField& at, const std::string& value) const
{
    return wrong(at, in_quotes(value) + " is too long");
}

DocumentField EventDocument::child(const DocumentField& at, const std::string& key)
{
    if (!at || at.value->kind != JsonValue::Kind::object)
        return {};
    for (const JsonValue& value : at.value->children) {
        if (value.key == key)
            return {&value, at.path + (at.path.empty() ? "" : ".") + path_key(key)};
    }
    return {};
}

DocumentField EventDocument::item(const DocumentField& list, std::size_t index)
{
    return {&list.value->children[index], list.path + "[" + std::to_string(index) + "]"};
}

Result<DocumentField> EventDocument::needed(const DocumentField& at, const std::string& key,
                                            JsonValue::Kind kind, const char* what) const
{
    DocumentField out = child(at, key);
    if (!out)
        return wrong(at, "no \"" + key + "\" here");
    if (out.value->kind != kind)
        return wrong(out, describe(*out.value) + " is no " + what);
    return out;
}

Result<std::string> EventDocument::text(const DocumentField& at, const std::string& key) const
{
    auto out = needed(at, key, JsonValue::Kind::string, "text");
    if (!out)
        return fail(std::move(out.error()));
    return out->value->text;
}

Result<std::uint64_t> EventDocument::number(const DocumentField& at, const std::string& key) const
{
    auto out = needed(at, key, JsonValue::Kind::number, "number");
    if (!out)
        return fail(std::move(out.error()));
    if (!out->value->whole)
        return wrong(*out, describe(*out->value) + " is no whole number");
    return out->value->number;
}

Result<davy_inode_key> EventDocument::file(const DocumentField& at) const
{
    davy_inode_key out{};
    std::uint64_t part[3] = {};
    std::size_t parts = 0;
    const std::string& given = at.value->text;
    bool fine = at.value->kind == JsonValue::Kind::string && !given.empty();
    bool digit = false;
    for (char c : given) {
        if (c == ':' && digit && parts < 2) {
            parts++;
            digit = false;
        } else if (c >= '0' && c <= '9' && part[parts] < UINT64_MAX / 10 - 1) {
            part[parts] = part[parts] * 10 + static_cast<std::uint64_t>(c - '0');
            digit = true;
        } else {
            fine = false;
        }
    }
    if (!fine || !digit || parts != 2 || part[0] > 0xfff || part[1] > 0xfffff)
        return wrong(at, describe(*at.value) + " is no file (MAJOR:MINOR:INODE)");
    out.device = static_cast<std::uint32_t>(part[0] << 20 | part[1]);
    out.inode = part[2];
    return out;
}

} // namespace davylamp
