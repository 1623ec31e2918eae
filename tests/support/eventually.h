// SPDX-License-Identifier: Apache-2.0
// Waits for an event, with a deadline; never for time to pass.
#pragma once

#include <algorithm>
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

// Asks the less often the longer it takes: an emulated processor has half of its time to give to
// one that asks every 5 ms.
template <class Predicate>
bool eventually(Predicate happened, std::chrono::milliseconds deadline = kDeadline)
{
    using std::chrono::milliseconds;
    const auto begin = std::chrono::steady_clock::now();
    while (!happened()) {
        const auto passed =
            std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
        if (passed > deadline)
            return false;
        std::this_thread::sleep_for(std::clamp(passed / 16, milliseconds(2), milliseconds(250)));
    }
    return true;
}

} // namespace davylamp::test
