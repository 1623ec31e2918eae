// SPDX-License-Identifier: Apache-2.0
// Two programs share no per-CPU scratch if one can interrupt the other on the same CPU and no
// program can prevent that (bpf/scratch.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bpf/libbpf.h>

#include "call_graph.h"

#include <memory>

namespace davylamp::test {
namespace {

using testing::Contains;
using testing::IsSupersetOf;
using testing::Key;
using testing::Not;
using testing::SizeIs;

const auto& programs()
{
    static const auto all = programs_of(DAVY_BPF_OBJECT);
    return all;
}

// What a program runs in, by the section that it stands in; empty where it is none that we know.
// Since egress runs in either, it is apart from processes and from what arrives in softirq.
std::string context_of(const std::string& section)
{
    static const std::pair<const char*, const char*> contexts[] = {
        {"tp_btf/sched_waking", "interrupt"},
        {"tp_btf/sched_switch", "scheduler"},
        {"tp_btf/signal_generate", "interrupt"},
        {"tp_btf/irq_work_entry", "interrupt"},
        {"?fexit/", "process"},
        {"cgroup_skb/ingress", "softirq, arriving"},
        {"cgroup_skb/egress", "process or softirq, leaving"},
        {"tp_btf/sched_process_", "process"},
        {"tp/syscalls/", "process"},
        {"uprobe", "process"},
        {"cgroup/connect", "process"},
        {"cgroup/sendmsg", "process"},
        {"lsm/", "process"},
        {"fmod_ret/", "process"},
        {"iter/task", "process"},
        {"raw_tp/davy_calibrate", "process"}, // run by its name, never attached
        {"raw_tp/davy_identify", "process"},
    };
    for (const auto& [begin, context] : contexts) {
        if (section.starts_with(begin))
            return context;
    }
    return {};
}

// The maps with a value for each CPU.
std::set<std::string> per_cpu_maps()
{
    const std::unique_ptr<bpf_object, decltype(&bpf_object__close)> object(
        bpf_object__open_file(DAVY_BPF_OBJECT, nullptr), bpf_object__close);
    std::set<std::string> names;
    bpf_map* map = nullptr;

    bpf_object__for_each_map(map, object.get())
    {
        if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY)
            names.insert(bpf_map__name(map));
    }
    return names;
}

// Ways that are known by reading, through global and static functions.
TEST(CallGraph, FollowsCalls)
{
    EXPECT_THAT(programs(), SizeIs(testing::Gt(30u)));
    EXPECT_THAT(programs().at("davy_exec").maps,
                IsSupersetOf({"exec_scratch", "pipes", "images", "alerts", "telemetry"}));
    EXPECT_THAT(programs().at("davy_wake").maps, IsSupersetOf({"text_writers", "fed_texts"}));
    EXPECT_THAT(programs().at("davy_lsm_rename").maps, Contains("images"));
    EXPECT_THAT(programs().at("davy_calibrate").maps, Not(Contains("pipes")));
}

TEST(Scratch, IsSharedByNoneThatInterruptEachOther)
{
    // A count of losses: an interrupted increment loses one count (emit.h). And what each run
    // claims a value of (stratum/dns_work.h), which live_interrupted shows.
    const std::set<std::string> shared = {"losses", "dns_scratch"};
    std::size_t checked = 0;

    for (const auto& map : per_cpu_maps()) {
        std::map<std::string, std::string> users; // context → programs
        for (const auto& [name, program] : programs()) {
            if (!program.maps.contains(map))
                continue;
            const auto context = context_of(program.section);
            ASSERT_NE(context, "") << program.section << ": say in context_of() what it runs in";
            users[context] += " " + name;
        }
        EXPECT_FALSE(users.empty()) << map << " has no user";
        if (shared.contains(map))
            continue;
        checked++;
        std::string all;
        for (const auto& [context, names] : users)
            all += "\n  " + context + ":" + names;
        EXPECT_EQ(users.size(), 1u) << map << " is used in" << all;
        // A softirq that sends interrupts a process that sends.
        EXPECT_THAT(users, Not(Contains(Key("process or softirq, leaving")))) << map << all;
    }
    EXPECT_GE(checked, 10u);
}

} // namespace
} // namespace davylamp::test
