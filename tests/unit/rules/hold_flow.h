// SPDX-License-Identifier: Apache-2.0
// Puts a TCP flow through the rules as bpf/stratum/segment.h does: sequence numbers, matcher and
// what becomes of each segment. Notes which bytes were stepped and which passed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "davylamp/rules/flow.h"
#include "davylamp/rules/hold.h"

namespace davylamp::test {

enum class Deed {
    passes,
    held,     // dropped, and TCP will send it again
    convicts, // refused, and so is all that follows
    reports,  // matches, but in mid-stream, in monitor mode or by the server: it passes
    clears,   // passes, and so does all that follows
    refused,  // after a conviction
};

struct Segment {
    std::uint8_t direction = DAVY_TO_SERVER;
    std::uint32_t seq = 0; // of its first payload byte
    std::string_view bytes;
    bool syn = false;
    bool first = true; // begins the flow; counts in a direction's first segment
    bool fin = false;
    std::uint32_t pause_ms = 200; // since the one before: as long as TCP waits at least
};

class HeldFlow {
public:
    explicit HeldFlow(bool enforces, std::size_t limit = SIZE_MAX)
        : enforces_(enforces), limit_(limit)
    {
        davy_flow_begin(&scan_);
        davy_hold_begin(&hold_);
    }

    Deed segment(const Segment& s)
    {
        now_ms_ += s.pause_ms;
        if (done_ == Deed::clears)
            return Deed::passes;
        if (s.bytes.empty()) {
            if (s.syn)
                davy_hold_syn(&hold_, s.direction, s.seq);
            if (s.fin)
                davy_hold_fin(&hold_, s.direction);
            return Deed::passes;
        }
        if (done_ == Deed::refused)
            return Deed::refused;
        davy_hold_segment facts{};
        facts.seq = s.seq;
        facts.size = static_cast<std::uint32_t>(s.bytes.size());
        facts.now_ms = now_ms_;
        facts.direction = s.direction;
        facts.syn = s.syn;
        facts.first = s.first;
        facts.fin = s.fin;
        facts.overdue = hold_.holding && davy_stratum_overdue(&scan_.stratum[s.direction]);
        davy_hold_notes notes{};
        std::uint8_t deed = davy_hold_arrives(&hold_, &facts, &notes);
        note(s.direction, notes);
        if (deed == DAVY_HOLD_READ) {
            const davy_hold_reading reading = read(s, notes.skip);
            deed = davy_hold_leaves(&hold_, &facts, &reading, &notes);
            note(s.direction, notes);
        }
        return outcome(deed, s.direction);
    }

    const davy_hold& hold() const { return hold_; }
    const davy_flow_scan& scan() const { return scan_; }
    bool midstream(std::uint8_t direction) const { return hold_.side[direction].midstream; }
    // Sequence numbers of the bytes that the matcher was given, in that order.
    const std::vector<std::uint32_t>& stepped(std::uint8_t direction) const
    {
        return stepped_[direction];
    }
    int losses() const { return losses_; }

private:
    davy_hold_reading read(const Segment& s, std::uint32_t skip)
    {
        davy_hold_reading reading{};
        for (std::size_t i = skip; i < s.bytes.size() && reading.read < limit_; i++) {
            if (davy_flow_verdict(&scan_, s.direction) != DAVY_STRATUM_OPEN)
                break;
            davy_flow_step(&scan_, nullptr, s.direction, static_cast<std::uint8_t>(s.bytes[i]));
            stepped_[s.direction].push_back(s.seq + static_cast<std::uint32_t>(i));
            reading.read++;
        }
        reading.verdict = davy_flow_verdict(&scan_, s.direction);
        reading.enforces = enforces_;
        reading.holds = davy_stratum_holds(&scan_.stratum[s.direction]);
        reading.overdue = davy_stratum_overdue(&scan_.stratum[s.direction]);
        return reading;
    }

    void note(std::uint8_t direction, const davy_hold_notes& notes)
    {
        losses_ += notes.lost;
        if (notes.resume)
            davy_flow_resume(&scan_, direction);
    }

    Deed outcome(std::uint8_t deed, std::uint8_t direction)
    {
        switch (deed) {
        case DAVY_HOLD_DROP: return Deed::held;
        case DAVY_HOLD_LET_GO: davy_stratum_let_go(&scan_.stratum[direction]); return Deed::passes;
        case DAVY_HOLD_CLEAR: return done_ = Deed::clears;
        case DAVY_HOLD_REPORT: return Deed::reports;
        case DAVY_HOLD_CONVICT:
            if (enforces_ && !midstream(direction)) {
                done_ = Deed::refused;
                return Deed::convicts;
            }
            done_ = Deed::clears;
            return Deed::reports;
        default: return Deed::passes;
        }
    }

    std::uint32_t now_ms_ = 0xffffff00; // wraps soon
    const bool enforces_;
    const std::size_t limit_; // bytes of a segment that are read
    davy_hold hold_{};
    davy_flow_scan scan_{};
    Deed done_ = Deed::passes;
    std::vector<std::uint32_t> stepped_[2];
    int losses_ = 0;
};

} // namespace davylamp::test
