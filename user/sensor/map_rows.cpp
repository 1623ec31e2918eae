// SPDX-License-Identifier: Apache-2.0
#include "sensor/map_rows.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <string>

#include "base/files.h"

namespace davylamp {

Result<> put_row(const bpf_map* map, const void* key, std::size_t key_size, const void* value,
                 std::size_t value_size)
{
    if (bpf_map__update_elem(map, key, key_size, value, value_size, BPF_ANY) == 0)
        return {};
    return fail(std::string("policy map ") + bpf_map__name(map),
                "a row cannot be written: " + errno_text(errno),
                "the map holds " + std::to_string(bpf_map__max_entries(map)) +
                    " rows; shorten the list");
}

} // namespace davylamp
