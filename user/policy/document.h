// SPDX-License-Identifier: Apache-2.0
// A policy file as a tree that knows its lines. nlohmann's own tree forgets them, and keeps the
// last of two equal keys without a word; this one keeps both, in the order of the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace davylamp {

struct JsonValue {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    bool truth = false;         // boolean
    bool whole = false;         // a number without sign, point or exponent: `number` holds it
    std::uint32_t line = 1;     // where the value begins
    std::uint32_t key_line = 1; // where its key stands, in an object
    std::uint64_t number = 0;
    std::string key;
    std::string text; // of a string; of a number, for errors
    std::vector<JsonValue> children;
};

// The value for an error: "[3, 4]" is "a list", "x" is quoted, a number stands as it is.
std::string describe(const JsonValue& value);

// The value of `key` in an object, the first of two; nullptr where there is none.
const JsonValue* member_of(const JsonValue& object, std::string_view key);

// "FILE:LINE", and ": PATH" where there is one.
std::string place_text(const std::string& name, std::uint32_t line, const std::string& path);

// `key` as a part of a path: as it is, or quoted where it is no plain word.
std::string path_key(std::string_view key);

// JSON (RFC 8259) in UTF-8 with // and /* */ comments. `name` stands for the file in errors. Depth
// and number of values are bounded, so that no file can take the stack or the memory.
Result<JsonValue> read_document(std::string_view text, const std::string& name);

} // namespace davylamp
