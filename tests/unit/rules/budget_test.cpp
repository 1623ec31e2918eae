// SPDX-License-Identifier: Apache-2.0
// Whose budget an entry is on, and which entry a new one pushes out.
#include "davylamp/rules/budget.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace davylamp {
namespace {

constexpr __u32 kNobodyLoggedIn = 0xffffffffu;

TEST(Budget, IsAUsers)
{
    struct {
        const char* what;
        __u32 uid, login;
        bool in_hosts_users;
        __u32 user;
    } rows[] = {
        {"root", 0, 0, true, 0},
        {"root by sudo", 0, 1000, true, 0},
        {"an account", 1000, 1000, true, 1000},
        {"a service", 33, kNobodyLoggedIn, true, 33},
        {"an account in a user namespace", 1000, 1000, false, 1000},
        {"a directory's account", 1200001104, 1200001104, true, 1200001104},
        {"a subordinate uid", 100005, 1000, false, 131071},
        {"another one of the same range", 131070, 1000, false, 131071},
        {"one by a set-user-ID file, outside", 100005, 1000, true, 131071},
        {"one that says it logged in", 100005, 100005, false, 131071},
        {"nobody", 65534, kNobodyLoggedIn, true, 65534},
    };
    for (const auto& row : rows)
        EXPECT_EQ(davy_budget_user(row.uid, row.login, row.in_hosts_users), row.user) << row.what;
}

// useradd gives 65,536 subordinate uids, which begin anywhere.
TEST(Budget, OfARangeOfUidsAreTwo)
{
    std::set<__u32> users;
    for (__u32 uid = 165536; uid < 165536 + 65536; uid++)
        users.insert(davy_budget_user(uid, 1000, uid % 2));
    EXPECT_EQ(users.size(), 2u);
}

// What the kernel programs do with the rules, one table of one user: keys to places, and back.
class Order {
public:
    explicit Order(__u32 user) : user_(user) {}

    void write(int key)
    {
        auto at = places_.find(key);
        if (at != places_.end() && !davy_budget_moves(at->second, next_, user_, kTable))
            return;
        places_[key] = next_;
        keys_[next_] = key;
        auto oldest = keys_.find(davy_budget_oldest(next_++, user_, kTable));
        if (oldest == keys_.end())
            return;
        at = places_.find(oldest->second);
        if (at != places_.end() && at->second == oldest->first)
            places_.erase(at);
        keys_.erase(oldest);
    }
    bool has(int key) const { return places_.contains(key); }
    std::size_t size() const { return places_.size(); }
    std::size_t slots() const { return keys_.size(); }

private:
    static constexpr __u32 kTable = DAVY_BUDGET_FILES;
    __u32 user_;
    __u64 next_ = 1000000;
    std::map<int, __u64> places_;
    std::map<__u64, int> keys_;
};

TEST(Budget, TheOldestGo)
{
    for (__u32 user : {0u, 1000u}) {
        const int budget = static_cast<int>(davy_budget_of(user, DAVY_BUDGET_FILES));
        Order order(user);
        for (int key = 0; key < budget; key++)
            order.write(key);
        EXPECT_TRUE(order.has(0)) << user;
        order.write(budget);
        EXPECT_FALSE(order.has(0)) << user;
        EXPECT_TRUE(order.has(1)) << user;
        EXPECT_EQ(order.size(), static_cast<std::size_t>(budget)) << user;
    }
}

TEST(Budget, WhatIsWrittenAgainTakesNoPlace)
{
    Order order(1000);
    for (int key = 0; key < 100; key++)
        order.write(key);
    for (int again = 0; again < 5000; again++)
        order.write(again % 100);
    for (int key = 100; key < DAVY_FILES_EACH; key++)
        order.write(key);
    EXPECT_EQ(order.size(), std::size_t{DAVY_FILES_EACH});
}

TEST(Budget, WhatIsUsedStays)
{
    Order order(1000);
    order.write(-1);
    for (int key = 0; key < 10000; key++) {
        order.write(key);
        if (key % (DAVY_FILES_EACH / 2) == 0)
            order.write(-1);
    }
    EXPECT_TRUE(order.has(-1));
    EXPECT_LE(order.slots(), std::size_t{DAVY_FILES_EACH});
}

} // namespace
} // namespace davylamp
