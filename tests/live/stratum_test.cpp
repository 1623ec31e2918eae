// The Stratum connection: what reaches the pool, what becomes of the client, who else stays alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "guard.h"
#include "support/fake_pool.h"
#include "support/loopback.h"

namespace davylamp::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kWallet = "4" + std::string(94, 'A');

struct Dialect {
    const char* name;
    std::string message;
    std::vector<std::string> tokens; // none of them may arrive whole
};

// First messages as their clients send them, key order and blanks included.
const std::vector<Dialect> kDialects{
    {"subscribe",
     "{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": [\"cpuminer/2.5.1\"]}\n",
     {"mining.subscribe"}},
    {"authorize",
     "{\"id\": 2, \"method\": \"mining.authorize\", \"params\": [\"" + kWallet + "\", \"x\"]}\n",
     {"mining.authorize", kWallet}},
    {"configure",
     "{\"id\": 0, \"method\": \"mining.configure\", \"params\": [[\"version-rolling\"], "
     "{\"version-rolling.mask\": \"ffffffff\"}]}\n",
     {"mining.configure"}},
    {"login",
     "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":\"" + kWallet +
         "\",\"pass\":\"x\",\"agent\":\"XMRig/6.26.0\",\"algo\":[\"rx/0\"]}}\n",
     {kWallet}},
    {"eth",
     "{\"worker\": \"eth1.0\", \"jsonrpc\": \"2.0\", \"params\": "
     "[\"0x00112233445566778899aabbccddeeff00112233/rig\", \"x\"], \"id\": 2, \"method\": "
     "\"eth_submitLogin\"}\n",
     {"eth_submitLogin"}},
};

const Dialect& dialect(const std::string& name)
{
    for (const Dialect& one : kDialects) {
        if (name == one.name)
            return one;
    }
    throw std::out_of_range(name);
}

// What the client program wrote of its connection.
struct ClientReport {
    int connect = -1, send = -1, recv = -1;
    long ms = -1;
    bool written = false;
};

ClientReport report_of(const std::string& file)
{
    ClientReport report;
    report.written = std::sscanf(slurp(file).c_str(), "connect=%d send=%d recv=%d ms=%ld",
                                 &report.connect, &report.send, &report.recv, &report.ms) == 4;
    return report;
}

std::vector<std::string> client(const std::string& address, const FakePool& pool,
                                const TempFolder& folder, const std::string& message,
                                const std::string& how)
{
    return {program("live_stratum_client"),   address, std::to_string(pool.port()),
            folder.write("message", message), how,     folder / "result"};
}

struct Case {
    const char* dialect;
    const char* how;
    const char* address = "127.0.0.1";
};

void PrintTo(const Case& one, std::ostream* stream)
{
    *stream << one.dialect << " " << one.how << " " << one.address;
}

const Case kCases[] = {
    {"subscribe", "one"},
    {"subscribe", "byte"},
    {"authorize", "one"},
    {"authorize", "byte"},
    {"configure", "one"},
    {"configure", "byte"},
    {"login", "one"},
    {"login", "byte"},
    {"eth", "one"},
    {"eth", "byte"},
    {"login", "writev"},
    {"login", "sendfile"},
    {"login", "splice"},
    {"login", "fork"},
    {"login", "one", "::1"},
    {"login", "byte", "::1"},
    {"login", "one", "::ffff:127.0.0.1"},
    {"login", "byte", "::ffff:127.0.0.1"},
    {"subscribe", "listen"},
};

class Stratum : public testing::TestWithParam<std::tuple<Case, Mode>> {};

TEST_P(Stratum, Attack)
{
    const auto& [one, mode] = GetParam();
    const Dialect& spoken = dialect(one.dialect);
    const std::string how = one.how;
    TempFolder folder;
    FakePool pool(0,
                  how == "listen" ? "{\"id\":null,\"result\":\"welcome\",\"error\":null}\n" : "");
    GuardOptions options;
    options.mode = mode;
    options.command = client(one.address, pool, folder, spoken.message, how);
    GuardResult result = run_guard(options);

    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first("MINE-001");
    ClientReport report = report_of(folder / "result");
    if (mode == Mode::monitor) {
        EXPECT_TRUE(eventually([&] { return pool.bytes() == spoken.message; })) << pool.bytes();
        EXPECT_EQ(finding.action(), 3);
        EXPECT_EQ(finding.disposition(), 15);
        EXPECT_EQ(report.recv, 0) << "the attack itself does not work";
        return;
    }
    EXPECT_EQ(finding.action(), 2);
    EXPECT_EQ(finding.disposition(), 6);
    EXPECT_EQ(finding.pids("owner").size(), 1u) << result.out;
    // The connection ends at the pool too, so nothing can come after this.
    EXPECT_TRUE(eventually([&] { return pool.all_ended(); }));
    std::string arrived = pool.bytes();
    if (how != "byte") {
        EXPECT_EQ(arrived, "");
    }
    for (const std::string& token : spoken.tokens)
        EXPECT_THAT(arrived, Not(HasSubstr(token)));
    EXPECT_LT(arrived.size(), spoken.message.size());
    if (mode == Mode::block) {
        ASSERT_TRUE(report.written) << result.err;
        EXPECT_TRUE(report.send == ECONNABORTED || report.recv == ECONNABORTED ||
                    (how == "byte" && report.send == EPIPE))
            << slurp(folder / "result");
        EXPECT_LT(report.ms, 5000);
    } else {
        EXPECT_FALSE(report.written) << "the owner lived on: " << slurp(folder / "result");
        for (int pid : finding.pids("owner"))
            EXPECT_FALSE(is_running(pid));
    }
}

INSTANTIATE_TEST_SUITE_P(Live, Stratum,
                         testing::Combine(testing::ValuesIn(kCases),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             const Case& one = std::get<0>(test.param);
                             return test_name(std::string(one.dialect) + " " + one.how + " " +
                                                  one.address,
                                              std::get<1>(test.param));
                         });

// TCP would try again 0.2, 0.6, 1.5 s later, after the guard and its programs have gone: the one
// place where time has to pass.
TEST(StratumEnds, NothingArrivesAfterTheGuardHasEnded)
{
    for (Mode mode : {Mode::block, Mode::kill}) {
        TempFolder folder;
        FakePool pool;
        GuardOptions options;
        options.mode = mode;
        options.command = client("127.0.0.1", pool, folder, dialect("login").message, "one");
        EXPECT_EQ(run_guard(options).exit_code, 86);
        ::sleep(2);
        EXPECT_EQ(pool.bytes(), "");
    }
}

struct Listed {
    const char* name;
    const char* list; // a member of detections.stratum; @P is the pool's port
    const char* address;
    const char* code;
};

void PrintTo(const Listed& listed, std::ostream* stream) { *stream << listed.name; }

const Listed kListed[] = {
    {"IPv4", R"("addresses": [{"to": "127.0.0.1", "note": "ours"}])", "127.0.0.1", "MINE-002"},
    {"IPv4 network", R"("addresses": ["127.0.0.0/8"])", "127.0.0.1", "MINE-002"},
    {"IPv4 as IPv6", R"("addresses": ["127.0.0.1"])", "::ffff:127.0.0.1", "MINE-002"},
    {"IPv6", R"("addresses": ["::1"])", "::1", "MINE-002"},
    {"IPv6 network", R"("addresses": ["::/64"])", "::1", "MINE-002"},
    {"port", R"("ports": [@P], "ports_refuse": true)", "127.0.0.1", "MINE-003"},
    {"port IPv6", R"("ports": [@P], "ports_refuse": true)", "::1", "MINE-003"},
};

class StratumListed : public testing::TestWithParam<std::tuple<Listed, Mode>> {};

TEST_P(StratumListed, Connect)
{
    const auto& [listed, mode] = GetParam();
    TempFolder folder;
    FakePool pool;
    GuardOptions options;
    options.mode = mode;
    options.policy = "{\"detections\": {\"stratum\": {" +
                     replaced(listed.list, "@P", std::to_string(pool.port())) + "}}}";
    options.command = client(listed.address, pool, folder, "hello\n", "one");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first(listed.code);
    ClientReport report = report_of(folder / "result");
    if (mode == Mode::monitor) {
        EXPECT_EQ(finding.action(), 3);
        EXPECT_EQ(report.connect, 0);
        return;
    }
    EXPECT_EQ(finding.action(), 2);
    EXPECT_TRUE(finding.did("refuse"));
    EXPECT_THAT(pool.connections(), IsEmpty());
    EXPECT_EQ(report.written, mode == Mode::block);
    if (mode == Mode::block) {
        EXPECT_EQ(report.connect, EPERM);
    }
}

INSTANTIATE_TEST_SUITE_P(Live, StratumListed,
                         testing::Combine(testing::ValuesIn(kListed),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             return test_name(std::get<0>(test.param).name,
                                              std::get<1>(test.param));
                         });

struct Twin {
    const char* name;
    std::string message;
};

void PrintTo(const Twin& twin, std::ostream* stream) { *stream << twin.name; }

const std::vector<Twin> kTwins{
    {"Electrum",
     "{\"id\": 0, \"method\": \"server.version\", \"params\": [\"electrum\", \"1.4\"]}\n"
     "{\"id\": 1, \"method\": \"blockchain.headers.subscribe\", \"params\": []}\n"},
    {"LuCI", "{\"id\":1,\"method\":\"login\",\"params\":[\"root\",\"pass\"]}\n"},
    {"HTTP POST",
     "POST /rpc HTTP/1.1\r\nHost: a\r\nContent-Length: 71\r\n\r\n{\"id\": 1, \"method\": "
     "\"mining.subscribe\", \"params\": [\"cpuminer/2.5.1\"]}\n"},
    {"JSON log", "{\"msg\":\"mining.subscribe\",\"level\":\"info\",\"method\":\"GET\"}\n"
                 "{\"event\":{\"method\":\"mining.submit\",\"params\":[]},\"level\":\"warn\"}\n"},
    {"LSP", "Content-Length: 70\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\","
            "\"params\":{\"processId\":1}}\n"},
    {"Verto", "{\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":\"1008@a\","
              "\"passwd\":\"1234\"},\"id\":1}\n"},
    {"geth", "{\"jsonrpc\":\"2.0\",\"method\":\"eth_blockNumber\",\"params\":[],\"id\":1}\n"},
    {"a batch queue",
     "{\"method\":\"submit\",\"params\":{\"job\":\"nightly\",\"job_id\":\"7\"}}\n"},
    {"a long JSON line", "{\"a\":\"" + std::string(20000, 'x') + "\"}\n"},
    {"words in a row", "hello mining.subscribe mining.authorize login pass\n"},
};

class StratumTwin : public testing::TestWithParam<std::tuple<Twin, std::string>> {};

TEST_P(StratumTwin, StaysSilent)
{
    const auto& [twin, how] = GetParam();
    TempFolder folder;
    FakePool pool;
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = client("127.0.0.1", pool, folder, twin.message, how);
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 0) << result.err << slurp(folder / "result");
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
    EXPECT_TRUE(eventually([&] { return pool.bytes() == twin.message; })) << pool.bytes();
}

INSTANTIATE_TEST_SUITE_P(Live, StratumTwin,
                         testing::Combine(testing::ValuesIn(kTwins),
                                          testing::Values(std::string("one"), std::string("byte"))),
                         [](const auto& test) {
                             return test_name(std::string(std::get<0>(test.param).name) + " " +
                                                  std::get<1>(test.param),
                                              Mode::kill);
                         });

TEST(StratumTwins, ServiceOfOnesOwnOnAPoolPort)
{
    const std::uint16_t usual[] = {3333, 3334, 3335, 3336, 14444};
    std::unique_ptr<FakePool> service;
    for (std::uint16_t port : usual) {
        service = std::make_unique<FakePool>(port);
        if (service->port() == port)
            break;
    }
    ASSERT_THAT(usual, testing::Contains(service->port())) << "every usual port is taken";
    TempFolder folder;
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = client("127.0.0.1", *service, folder, "PING\n", "one");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 0) << result.out;
    EXPECT_EQ(service->bytes(), "PING\n");
}

// A pool's own server: whoever accepts is no miner, whatever it is sent and answers.
TEST(StratumTwins, PoolServerInsideTheGuard)
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
                      folder.write("message", dialect("subscribe").message), "one",
                      folder / "result"});
    EXPECT_EQ(miner.wait(), 0) << slurp(folder / "result");
    GuardResult result = guard.finish();
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_THAT(result.codes(), IsEmpty());
}

} // namespace
} // namespace davylamp::test
