// SPDX-License-Identifier: Apache-2.0
// The command line machine on any bytes: no state that it should not have, no answer that a longer
// reading takes back, no code from a descriptor that was not named.
#include "davylamp/rules/arguments.h"
#include "davylamp/rules/interpreter.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void hold(bool condition)
{
    if (!condition)
        std::abort();
}

// Whether the answer comes from a descriptor that the arguments name, is standard input, or is
// none.
void hold_answer(const davy_args_state& state)
{
    std::int32_t fd = davy_args_code_fd(&state);

    hold(fd >= DAVY_CODE_ELSEWHERE && fd < 1000000);
    if (fd > 0 && fd < 64)
        hold(state.named_fds >> fd & 1);
    if (davy_args_undecided(&state))
        hold(fd == DAVY_CODE_ELSEWHERE);
}

void feed_arguments(std::uint16_t family, const std::uint8_t* data, std::size_t size)
{
    davy_args_state state;
    bool settled = false;
    std::int32_t answer = DAVY_CODE_ELSEWHERE;

    davy_args_begin(&state, family);
    for (std::size_t i = 0; i < size; i++) {
        std::uint64_t named = state.named_fds;

        davy_args_step(&state, data[i]);
        hold((state.named_fds & named) == named);
        hold(state.state <= DAVY_ARGS_SOURCED && state.path <= DAVY_FDPATH_NUMBER &&
             state.row < 16);
        hold_answer(state);
        if (settled)
            hold(state.state == DAVY_ARGS_DONE && davy_args_code_fd(&state) == answer);
        settled = state.state == DAVY_ARGS_DONE;
        answer = davy_args_code_fd(&state);
    }
}

void feed_name(const std::uint8_t* data, std::size_t size)
{
    davy_name_state name;
    bool version = false;

    davy_name_begin(&name);
    for (std::size_t i = 0; i < size && data[i]; i++) {
        std::uint64_t stem = name.stem;

        davy_name_step(&name, data[i]);
        if (version)
            hold(name.stem == stem);
        version = name.cut;
    }
    hold(name.length <= DAVY_HASHED_NAME_MAX);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 1)
        return 0;
    feed_arguments(data[0] % (DAVY_FAMILY_COUNT + 1), data + 1, size - 1);
    feed_name(data + 1, size - 1);
    return 0;
}
