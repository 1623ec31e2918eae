// SPDX-License-Identifier: Apache-2.0
// The pieces of everyday work, one script each in work/, and the least that each must have covered:
// about half of what it was measured to do (less where it installs what this machine may have), so
// that a piece that did next to nothing fails.
#pragma once

#include <array>
#include <cstdint>
#include <ostream>
#include <string>

namespace davylamp::test {

enum class Needs {
    nothing,
    jobs,      // its service is given jobs, by twins/dispatcher.py
    host_alone // it replaces programs that others run
};

struct Work {
    const char* name; // work/NAME.sh
    std::uint64_t least_execs, least_connects;
    Needs needs = Needs::nothing;
};

inline std::ostream& operator<<(std::ostream& stream, const Work& work)
{
    return stream << work.name;
}

constexpr std::array kWorks{
    Work{"apt-install", 300, 8, Needs::host_alone},
    Work{"apt-upgrade", 250, 3, Needs::host_alone},
    Work{"daemon", 80, 3, Needs::host_alone},
    Work{"new-root", 1000, 10},
    Work{"npm", 30, 5},
    Work{"pip", 40, 0},
    Work{"build", 150, 0},
    Work{"git", 150, 13},
    Work{"download", 50, 14},
    Work{"ssh", 400, 50, Needs::host_alone},
    Work{"cron", 60, 8},
    Work{"nodemanager", 116, 20, Needs::jobs},
    Work{"ci-agent", 32, 2, Needs::jobs},
    Work{"ci-agent-stdin", 15, 1, Needs::jobs},
    Work{"configuration", 8, 3},
    Work{"one-liners", 60, 20},
};

// What the sensor saw of one piece.
struct Coverage {
    std::uint64_t execs = 0, connects = 0;
};

// Where a piece leaves its coverage for the total.
inline std::string tally_path(const Work& work)
{
    return std::string(CORPUS_TALLY) + "/" + work.name;
}

} // namespace davylamp::test
