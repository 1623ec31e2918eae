// SPDX-License-Identifier: Apache-2.0
// A client may cut its bytes as it likes, send them again, overlap them and leave gaps. However it
// does that, no byte is stepped twice, none is skipped unless the direction counts as mid-stream,
// nothing that is held or convicted leaves, what is held leaves or is convicted in time, and what
// the flow says is what it says in one piece.
//
// The input: flags, how many bytes of script follow, the script, and what both sides say.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "../unit/rules/hold_flow.h"
#include "require.h"

using davylamp::test::Deed;
using davylamp::test::HeldFlow;
using davylamp::test::require;

namespace {

constexpr std::uint8_t kClient = DAVY_TO_SERVER, kServer = DAVY_TO_CLIENT;

class Talk {
public:
    Talk(std::uint8_t flags, std::string_view text)
        : enforces_(flags & 1), ends_(flags & 4), isn_(flags & 2 ? 0u - (flags >> 2) : flags >> 2),
          text_(text), flow_(enforces_)
    {
    }

    // A byte of the script: what happens next, and how large it is.
    void act(std::uint8_t byte)
    {
        const std::size_t size = 1 + (byte >> 3);
        switch (byte & 7) {
        case 3: client(unacknowledged(), sent_); break; // TCP's next try
        case 4: client(sent_ - std::min(sent_, 2 * size), sent_ - std::min(sent_, size)); break;
        case 5: client(sent_ - std::min(sent_, size), sent_ + size); break;
        case 6: server(size); break;
        case 7:
            if (size < 24)
                client(unacknowledged(), sent_ + size); // what was written joins what waits
            else if (size < 30)
                syn();
            else
                unseen(size);
            break;
        default: client(sent_, sent_ + size); break;
        }
    }

    void finish()
    {
        if (text_.empty())
            return;
        client(sent_, text_.size());
        if (ends_)
            end();
        for (int i = 0; i < DAVY_HOLD_PRESENTED_MAX + 1; i++)
            client(unacknowledged(), sent_);
        require(unacknowledged() >= sent_ || convicted_ || unseen_, "held for ever");
        compare();
    }

private:
    // The client ends its side: what waits leaves, or is convicted, when it comes again.
    void end()
    {
        const auto seq = isn_ + static_cast<std::uint32_t>(text_.size());
        flow_.segment({kClient, seq, {}, false, false, true});
        client(unacknowledged(), sent_);
        require(unacknowledged() >= sent_ || convicted_ || unseen_, "held after the end");
    }

    void client(std::size_t from, std::size_t to)
    {
        to = std::min(to, text_.size());
        if (from >= to)
            return;
        const std::size_t before = flow_.stepped(kClient).size();
        const davy_hold held = flow_.hold();
        const Deed deed = flow_.segment({kClient, isn_ + static_cast<std::uint32_t>(from),
                                         text_.substr(from, to - from), false, from == 0});
        sent_ = std::max(sent_, to);
        check_steps(kClient);
        const bool passes = deed != Deed::held && deed != Deed::convicts && deed != Deed::refused;
        require(enforces_ || passes, "dropped in monitor mode");
        require(!convicted_ || deed == Deed::refused, "passes after a conviction");
        if (passes)
            delivered_ = std::max(delivered_, to);
        if (deed == Deed::convicts) {
            convicted_ = true;
            overdue_ = before == flow_.stepped(kClient).size();
            require(delivered_ < read_end(), "the byte that convicts left before");
        }
        if (deed == Deed::held) {
            // The same bytes again.
            presented_ = before == flow_.stepped(kClient).size() ? presented_ + 1 : 0;
            require(presented_ < DAVY_HOLD_PRESENTED_MAX, "presented too often");
        }
        cleared_ |= deed == Deed::clears || deed == Deed::reports;
        if (flow_.hold().holding && !cleared_) {
            require(!flow_.midstream(kClient), "held in mid-stream");
            require(delivered_ <= flow_.hold().from - isn_, "what is held left");
        }
        if (convicted_ && held.holding)
            require(delivered_ <= held.from - isn_, "what was held left");
    }

    void server(std::size_t size)
    {
        const std::size_t to = std::min(answered_ + size, text_.size());
        if (answered_ >= to)
            return;
        const Deed deed = flow_.segment({kServer, 7 * isn_ + static_cast<std::uint32_t>(answered_),
                                         text_.substr(answered_, to - answered_)});
        require(deed != Deed::held, "the server was held");
        require(deed != Deed::convicts, "the server convicted its client");
        cleared_ |= deed == Deed::clears;
        other_ |= cleared_;
        answered_ = to;
        check_steps(kServer);
    }

    void unseen(std::size_t size)
    {
        sent_ = std::min(sent_ + size, text_.size());
        unseen_ = true;
    }

    // The client's SYN, which nobody has answered in time.
    void syn() { flow_.segment({kClient, isn_, {}, true}); }

    void check_steps(std::uint8_t direction)
    {
        const std::vector<std::uint32_t>& steps = flow_.stepped(direction);
        const std::uint32_t isn = direction == kClient ? isn_ : 7 * isn_;
        for (std::size_t i = std::max<std::size_t>(checked_[direction], 1); i < steps.size(); i++) {
            require(steps[i] - isn > steps[i - 1] - isn, "a byte was stepped twice");
            require(steps[i] == steps[i - 1] + 1 || flow_.midstream(direction),
                    "a byte was skipped");
        }
        checked_[direction] = steps.size();
    }

    void compare() const
    {
        if (flow_.midstream(kClient) || unseen_ || other_ || overdue_)
            return;
        HeldFlow whole(enforces_);
        whole.segment({kClient, isn_, text_});
        const davy_stratum_state &a = flow_.scan().stratum[kClient],
                                 &b = whole.scan().stratum[kClient];
        require(a.verdict == b.verdict && a.dialect == b.dialect && a.bytes == b.bytes,
                "segments changed the verdict");
    }

    std::size_t unacknowledged() const { return delivered_; }
    std::size_t read_end() const
    {
        return flow_.stepped(kClient).empty() ? 0 : flow_.stepped(kClient).back() + 1 - isn_;
    }

    const bool enforces_, ends_;
    const std::uint32_t isn_;
    const std::string_view text_;
    HeldFlow flow_;
    std::size_t sent_ = 0, delivered_ = 0, answered_ = 0; // ends, in text_
    std::size_t checked_[2] = {0, 0};
    int presented_ = 0;
    bool convicted_ = false, overdue_ = false;
    bool unseen_ = false; // bytes went another way
    bool cleared_ = false;
    bool other_ = false; // the server's direction decided
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::size_t script = std::min<std::size_t>(data[1], size - 2);
    Talk talk(data[0], {reinterpret_cast<const char*>(data) + 2 + script, size - 2 - script});
    for (std::size_t i = 0; i < script; i++)
        talk.act(data[2 + i]);
    talk.finish();
    return 0;
}
