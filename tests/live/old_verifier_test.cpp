// SPDX-License-Identifier: Apache-2.0
// The object as kernels before 5.13 verify it, on whatever kernel this is: each function with a
// pointer argument with every call. What exceeds the verifier's limit there does so here.
#include <gtest/gtest.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/numbers.h"
#include "sensor/backend.h"
#include "sensor/handles.h"
#include "sensor/libbpf_log.h"
#include "sensor/old_verifier.h"

namespace davylamp::test {
namespace {

// Of the million that a program may have, and of what a start may take: it verifies them all. 5.10
// itself takes half as many again.
constexpr unsigned kEnough = 300000;
constexpr unsigned kEnoughTogether = 1700000;

// With everything on, so that no code is dead.
Skeleton opened(std::uint8_t mode)
{
    Skeleton skeleton(davy_bpf__open());
    auto& settings = const_cast<davy_settings&>(
        reinterpret_cast<const volatile davy_settings&>(skeleton->rodata->settings));
    for (auto& each : settings.mode)
        each = mode;
    settings.telemetry = settings.connects = settings.evidence = 1;
    settings.has_ports = settings.has_pools = settings.has_pool_names = settings.has_alpn = 1;
    settings.has_allowed = settings.has_names = settings.has_denied = settings.port_refuses = 1;
    settings.window_ns = 1;
    settings.scope_cgroup = settings.scope_level = 1;
    settings.ancestor_read = 1;
    // The sensor loads those apart.
    for (const BackendRow& row : backend_rows())
        bpf_program__set_autoload(bpf_object__find_program_by_name(skeleton->obj, row.program),
                                  false);
    return skeleton;
}

class OldVerifier : public testing::TestWithParam<int> {};

TEST_P(OldVerifier, LoadsWithPointersVerifiedAtEachCall)
{
    Skeleton skeleton = opened(static_cast<std::uint8_t>(GetParam()));
    verify_with_each_call(*skeleton);
    ASSERT_EQ(davy_bpf__load(skeleton.get()), 0) << libbpf_log_end();
    EXPECT_EQ(skeleton->rodata->numbers_only, 1u);
    bpf_program* program = nullptr;
    int loaded = 0;
    unsigned together = 0;
    bpf_object__for_each_program(program, skeleton->obj)
    {
        bpf_prog_info info{};
        __u32 size = sizeof info;

        if (!bpf_program__autoload(program))
            continue;
        loaded++;
        ASSERT_EQ(bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size), 0);
        EXPECT_LT(info.verified_insns, kEnough) << bpf_program__name(program);
        together += info.verified_insns;
    }
    EXPECT_GT(loaded, 20);
    EXPECT_LT(together, kEnoughTogether);
}

INSTANTIATE_TEST_SUITE_P(Modes, OldVerifier,
                         testing::Values(DAVY_MODE_MONITOR, DAVY_MODE_BLOCK, DAVY_MODE_KILL),
                         [](const auto& mode) {
                             return mode.param == DAVY_MODE_MONITOR ? "monitor"
                                    : mode.param == DAVY_MODE_BLOCK ? "block"
                                                                    : "kill";
                         });

// The question that decides: the object loads as it is where the answer is yes, and is refused
// where it is no.
TEST(OldVerifierProbe, AnswersWhatTheObjectMeets)
{
    Skeleton skeleton = opened(DAVY_MODE_MONITOR);
    EXPECT_EQ(davy_bpf__load(skeleton.get()) == 0, global_functions_take_pointers());
}

} // namespace
} // namespace davylamp::test
