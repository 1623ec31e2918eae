// SPDX-License-Identifier: Apache-2.0
// A softirq may receive a DNS message while the same CPU is in the middle of one that a process
// sends. That cannot be timed from outside, so the test puts the maps into the state of such a
// moment and runs the programs once (BPF_PROG_TEST_RUN): what the interrupted run holds stays as it
// is, and the message that interrupts it is read all the same.
#include <gtest/gtest.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/numbers.h"
#include "davylamp/rules/host_name.h"
#include "sensor/handles.h"
#include "sensor/libbpf_log.h"
#include "sensor/old_verifier.h"

namespace davylamp::test {
namespace {

using namespace std::string_literals;
using Bytes = std::vector<std::uint8_t>;

std::uint64_t suffix_hash(std::string_view domain)
{
    std::uint64_t hash = DAVY_HASH_BEGIN;
    for (auto c = domain.rbegin(); c != domain.rend(); ++c)
        hash = davy_suffix_step(hash, static_cast<std::uint8_t>(*c));
    return hash;
}

// An IPv4 datagram from port 53 in an Ethernet frame, as test runs want it: pool.test has the
// address 198.51.100.N.
std::string answer(std::uint8_t last)
{
    const std::string dns = "\0\1\x81\x80\0\1\0\1\0\0\0\0"s + "\4pool\4test\0"s + "\0\1\0\1"s +
                            "\xc0\x0c\0\1\0\1\0\0\1\0\0\4\xc6\x33\x64"s + static_cast<char>(last);
    const auto udp_size = static_cast<char>(8 + dns.size());
    const std::string udp = "\0\x35\x80\0\0"s + udp_size + "\0\0"s + dns;
    const std::string ip = "\x45\0\0"s + static_cast<char>(20 + udp.size()) +
                           "\0\0\0\0\x40\x11\0\0"s + "\x7f\0\0\x35\x7f\0\0\1"s;
    return std::string(12, '\0') + "\x08\0"s + ip + udp;
}

class DnsInterrupted : public testing::Test {
protected:
    void SetUp() override
    {
        skeleton_.reset(davy_bpf__open());
        ASSERT_TRUE(skeleton_);
        auto& settings = const_cast<davy_settings&>(
            reinterpret_cast<const volatile davy_settings&>(skeleton_->rodata->settings));
        settings.mode[DAVY_DETECTION_STRATUM] = DAVY_MODE_MONITOR;
        settings.has_pool_names = 1;
        bpf_program* program = nullptr;
        bpf_object__for_each_program(program, skeleton_->obj)
        {
            const std::string_view name = bpf_program__name(program);
            bpf_program__set_autoload(program, name == "davy_ingress" || name == "davy_egress" ||
                                                   name == "davy_names");
        }
        suit_verifier(*skeleton_);
        ASSERT_EQ(davy_bpf__load(skeleton_.get()), 0) << libbpf_log_end();
        const std::uint64_t hash = suffix_hash("pool.test");
        const std::uint32_t row = 0;
        ASSERT_EQ(bpf_map__update_elem(skeleton_->maps.pool_names, &hash, sizeof hash, &row,
                                       sizeof row, BPF_ANY),
                  0);
    }

    void receive(std::uint8_t last)
    {
        const std::string packet = answer(last);
        LIBBPF_OPTS(bpf_test_run_opts, options);
        options.data_in = packet.data();
        options.data_size_in = static_cast<__u32>(packet.size());
        options.repeat = 1;
        ASSERT_EQ(bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.davy_ingress), &options),
                  0);
        EXPECT_EQ(options.retval, 1u);
    }

    // The last bytes of the addresses that were learnt.
    std::set<int> learnt() const
    {
        std::set<int> out;
        Bytes key(bpf_map__key_size(skeleton_->maps.pool_answers)), next(key.size());
        const int map = bpf_map__fd(skeleton_->maps.pool_answers);
        for (void* at = nullptr; bpf_map_get_next_key(map, at, next.data()) == 0; at = key.data()) {
            key = next;
            out.insert(key[15]);
        }
        return out;
    }

    Bytes place(std::uint32_t number) const
    {
        Bytes bytes(size());
        EXPECT_EQ(bpf_map_lookup_elem(map(), &number, bytes.data()), 0);
        return bytes;
    }
    // On every CPU.
    void fill(std::uint32_t number, std::uint8_t byte) const
    {
        const Bytes bytes(size(), byte);
        EXPECT_EQ(bpf_map_update_elem(map(), &number, bytes.data(), BPF_ANY), 0);
    }
    std::uint32_t places() const { return bpf_map__max_entries(skeleton_->maps.dns_scratch); }

    std::uint64_t losses() const
    {
        const std::uint32_t key = DAVY_LOSS_STORAGE;
        std::vector<std::uint64_t> counts(static_cast<std::size_t>(libbpf_num_possible_cpus()));
        EXPECT_EQ(bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.losses), &key, counts.data()), 0);
        std::uint64_t sum = 0;
        for (std::uint64_t count : counts)
            sum += count;
        return sum;
    }

    Skeleton skeleton_;

private:
    int map() const { return bpf_map__fd(skeleton_->maps.dns_scratch); }
    std::size_t size() const
    {
        return (bpf_map__value_size(skeleton_->maps.dns_scratch) + 7u) / 8 * 8 *
               static_cast<std::size_t>(libbpf_num_possible_cpus());
    }
};

TEST_F(DnsInterrupted, LeavesWhatTheOtherRunReadsWith)
{
    fill(0, 0xa5); // claimed, as is every byte else
    const Bytes before = place(0);
    receive(7);
    EXPECT_EQ(place(0), before);
    EXPECT_EQ(learnt(), std::set<int>{7});
    EXPECT_EQ(losses(), 0u);
}

TEST_F(DnsInterrupted, CountsAMessageThatNoPlaceIsLeftFor)
{
    for (std::uint32_t number = 0; number < places(); number++)
        fill(number, 0xa5);
    receive(7);
    EXPECT_EQ(learnt(), std::set<int>{});
    EXPECT_EQ(losses(), 1u);
    fill(places() - 1, 0);
    receive(8);
    EXPECT_EQ(learnt(), std::set<int>{8});
}

TEST_F(DnsInterrupted, GivesItsPlaceBack)
{
    std::set<int> all;
    for (int i = 0; i < 100; i++) {
        receive(static_cast<std::uint8_t>(i));
        all.insert(i);
    }
    EXPECT_EQ(learnt(), all);
    EXPECT_EQ(losses(), 0u);
    // All of them ran with the first.
    for (std::uint32_t number = 1; number < places(); number++) {
        const Bytes bytes = place(number);
        EXPECT_EQ(std::count(bytes.begin(), bytes.end(), 0), std::ssize(bytes)) << number;
    }
}

} // namespace
} // namespace davylamp::test
