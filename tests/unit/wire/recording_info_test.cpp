// SPDX-License-Identifier: Apache-2.0
#include "wire/recording_info.h"

#include <gtest/gtest.h>

namespace davylamp {
namespace {

using recording::info_json;
using recording::parse_info;

TEST(RecordingInfoTest, RoundTrips)
{
    RecordingInfo info{"0.1.0", "host", "6.18.0", "boot", "machine", "Debian", -5, "{\"x\": [1]}"};
    RecordingInfo back = parse_info(info_json(info));
    EXPECT_EQ(back.version, "0.1.0");
    EXPECT_EQ(back.hostname, "host");
    EXPECT_EQ(back.kernel, "6.18.0");
    EXPECT_EQ(back.boot_id, "boot");
    EXPECT_EQ(back.machine_id, "machine");
    EXPECT_EQ(back.os_name, "Debian");
    EXPECT_EQ(back.realtime_offset_ns, -5);
    EXPECT_EQ(back.policy, "{\"x\": [1]}");
}

TEST(RecordingInfoTest, AHostNameThatIsNoUtf8IsReplaced)
{
    RecordingInfo info;
    info.hostname = "a\xff";
    EXPECT_EQ(parse_info(info_json(info)).hostname, "a\xef\xbf\xbd");
}

TEST(RecordingInfoTest, TakesWhatIsThereAndOfItsType)
{
    struct {
        const char* json;
        const char* hostname;
        std::int64_t offset;
    } cases[] = {
        {R"({"hostname":"h","realtime_offset_ns":7})", "h", 7},
        {R"({"later":{"hostname":"no"},"list":["hostname",[1]],"hostname":"h"})", "h", 0},
        {R"({"hostname":5,"realtime_offset_ns":"7"})", "", 0},
        {R"({"hostname":"h","realtime_offset_ns":)", "h", 0},
        {R"(["hostname","h"])", "", 0},
        {"\"hostname\"", "", 0},
        {"", "", 0},
    };
    for (auto& c : cases) {
        RecordingInfo info = parse_info(c.json);
        EXPECT_EQ(info.hostname, c.hostname) << c.json;
        EXPECT_EQ(info.realtime_offset_ns, c.offset) << c.json;
    }
}

TEST(RecordingInfoTest, DeepNestingCostsNothing)
{
    std::string deep = R"({"hostname":"h","x":)" + std::string(1 << 20, '[');
    EXPECT_EQ(parse_info(deep).hostname, "h");
}

} // namespace
} // namespace davylamp
