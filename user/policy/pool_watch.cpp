// SPDX-License-Identifier: Apache-2.0
#include "policy/pool_watch.h"

#include <algorithm>
#include <cstdlib>

#include "base/clock.h"

namespace davylamp {

namespace {
constexpr std::int64_t kSecondNs = 1'000'000'000;
}

std::vector<PoolWatch::Stamp> PoolWatch::stamps() const
{
    std::vector<Stamp> out;
    for (const PoolList& list : policy_.pool_lists) {
        struct stat status {};
        Stamp stamp;
        if (::stat(list.file.c_str(), &status) == 0)
            stamp = {status.st_dev, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec * kSecondNs + status.st_mtim.tv_nsec};
        out.push_back(stamp);
    }
    return out;
}

bool PoolWatch::is_young(const std::vector<Stamp>& stamps)
{
    const std::int64_t now = clock_ns(CLOCK_REALTIME);
    return std::any_of(stamps.begin(), stamps.end(), [&](const Stamp& stamp) {
        return std::llabs(now - stamp.changed_ns) < kSecondNs;
    });
}

Result<PoolWatch> PoolWatch::open(const Policy& policy)
{
    PoolWatch watch(policy);
    watch.seen_ = watch.stamps(); // before reading: a write meanwhile is seen at the first look
    watch.unsure_ = is_young(watch.seen_);
    auto book = PoolBook::read(policy, Trust::ours);
    if (!book)
        return fail(book.error());
    watch.book_ = std::make_shared<const PoolBook>(std::move(*book));
    return watch;
}

Result<std::shared_ptr<const PoolBook>> PoolWatch::look()
{
    if (policy_.pool_lists.empty())
        return nullptr;
    std::vector<Stamp> before = stamps();
    if (before == seen_ && !unsure_)
        return nullptr;
    auto book = PoolBook::read(policy_, Trust::ours);
    if (stamps() != before)
        return nullptr;
    seen_ = before;
    unsure_ = is_young(before);
    if (!book) {
        std::string complaint = book.error().text();
        if (complaint == complaint_)
            return nullptr;
        complaint_ = std::move(complaint);
        return fail(book.error());
    }
    bool again = !complaint_.empty(); // somebody waits to hear that it is good once more
    complaint_.clear();
    if (!again && *book == *book_)
        return nullptr;
    book_ = std::make_shared<const PoolBook>(std::move(*book));
    return book_;
}

} // namespace davylamp
