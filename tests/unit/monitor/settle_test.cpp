// SPDX-License-Identifier: Apache-2.0
// How a sensor ends while records flood in.
#include <future>
#include <thread>

#include "scene.h"
#include "support/eventually.h"

namespace davylamp::test {
namespace {

TEST(Settle, EndsThoughMoreAlwaysWaits)
{
    Scene scene;
    scene.start();
    scene.source->always_more = true;
    scene.source->telemetry = {Record(forks(kSecond, 1, 100, "sh"))};
    auto ended = std::async(std::launch::async, [&] { return bool(scene.monitor->finish()); });
    if (ended.wait_for(std::chrono::seconds(10)) != std::future_status::ready) {
        scene.source->always_more = false; // lets it end, and the test fail
        FAIL() << "it goes on for as long as the flood does";
    }
    EXPECT_TRUE(ended.get());
    EXPECT_EQ(scene.source->drains, scene.source->most_drains());
    EXPECT_EQ(scene.monitor->counts().forks, 1u);
}

TEST(Settle, EndsAtOnceWhereNothingWaits)
{
    Scene scene;
    scene.start();
    scene.monitor->settle();
    EXPECT_EQ(scene.source->drains, 1);
}

} // namespace
} // namespace davylamp::test
