// SPDX-License-Identifier: Apache-2.0
// The Stratum matcher reads bytes of strangers in the kernel. Whatever they are, its state stays
// within bounds, its verdict stands once it has fallen, and segment ends ask it questions without
// effect. The first byte of the input is the direction and how often the flow is asked.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "davylamp/rules/stratum.h"
#include "require.h"

using davylamp::test::require;

namespace {

void check(const davy_stratum_state& before, const davy_stratum_state& now)
{
    require(now.verdict <= DAVY_STRATUM_CLEAR, "an unknown verdict");
    require(now.dialect <= DAVY_DIALECT_ETHEREUM, "an unknown dialect");
    require(now.verdict != DAVY_STRATUM_MATCH || now.dialect != DAVY_DIALECT_NONE,
            "a match without a dialect");
    require(now.direction == before.direction, "the direction changed");
    require(now.lex <= DAVY_LEX_UNICODE_LAST, "an unknown place in the grammar");
    require(now.role <= DAVY_STRING_TYPE, "an unknown role");
    require((now.lex >= DAVY_LEX_STRING) || now.role == DAVY_STRING_IGNORED,
            "a role outside strings");
    require(now.key <= DAVY_WORD_SITE_KEY && now.word <= DAVY_WORD_SITE_KEY, "an unknown word");
    require(now.bytes <= DAVY_STRATUM_BUDGET, "read beyond the budget");
    require(now.depth <= now.bytes, "more containers than bytes");
    for (int i = 0; i < 8; i++) {
        std::uint32_t place = now.places >> (4 * i) & 15;
        require(place <= DAVY_LEVEL_ELSEWHERE, "an unknown place");
        std::uint32_t kept = now.depth < DAVY_LEVELS_MAX ? now.depth : DAVY_LEVELS_MAX;
        require((place != DAVY_LEVEL_TOP) == (static_cast<std::uint32_t>(i) < kept),
                "places and depth differ");
    }
    if (now.depth == 0)
        require(!now.methods && !now.keys && !now.params && !now.result,
                "a message is remembered after its end");
    require(((now.methods | now.keys | now.params | now.result) >> (DAVY_WORD_SITE_KEY + 1)) == 0,
            "an unknown bit");
    if (before.verdict != DAVY_STRATUM_OPEN)
        require(std::memcmp(&before, &now, sizeof(now)) == 0, "a verdict did not stand");
}

void ask(const davy_stratum_state& state)
{
    davy_stratum_state asked = state;
    bool holds = davy_stratum_holds(&asked), overdue = davy_stratum_overdue(&asked);
    require(std::memcmp(&asked, &state, sizeof(asked)) == 0, "a question changed the state");
    require(!overdue || holds, "overdue, but not held");
    require(!overdue || state.dialect != DAVY_DIALECT_NONE, "overdue without a dialect");
    require(!holds || (state.depth > 0 && state.verdict == DAVY_STRATUM_OPEN &&
                       state.direction == DAVY_TO_SERVER),
            "held for nothing");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::uint8_t direction = data[0] & 1;
    const std::size_t every = 1 + (data[0] >> 1);
    davy_stratum_state state;
    davy_stratum_begin(&state, direction);
    check(state, state);
    for (std::size_t i = 1; i < size; i++) {
        davy_stratum_state before = state;
        davy_stratum_step(&state, data[i]);
        check(before, state);
        if (i % every == 0)
            ask(state);
    }
    return 0;
}
