// SPDX-License-Identifier: Apache-2.0
// A flow's bytes are a stranger's, in both directions: whatever they are, no part of its state
// leaves its bounds, a name is one, and a verdict stands.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "davylamp/rules/flow.h"
#include "require.h"

using davylamp::test::require;

namespace {

void check(const davy_flow_scan& flow, const davy_host_name& name)
{
    for (int i = 0; i < 2; i++) {
        const davy_unwrap_side& side = flow.unwrap.side[i];
        require(side.at <= DAVY_AT_FRAME_DATA, "an unknown part");
        require(side.layer <= DAVY_WRAPS_MAX, "too deep");
        require(side.layer < DAVY_WRAPS_MAX || flow.stratum[i].verdict == DAVY_STRATUM_CLEAR,
                "read on below the last layer");
        require(flow.stratum[i].verdict <= DAVY_STRATUM_CLEAR, "an unknown verdict");
        require(flow.read[i] <= DAVY_FLOW_BUDGET + 1, "read beyond the budget");
        require(side.head <= DAVY_HEAD_MAX + 1, "a head beyond its limit");
    }
    require(flow.unwrap.count <= DAVY_WRAPS_MAX + 1, "more wrappings than layers");
    for (std::uint8_t wrap : flow.unwrap.wraps)
        require(wrap <= DAVY_WRAP_TLS, "an unknown wrapping");
    require(flow.unwrap.hello.at <= DAVY_HELLO_AT_PROTOCOL, "an unknown part of a hello");
    require(name.length < DAVY_HOST_NAME_MAX && name.text[name.length] == '\0' &&
                std::strlen(name.text) == name.length,
            "a name beyond its field");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    davy_flow_scan flow;
    davy_host_name name;
    davy_flow_begin(&flow);
    davy_host_begin(&name);
    std::uint8_t direction = DAVY_TO_SERVER;
    for (std::size_t i = 0; i < size; i++) {
        // 0xfe turns the talk around, and the byte behind it is the other side's.
        if (data[i] == 0xfe) {
            direction ^= 1;
            continue;
        }
        davy_flow_scan before = flow;
        int what = davy_flow_step(&flow, direction == DAVY_TO_SERVER ? &name : nullptr, direction,
                                  data[i]);
        require(what <= DAVY_BYTE_OTHER, "an unknown step");
        if (before.stratum[direction].verdict != DAVY_STRATUM_OPEN)
            require(std::memcmp(&before, &flow, sizeof flow) == 0, "a verdict did not stand");
        if (what == DAVY_BYTE_OTHER)
            require(flow.stratum[direction].verdict == DAVY_STRATUM_CLEAR, "read on");
        check(flow, name);
    }
    return 0;
}
