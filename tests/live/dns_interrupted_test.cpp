// SPDX-License-Identifier: Apache-2.0
// A softirq may receive a DNS message while the same CPU is in the middle of one that a process
// sends. That cannot be timed from outside, so the test puts the maps into the state of such a
// moment and lets an answer arrive: what the interrupted run holds stays as it is, and the message
// that interrupts it is read all the same.
#include <gtest/gtest.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/numbers.h"
#include "davylamp/rules/host_name.h"
#include "own_cgroup.h"
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

constexpr const char* kServer = "127.0.0.69";

// Of pool.test; an answer has the address 198.51.100.N.
std::string question() { return "\0\1\1\0\0\1\0\0\0\0\0\0"s + "\4pool\4test\0"s + "\0\1\0\1"s; }
std::string answer(std::uint8_t last)
{
    return "\0\1\x81\x80\0\1\0\1\0\0\0\0"s + "\4pool\4test\0"s + "\0\1\0\1"s +
           "\xc0\x0c\0\1\0\1\0\0\1\0\0\4\xc6\x33\x64"s + static_cast<char>(last);
}

UniqueFd datagrams(std::uint16_t port)
{
    UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_port = htons(port);
    ::inet_pton(AF_INET, kServer, &own.sin_addr);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
    return socket;
}

sockaddr_in name_of(const UniqueFd& socket)
{
    sockaddr_in name{};
    socklen_t size = sizeof name;
    EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
    return name;
}

// Sends, and waits until it has come.
void send(const UniqueFd& from, const UniqueFd& to, const std::string& message)
{
    const sockaddr_in name = name_of(to);
    char buffer[512];
    pollfd arrival{to.get(), POLLIN, 0};
    ASSERT_EQ(::sendto(from.get(), message.data(), message.size(), 0,
                       reinterpret_cast<const sockaddr*>(&name), sizeof name),
              static_cast<ssize_t>(message.size()));
    ASSERT_EQ(::poll(&arrival, 1, 10000), 1);
    ASSERT_EQ(::recv(to.get(), buffer, sizeof buffer, 0), static_cast<ssize_t>(message.size()));
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
            bpf_program__set_autoload(program, name == "davy_ingress" || name == "davy_egress");
        }
        suit_verifier(*skeleton_);
        ASSERT_EQ(davy_bpf__load(skeleton_.get()), 0) << libbpf_log_end();
        const std::uint64_t hash = suffix_hash("pool.test");
        const std::uint32_t row = 0;
        ASSERT_EQ(bpf_map__update_elem(skeleton_->maps.pool_names, &hash, sizeof hash, &row,
                                       sizeof row, BPF_ANY),
                  0);
        watch_a_socket();
    }

    // A socket belongs to the cgroup that it is made in.
    void watch_a_socket()
    {
        const std::string home = cgroup2_folder();
        UniqueFd folder(::open(cgroup_.path().c_str(), O_RDONLY | O_CLOEXEC));
        for (const bpf_program* program :
             {skeleton_->progs.davy_ingress, skeleton_->progs.davy_egress}) {
            links_.emplace_back(bpf_program__attach_cgroup(program, folder.get()));
            ASSERT_TRUE(links_.back()) << libbpf_log_end();
        }
        cgroup_.add(::getpid());
        client_ = datagrams(0);
        std::ofstream(home + "/cgroup.procs") << ::getpid();
        server_ = datagrams(53);
    }

    // The socket that the programs watch asks, and hears an answer.
    void ask() { send(client_, server_, question()); }
    void receive(std::uint8_t last) { send(server_, client_, answer(last)); }

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
    OwnCgroup cgroup_;
    std::vector<Link> links_;
    UniqueFd client_, server_;

    int map() const { return bpf_map__fd(skeleton_->maps.dns_scratch); }
    std::size_t size() const
    {
        return (bpf_map__value_size(skeleton_->maps.dns_scratch) + 7u) / 8 * 8 *
               static_cast<std::size_t>(libbpf_num_possible_cpus());
    }
};

TEST_F(DnsInterrupted, LeavesWhatTheOtherRunReadsWith)
{
    ask();
    fill(0, 0xa5); // claimed, as is every byte else
    const Bytes before = place(0);
    receive(7);
    EXPECT_EQ(place(0), before);
    EXPECT_EQ(learnt(), std::set<int>{7});
    EXPECT_EQ(losses(), 0u);
}

TEST_F(DnsInterrupted, CountsAMessageThatNoPlaceIsLeftFor)
{
    ask();
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
        ask();
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
