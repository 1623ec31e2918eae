// SPDX-License-Identifier: Apache-2.0
// Programs that share words with miners, in kill mode: not a byte is lost, and nobody says a word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stratum_site.h"

namespace davylamp::test {
namespace {

using testing::IsEmpty;

// Everything in a network namespace of its own, where every port is free: pools' usual ones too.
TEST(StratumBenign, ConversationsArriveAndStaySilent)
{
    TempFolder folder;
    Subprocess openssl({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=files.example",
                        "-days", "2", "-keyout", folder / "key.pem", "-out",
                        folder / "certificate.pem"});
    ASSERT_EQ(openssl.wait(), 0) << openssl.err();
    const std::string benign = "/usr/bin/python3 -BS " + scripts() + "/benign.py ";
    GuardOptions options;
    options.mode = Mode::kill;
    // The services stand outside the guard and end with it.
    options.before = {"unshare",
                      "-n",
                      "bash",
                      "-c",
                      "setpriv --pdeathsig KILL " + benign + "serve " + folder.path() + " " +
                          (folder / "certificate.pem") + " " + (folder / "key.pem") +
                          " & until [ -e " + (folder / "serving") +
                          " ]; do sleep 0.01; done; exec \"$@\"",
                      "-"};
    options.command = bash("exec " + benign + "talk " + folder.path());
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
    EXPECT_EQ(slurp(folder / "broken"), "");
}

// A pool's own server: whoever accepts is no miner, whatever it is sent and answers.
TEST(StratumBenign, PoolServerInsideTheGuard)
{
    TempFolder folder;
    folder.write("server.py", R"(
import socket, sys
listener = socket.create_server(('127.0.0.1', 0))
open(sys.argv[1], 'w').write(str(listener.getsockname()[1]) + '\n')
peer, _ = listener.accept()
line = peer.makefile('rb').readline()
peer.sendall(b'{"id":1,"result":[[["mining.set_difficulty","1"],["mining.notify","1"]],"08",4],"error":null}\n')
peer.sendall(b'{"id":null,"method":"mining.notify","params":["1"]}\n')
try:
    peer.recv(1) # until the client has gone
except ConnectionResetError:
    pass # it left a line unread
sys.exit(0 if b'mining.subscribe' in line else 1)
)");
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = {"/usr/bin/python3", folder / "server.py", folder / "port"};
    Guard guard(options);
    ASSERT_TRUE(eventually([&] { return slurp(folder / "port").find('\n') != std::string::npos; }));
    Subprocess miner({program("live_stratum_client"), "127.0.0.1",
                      std::to_string(std::stoi(slurp(folder / "port"))),
                      folder.write("message", subscribe_message()), "one", folder / "result"});
    EXPECT_EQ(miner.wait(), 0) << slurp(folder / "result");
    GuardResult result = guard.finish();
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_THAT(result.codes(), IsEmpty());
}

} // namespace
} // namespace davylamp::test
