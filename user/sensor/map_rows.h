// SPDX-License-Identifier: Apache-2.0
// One row into a policy map, with an error that says what does not fit.
#pragma once

#include <cstddef>

#include "base/result.h"

struct bpf_map;

namespace davylamp {

Result<> put_row(const bpf_map* map, const void* key, std::size_t key_size, const void* value,
                 std::size_t value_size);

template <class Key, class Value>
Result<> put_row(const bpf_map* map, const Key& key, const Value& value)
{
    return put_row(map, &key, sizeof key, &value, sizeof value);
}

} // namespace davylamp
