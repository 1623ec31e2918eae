// SPDX-License-Identifier: Apache-2.0
#include "evidence/item.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/files.h"

namespace davylamp {

bool Budget::time_up() const { return clock_ns(CLOCK_MONOTONIC) >= deadline_ns; }

Item missing(std::string name, std::string why)
{
    Item item;
    item.name = std::move(name);
    item.why = std::move(why);
    return item;
}

ItemWriter::ItemWriter(int folder, std::string name, std::uint64_t limit, Budget& budget)
    : folder_(folder), limit_(limit), budget_(budget)
{
    item_.name = std::move(name);
}

void ItemWriter::cut(std::string why)
{
    if (item_.why.empty())
        item_.why = std::move(why);
}

bool ItemWriter::make()
{
    if (file_)
        return true;
    // Evidence is looked at, and never run: no x for anybody.
    file_ = UniqueFd(::openat(folder_, item_.name.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_)
        cut("cannot be made: " + errno_text(errno));
    return static_cast<bool>(file_);
}

bool ItemWriter::add(std::string_view bytes)
{
    if (!item_.why.empty())
        return false;
    std::string_view rest = bytes.substr(0, std::min({static_cast<std::uint64_t>(bytes.size()),
                                                      limit_ - item_.size, budget_.bytes}));
    bool all = rest.size() == bytes.size();
    while (!rest.empty()) {
        if (!make())
            return false;
        ssize_t size = ::write(file_.get(), rest.data(), rest.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0) {
            cut("cannot be written: " + errno_text(size < 0 ? errno : EIO));
            return false;
        }
        std::string_view written = rest.substr(0, static_cast<std::size_t>(size));
        hash_.add(written);
        item_.size += written.size();
        budget_.bytes -= written.size();
        rest.remove_prefix(written.size());
    }
    if (!all)
        cut(item_.size == limit_ ? "is larger than " + std::to_string(limit_) + " bytes"
                                 : "the folder's limit was reached");
    return all;
}

Item ItemWriter::finish()
{
    // An empty file is an item only where the source was empty.
    item_.saved = file_ || (item_.why.empty() && make());
    item_.whole = item_.saved && item_.why.empty();
    if (item_.saved)
        item_.sha256 = hash_.finish();
    return std::move(item_);
}

void copy(int from, std::span<char> buffer, const Budget& budget, ItemWriter& to,
          const Piece& piece)
{
    for (;;) {
        if (budget.time_up())
            return to.cut(kTimeUp);
        ssize_t size = ::read(from, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return to.cut("cannot be read: " + errno_text(errno));
        if (size == 0 || !to.add({buffer.data(), static_cast<std::size_t>(size)}))
            return;
        piece(to.size());
    }
}

} // namespace davylamp
