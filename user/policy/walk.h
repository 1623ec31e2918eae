// SPDX-License-Identifier: Apache-2.0
// A walk through a policy file's tree: where it is, and the errors that say so. All that
// reads a part of the file builds on it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/document.h"

namespace davylamp {

// A chain on the stack, since the text is built only for an error.
struct JsonPlace {
    const JsonPlace* up = nullptr;
    const JsonValue* value = nullptr;
    std::size_t index = 0; // in a list

    std::string path() const;
};

class Walk {
public:
    // `name` stands for the file in errors, and outlives this. `home` says of a key where it
    // belongs, for one that stands in the wrong place: "detections.chain"; nothing of an unknown
    // one.
    Walk(const std::string& name, std::string (*home)(std::string_view key))
        : name_(name), home_(home)
    {
    }

    tl::unexpected<Error> wrong(const JsonPlace& at, std::string what, std::string mend) const;
    // An error of one of the parsers that know no place.
    tl::unexpected<Error> wrong(const JsonPlace& at, const Error& error) const;

    // Visits the keys of an object, each by its index in `known` and its place, in the order of the
    // file, so that the first fault in it is the one named.
    Result<>
    object(const JsonPlace& at, std::span<const std::string_view> known,
           const std::function<Result<>(std::size_t which, const JsonPlace& here)>& visit) const;
    // `what` is what the text is: "note".
    Result<> text(const JsonPlace& at, std::string_view what, std::size_t most,
                  std::string& out) const;

    // Replaces `out` by the list. `read` turns an item into a T; `identity` says which items are
    // the same: a second one is a mistake, for only one of two notes could be shown.
    template <class T, class Read, class Identity>
    Result<> list(const JsonPlace& at, std::size_t most, std::vector<T>& out, Read read,
                  Identity identity) const
    {
        if (at.value->kind != JsonValue::Kind::array)
            return wrong(at, describe(*at.value) + " is no list", "give [ ... ]");

        const std::vector<JsonValue>& items = at.value->children;
        std::unordered_map<std::string, std::uint32_t> lines;
        out.clear();
        for (std::size_t i = 0; i < items.size(); i++) {
            JsonPlace here{&at, &items[i], i};
            if (i == most)
                return wrong(here, "more than " + std::to_string(most) + " entries",
                             "shorten the list");
            Result<T> item = read(here);
            if (!item)
                return fail(std::move(item.error()));
            auto [first, is_new] = lines.emplace(identity(*item), items[i].line);
            if (!is_new)
                return wrong(here, "listed already, on line " + std::to_string(first->second),
                             "keep one");
            out.push_back(std::move(*item));
        }
        return {};
    }

    // A list, or one value that stands for a list of one.
    template <class T, class Read, class Identity>
    Result<> one_or_more(const JsonPlace& at, std::size_t most, std::vector<T>& out, Read read,
                         Identity identity) const
    {
        if (at.value->kind == JsonValue::Kind::array) {
            if (at.value->children.empty())
                return wrong(at, "an empty list", "leave the key out, or give a value");
            return list(at, most, out, read, identity);
        }
        Result<T> item = read(at);
        if (!item)
            return fail(std::move(item.error()));
        out = {std::move(*item)};
        return {};
    }

private:
    tl::unexpected<Error> unknown_key(const JsonPlace& at,
                                      std::span<const std::string_view> known) const;

    const std::string& name_;
    std::string (*home_)(std::string_view key);
};

} // namespace davylamp
