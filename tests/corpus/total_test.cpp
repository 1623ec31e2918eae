// SPDX-License-Identifier: Apache-2.0
// What all pieces of the corpus covered together. Runs after them: each has left its counts.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "works.h"

namespace davylamp::test {

TEST(CorpusTotal, EveryPieceIsCounted)
{
    std::ostringstream table;
    Coverage total;
    double total_seconds = 0;
    auto row = [&](const std::string& name, const Coverage& coverage, double seconds) {
        char line[128];
        std::snprintf(line, sizeof line, "%-16s %6lu execs %6lu connects %7.1f s\n", name.c_str(),
                      coverage.execs, coverage.connects, seconds);
        table << line;
    };
    for (const Work& work : kWorks) {
        Coverage coverage;
        double seconds = 0;
        std::ifstream tally(tally_path(work));
        ASSERT_TRUE(tally >> coverage.execs >> coverage.connects >> seconds)
            << work.name << " has left no count in " << tally_path(work);
        row(work.name, coverage, seconds);
        total.execs += coverage.execs;
        total.connects += coverage.connects;
        total_seconds += seconds;
    }
    row("benign corpus", total, total_seconds);
    RecordProperty("execs", std::to_string(total.execs));
    RecordProperty("connects", std::to_string(total.connects));
    std::cout << table.str();
    std::ofstream(CORPUS_TALLY "/total.txt") << table.str() << "0 alerts\n";
}

} // namespace davylamp::test
