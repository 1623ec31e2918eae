// SPDX-License-Identifier: Apache-2.0
// Who started whom, and with what: every process that the records named, under (tgid, start time),
// which never comes twice. The parent is the one that forked, not the one of the moment: an orphan
// (`& disown`, a double fork) keeps its story.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "davylamp/abi/records.h"
#include "engine/process_info.h"

namespace davylamp {

inline bool same_process(const davy_process_id& a, const davy_process_id& b)
{
    return a.tgid == b.tgid && a.start_ns == b.start_ns;
}

// Init and kthreadd are everybody's ancestors: they join nothing.
inline bool is_everybodys_ancestor(const davy_process_id& id) { return id.tgid <= 2; }

// What an exec said. A forked copy shares it with its parent, so that a flood of forks costs none.
struct ExecText {
    std::string filename;
    std::string args; // NUL separated, as in the record
    bool args_cut = false;
};

// How many processes are remembered, by state. Every bound holds whatever the records say.
struct LineageLimits {
    std::size_t live =
        65536; // beyond it, the one goes that was heard of least lately and has no child
    std::size_t ended = 16384;  // alerts come late, and ask for names
    std::size_t pinned = 16384; // ended long ago, yet some descendant is remembered
};

class Lineage {
public:
    enum class List : std::uint8_t { live, ended, pinned };

    struct Process {
        davy_process facts{}; // as last seen; facts.parent is the lineage, not the moment
        std::shared_ptr<const ExecText> text;
        davy_process_id root{}; // the eldest known ancestor when it came to be known
        std::shared_ptr<const EvidenceInfo> evidence; // of the image that it runs
        std::shared_ptr<const ProcessPlace> place;    // nullptr: not known, or the host
        std::uint64_t started_ns = 0;
        Process* previous = nullptr; // within its list
        Process* next = nullptr;
        std::uint32_t children = 0; // remembered ones that counted themselves here
        List list = List::live;
        bool counted = false; // in its parent's children
        bool parent_from_fork = false;
        bool ids_known = false;
        bool image_known = false;
        bool connected = false; // a record showed it connecting out
        bool stratum = false;   // or talking to a pool
        std::uint32_t gone_device = 0;
        std::uint64_t gone_inode = 0; // the image whose loss an alert has told already

        bool ended() const { return list != List::live; }
        bool told_gone(const davy_image& image) const
        {
            return gone_inode != 0 && gone_inode == image.inode && gone_device == image.device;
        }
    };

    explicit Lineage(LineageLimits limits = {}) : limits_(limits) {}
    Lineage(const Lineage&) = delete;
    Lineage& operator=(const Lineage&) = delete;

    void fork(const davy_event_fork& event);
    void exec(const davy_event_exec& event, std::string_view args);
    void exit(const davy_event_exit& event);
    void place(const davy_event_place& event);
    void evidence(const davy_process_id& target, EvidenceInfo info);
    // A process as some record describes it. Pointers live until the next call that adds one.
    Process* seen(const davy_process& process, std::uint64_t time_ns);
    // A process of which a record has the id and the name only. nullptr for nobody (tgid 0).
    Process* named(const davy_process_id& id, std::string_view comm, std::uint64_t time_ns);

    Process* find(const davy_process_id& id);
    const Process* find(const davy_process_id& id) const;

    // Parent first, pid 1 last; an ancestor that no record described ends the list with its id
    // alone.
    std::vector<ProcessInfo> ancestors(const davy_process_id& id) const;
    bool is_ancestor(const davy_process_id& elder, const davy_process_id& of) const;
    // The eldest known ancestor below pid 1; of a stranger, itself.
    davy_process_id root(const davy_process_id& id) const;
    // Who runs that file now, by start time and pid.
    std::vector<davy_process_id> running(std::uint64_t inode, std::uint32_t device) const;

    std::size_t size() const { return processes_.size(); }
    std::size_t live() const { return live_.size; }

    static ProcessInfo info(const Process& process);

private:
    struct Key {
        std::uint64_t start_ns;
        std::uint32_t tgid;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const
        {
            std::uint64_t mixed = (key.start_ns ^ key.tgid) * 0x9e3779b97f4a7c15ull;
            return static_cast<std::size_t>(mixed ^ (mixed >> 32));
        }
    };
    struct Chain { // an intrusive list, oldest first
        Process* front = nullptr;
        Process* back = nullptr;
        std::size_t size = 0;
    };

    Process& add(const davy_process_id& id, std::uint64_t time_ns);
    void adopt(Process& process, const davy_process_id& parent);
    void touch(Process& process);
    void end(Process& process);
    void erase(Process* process);
    void shrink_live();
    Chain& chain(List list);
    void push(Process& process, List list);
    void unlink(Process& process);

    LineageLimits limits_;
    std::unordered_map<Key, Process, KeyHash> processes_;
    std::unordered_map<std::uint32_t, Process*> live_by_tgid_;
    Chain live_, ended_, pinned_;
};

} // namespace davylamp
