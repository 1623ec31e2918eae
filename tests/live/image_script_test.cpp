// SPDX-License-Identifier: Apache-2.0
// Code that an interpreter runs, from a file without a name; and an interpreter that has lost its
// own.
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

// A script that lives as a victim does.
const char* const kScript = "echo $$ > @D/v.ready\n"
                            "for i in {1..1000}; do [ -e @D/go ] && break; sleep 0.01; done\n"
                            "echo $$ > @D/v.marker\n";

const std::vector<Removal> kInterpreters{
    {"bash that runs a script",
     "cp /bin/bash @W/mybash; printf '#!%s\\n@SCRIPT' @W/mybash > @W/s; chmod +x @W/s; "
     "@W/s & ready v; rm @W/mybash; go"},
    {"bash and its script",
     "cp /bin/bash @W/mybash; printf '#!%s\\n@SCRIPT' @W/mybash > @W/s; chmod +x @W/s; "
     "@W/s & ready v; rm @W/mybash @W/s; go"},
    {"bash with a one-liner", "cp /bin/bash @W/mybash; @W/mybash -c '@SCRIPT' & ready v; "
                              "rm @W/mybash; go"},
};

std::string with_script(const std::string& command)
{
    return replaced(command, "@SCRIPT", kScript);
}

class ExeRemovedInterpreter : public testing::TestWithParam<std::tuple<Removal, Mode>> {};

TEST_P(ExeRemovedInterpreter, Attack)
{
    auto [removal, mode] = GetParam();
    std::string command = with_script(removal.command);
    removal.command = command.c_str();
    expect_removed(removal, mode);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeRemovedInterpreter,
                         testing::Combine(testing::ValuesIn(kInterpreters),
                                          testing::Values(Mode::monitor, Mode::kill)),
                         case_name<Removal>);

// What the memfd holds is made by the shell in @W/s; it stays there, which is no name of the memfd.
const char* const kShell = "printf '#!/bin/bash\\necho $$ > @D/v.ready\\necho > @D/v.marker\\n' "
                           "> @W/s; chmod +x @W/s; ";
const char* const kPython = "printf '#!/usr/bin/python3\\nopen(\"@D/v.ready\", \"w\")\\n"
                            "open(\"@D/v.marker\", \"w\")\\n' > @W/s; chmod +x @W/s; ";
// python3 with a memfd of the script as descriptor f, not closed at exec.
const char* const kMemfd = "@PYTHON -c 'import os; f = os.memfd_create(\"s\", 0); "
                           "os.write(f, open(\"@W/s\", \"rb\").read()); os.lseek(f, 0, 0); ";

const Case kScripts[] = {
    {"a memfd with a first line", "@SHELL @MEMFD os.execve(f, [\"s\"], os.environ)'"},
    {"a memfd with a first line of python", "@PYSCRIPT @MEMFD os.execve(f, [\"s\"], os.environ)'"},
    {"a memfd by its path", "@SHELL @MEMFD os.execv(\"/proc/self/fd/%d\" % f, [\"s\"])'"},
    {"an unlinked file with a first line", "@SHELL exec 5< @W/s; rm @W/s; /proc/self/fd/5"},
    {"bash of a memfd", "@SHELL @MEMFD os.execv(\"/bin/bash\", [\"bash\", \"/dev/fd/%d\" % f])'"},
    {"bash of a memfd in proc",
     "@SHELL @MEMFD os.execv(\"/bin/bash\", [\"bash\", \"/proc/self/fd/%d\" % f])'"},
    {"bash of an unlinked file", "@SHELL exec 5< @W/s; rm @W/s; bash /dev/fd/5"},
    {"bash of an unlinked file in proc", "@SHELL exec 5< @W/s; rm @W/s; bash /proc/self/fd/5"},
    {"dash of an unlinked file", "@SHELL exec 5< @W/s; rm @W/s; dash /dev/fd/5"},
    {"python of a memfd",
     "@PYSCRIPT @MEMFD os.execv(\"/usr/bin/python3\", [\"python3\", \"/dev/fd/%d\" % f])'"},
    {"python of an unlinked file", "@PYSCRIPT exec 5< @W/s; rm @W/s; @PYTHON /proc/self/fd/5"},
    {"perl of an unlinked file",
     "printf 'open(F, \">@D/v.ready\"); open(F, \">@D/v.marker\");' > @W/s; exec 5< @W/s; "
     "rm @W/s; perl /dev/fd/5"},
};

class ExeFilelessScript : public testing::TestWithParam<std::tuple<Case, Mode>> {};

TEST_P(ExeFilelessScript, Attack)
{
    const auto& [way, mode] = GetParam();
    std::string command = replaced(way.command, "@SHELL", kShell);
    command = replaced(command, "@PYSCRIPT", kPython);
    expect_fileless(replaced(command, "@MEMFD", kMemfd), mode);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeFilelessScript,
                         testing::Combine(testing::ValuesIn(kScripts),
                                          testing::Values(Mode::monitor, Mode::kill)),
                         case_name<Case>);

} // namespace
} // namespace davylamp::test
