// SPDX-License-Identifier: Apache-2.0
// Text from a pipe against code: what is read never leaves the sample, whatever the bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "davylamp/rules/text_match.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    davy_text_sample sample{};
    davy_text_state state;
    std::size_t half = size / 2;
    davy_text_begin(&state);
    for (std::size_t i = 0; i < half; i++)
        davy_sample_step(&sample, &state, data[i]);
    if (sample.size > DAVY_SAMPLE_TEXT || sample.lines > DAVY_SAMPLE_LINES)
        std::abort();
    davy_text_begin(&state);
    for (std::size_t i = half; i < size; i++)
        davy_match_step(&sample, &state, data[i]);
    bool matched = davy_match_end(&sample, &state) != 0;
    // Nothing was read, so nothing can be of it.
    if (matched && sample.size == 0)
        std::abort();
    return 0;
}
