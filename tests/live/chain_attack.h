// SPDX-License-Identifier: Apache-2.0
// One chain in one mode: what must be true of every attack, whichever way it goes.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <tuple>

#include "chain_site.h"

namespace davylamp::test {

enum class Order {
    any,          // whichever comes first
    reader_first, // the interpreter waits: the connect is refused and nothing is served
    reader_late,  // the script is on its way: the interpreter dies before it runs any of it
    fallback,     // a second downloader follows: where the first's end took the reader along, it
                  // is served and writes to nobody
};

struct Attack {
    const char* name;
    const char* command;
    Order order = Order::any;
    const char* code = "CHAIN-001";
};

inline void PrintTo(const Attack& attack, std::ostream* stream) { *stream << attack.name; }

void expect_stopped(const Attack& attack, Mode mode);

class ChainAttack : public testing::TestWithParam<std::tuple<Attack, Mode>> {};

inline std::string attack_name(const testing::TestParamInfo<std::tuple<Attack, Mode>>& test)
{
    return test_name(std::get<0>(test.param).name, std::get<1>(test.param));
}

} // namespace davylamp::test
