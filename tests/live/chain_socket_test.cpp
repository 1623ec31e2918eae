// SPDX-License-Identifier: Apache-2.0
// Interpreters that somebody out there types into: reverse shells, bind shells, listeners.
#include <gtest/gtest.h>

#include "chain_attack.h"

namespace davylamp::test {
namespace {

#define SOCKET_CASE(name, command)                                                                 \
    {                                                                                              \
        name, command, Order::reader_late, "CHAIN-002"                                             \
    }
// The caller, once somebody listens.
#define CALL "until nc -q0 127.0.0.1 @PORT < @D/local.sh; do sleep 0.05; done"

const Attack kSocketAttacks[] = {
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
    SOCKET_CASE("socat listens",
                "timeout 5 socat TCP-LISTEN:@PORT,reuseaddr EXEC:bash & " CALL "; wait"),
    {"nc listens and sh reads", "timeout 9 nc -l -p @PORT | sh & " CALL "; wait",
     Order::reader_late},
    {"nc calls and sh reads", "timeout 5 nc 127.0.0.1 @COMMAND_PORT < /dev/null | sh"},
};

using ChainSocket = ChainAttack;

TEST_P(ChainSocket, Attack) { expect_stopped(std::get<0>(GetParam()), std::get<1>(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Live, ChainSocket,
                         testing::Combine(testing::ValuesIn(kSocketAttacks),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         attack_name);

} // namespace
} // namespace davylamp::test
