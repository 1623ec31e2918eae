// SPDX-License-Identifier: Apache-2.0
// Fields of a JSON document, read one by one, with errors that name the line and the place.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "base/result.h"
#include "davylamp/abi/records.h"
#include "policy/document.h"

namespace davylamp {

// A value of the document, and its place for errors.
struct DocumentField {
    const JsonValue* value = nullptr; // nullptr: it is not there
    std::string path;

    explicit operator bool() const
    {
        return value != nullptr && value->kind != JsonValue::Kind::null;
    }
};

class EventDocument {
public:
    // `name` stands for the file, and outlives the document.
    explicit EventDocument(const std::string& name) : name_(name) {}

    static constexpr const char* kGive =
        "give one alert of --format json, or one record of `davylamp dump`";

    tl::unexpected<Error> wrong(const DocumentField& at, std::string what,
                                std::string mend = kGive) const;
    // A member of an object; an empty one where it is not there.
    static DocumentField child(const DocumentField& at, const std::string& key);
    // The item of a list.
    static DocumentField item(const DocumentField& list, std::size_t index);
    // `what`: the kind in words, for the error.
    Result<DocumentField> needed(const DocumentField& at, const std::string& key,
                                 JsonValue::Kind kind, const char* what) const;
    Result<std::string> text(const DocumentField& at, const std::string& key) const;
    Result<std::uint64_t> number(const DocumentField& at, const std::string& key) const;
    // A device's two numbers and an inode: "254:0:123".
    Result<davy_inode_key> file(const DocumentField& at) const;

    // Text into a field of the ABI, which keeps room for its NUL.
    template <std::size_t N>
    Result<> copy(const DocumentField& at, const std::string& key, char (&out)[N]) const
    {
        auto value = text(at, key);
        if (!value)
            return fail(std::move(value.error()));
        if (value->size() >= N || value->find('\0') != value->npos)
            return too_long(child(at, key), *value);
        std::memcpy(out, value->data(), value->size());
        return {};
    }

private:
    Result<> too_long(const DocumentField& at, const std::string& value) const;

    const std::string& name_;
};

} // namespace davylamp
