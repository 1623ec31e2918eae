// SPDX-License-Identifier: Apache-2.0
// Which interpreters are one-liners, and which run an installed program.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "davylamp/rules/one_liner.h"

namespace davylamp {
namespace {

std::uint32_t writes(std::uint16_t family, const std::vector<std::string>& words)
{
    std::string line;
    for (const std::string& word : words)
        line += word + '\0';
    davy_args_state state;
    davy_args_begin(&state, family);
    for (char byte : line)
        davy_args_step(&state, static_cast<std::uint8_t>(byte));
    std::size_t at = state.program_at;
    if (at < line.size() && !line[at])
        at++; // as the driver does
    std::uint64_t text = 0;
    if (at < line.size())
        std::memcpy(&text, line.data() + at, std::min<std::size_t>(8, line.size() - at));
    return davy_interpreter_writes(&state, text);
}

struct Row {
    std::uint16_t family;
    std::vector<std::string> words;
};

TEST(OneLiner, ProgramsFromArgumentsAndDescriptors)
{
    const Row rows[] = {
        {DAVY_FAMILY_PYTHON, {"python3"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-u", "-", "x"}},
        {DAVY_FAMILY_PYTHON, {"python3", "/dev/stdin"}},
        {DAVY_FAMILY_PYTHON, {"python3", "/dev/fd/63"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-c", "import os"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-cimport os"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "timeit", "-n1", "f()"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-mtimeit"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "pdb", "-c", "f()"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "code"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "asyncio"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "idlelib.idle", "-c", "f()"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "wget", "http://u/x"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "pipe"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "pip.x"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "pi"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "http.client"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "http"}},
        {DAVY_FAMILY_PERL, {"perl"}},
        {DAVY_FAMILY_PERL, {"perl", "-e", "f"}},
        {DAVY_FAMILY_PERL, {"perl", "-MHTTP::Tiny", "-"}},
        {DAVY_FAMILY_RUBY, {"ruby", "-rsocket", "-e", "httpd()"}},
        {DAVY_FAMILY_RUBY, {"ruby", "-"}},
        {DAVY_FAMILY_NODE, {"node", "-"}},
        {DAVY_FAMILY_NODE, {"node", "-e", "f()"}},
        {DAVY_FAMILY_NODE, {"node", "-p", "f()"}},
        {DAVY_FAMILY_PHP, {"php"}},
        {DAVY_FAMILY_PHP, {"php", "-r", "f();"}},
        {DAVY_FAMILY_PHP, {"php", "--", "x"}},
        {DAVY_FAMILY_PHP, {"php", "-F", "x.php"}},
        {DAVY_FAMILY_NODE, {"node", "--test"}},
        {DAVY_FAMILY_LUA, {"lua", "-e", "f()"}},
    };
    for (const Row& row : rows)
        EXPECT_EQ(writes(row.family, row.words), DAVY_WRITER_ONE_LINER)
            << testing::PrintToString(row.words);
}

TEST(OneLiner, InstalledProgramsAndDevelopmentServers)
{
    const Row rows[] = {
        {DAVY_FAMILY_PHP, {"php", "-f", "x.php"}},
        {DAVY_FAMILY_PYTHON, {"python3", "x.py"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-i", "x.py"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "http.server", "--cgi", "8000"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-mhttp.server"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "pip", "install", "x"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-I", "-mpip", "install", "x"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "venv", "x"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "ensurepip"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "pytest"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "gunicorn", "a:b"}},
        {DAVY_FAMILY_PYTHON, {"python3", "-m", "ipykernel_launcher", "-f", "x"}},
        {DAVY_FAMILY_PYTHON, {"python2", "-m", "SimpleHTTPServer"}},
        {DAVY_FAMILY_PYTHON, {"python2", "-m", "CGIHTTPServer"}},
        {DAVY_FAMILY_RUBY, {"ruby", "-run", "-e", "httpd", ".", "-p", "8000"}},
        {DAVY_FAMILY_RUBY, {"ruby", "-run", "-ehttpd", "--", "-p", "8000"}},
        {DAVY_FAMILY_NODE, {"node", "x.js"}},
        {DAVY_FAMILY_PHP, {"php", "-S", "127.0.0.1:8000"}},
        {DAVY_FAMILY_PHP, {"php", "-S127.0.0.1:8000", "-t", "public"}},
        {DAVY_FAMILY_PHP, {"php", "-d", "x=1", "-t", "public", "-S", "127.0.0.1:8000", "r.php"}},
        {DAVY_FAMILY_PHP, {"php", "--server", "127.0.0.1:8000"}},
    };
    for (const Row& row : rows)
        EXPECT_EQ(writes(row.family, row.words), DAVY_WRITER_SCRIPT)
            << testing::PrintToString(row.words);
}

} // namespace
} // namespace davylamp
