// SPDX-License-Identifier: Apache-2.0
// Waits for an event, with a deadline; never for time to pass.
#pragma once

#include <chrono>
#include <cstdlib>
#include <thread>

namespace davylamp::test {

// Generous, since only a test that fails reaches it. An emulated processor (tests/vm) asks for more
// with DAVYLAMP_TEST_DEADLINE_S.
inline const std::chrono::seconds kDeadline{[] {
    const char* seconds = std::getenv("DAVYLAMP_TEST_DEADLINE_S");
    return seconds ? std::atoi(seconds) : 30;
}()};

template <class Predicate>
bool eventually(Predicate happened, std::chrono::milliseconds deadline = kDeadline)
{
    auto end = std::chrono::steady_clock::now() + deadline;
    while (!happened()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

} // namespace davylamp::test
