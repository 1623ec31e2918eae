// SPDX-License-Identifier: Apache-2.0
// Checks a record before anybody looks into it. After view() nobody checks a length again, except
// for last fields.
#include "wire/event.h"

#include <algorithm>
#include <cstring>

namespace davylamp {

namespace {

// What a record of a kind holds at least. Those that end in text or bytes may lack the end of that
// field, never its beginning; a process, a chain, an image, a pool and a stratum may lack what was
// appended since.
struct Kind {
    std::uint16_t number;
    std::uint32_t least;
    std::string_view name;
};

constexpr Kind kKinds[] = {
    {DAVY_EVENT_FORK, sizeof(davy_event_fork), "fork"},
    {DAVY_EVENT_EXEC, offsetof(davy_event_exec, args), "exec"},
    {DAVY_EVENT_EXIT, sizeof(davy_event_exit), "exit"},
    {DAVY_EVENT_CONNECT, sizeof(davy_event_connect), "connect"},
    {DAVY_EVENT_PROCESS, offsetof(davy_event_process, state), "process"},
    {DAVY_EVENT_PLACE, sizeof(davy_event_place), "place"},
    {DAVY_EVENT_CHAIN, offsetof(davy_event_chain, file), "chain"},
    {DAVY_EVENT_IMAGE, offsetof(davy_event_image, filename), "image"},
    {DAVY_EVENT_POOL, offsetof(davy_event_pool, tries), "pool"},
    {DAVY_EVENT_STRATUM, offsetof(davy_event_stratum, payload), "stratum"},
    {DAVY_EVENT_LOSS, sizeof(davy_event_loss), "loss"},
    {DAVY_EVENT_OUTCOME, sizeof(davy_event_outcome), "outcome"},
    {DAVY_EVENT_EVIDENCE, offsetof(davy_event_evidence, folder), "evidence"},
};

const Kind* kind_of(std::uint16_t number)
{
    auto found = std::find_if(std::begin(kKinds), std::end(kKinds),
                              [&](const Kind& kind) { return kind.number == number; });
    return found == std::end(kKinds) ? nullptr : found;
}

// The part of a last field that lies inside the record; bytes that a newer writer added behind the
// struct are not the field's.
std::size_t held(const Event& event, std::size_t offset, std::size_t field_size)
{
    return std::min(event.bytes().size() - offset, field_size);
}

template <class T> T whole(const Event& event)
{
    T record{};
    std::memcpy(&record, event.bytes().data(), std::min(event.bytes().size(), sizeof record));
    return record;
}

} // namespace

Result<Event> Event::view(std::span<const std::byte> bytes)
{
    const std::string where = "record";
    if (bytes.size() < sizeof(davy_event_header))
        return fail(where, std::to_string(bytes.size()) + " bytes are no record header (" +
                               std::to_string(sizeof(davy_event_header)) + ")");
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(davy_event_header) != 0)
        return fail(where, "the bytes are not aligned to 8");

    const auto& header = *reinterpret_cast<const davy_event_header*>(bytes.data());
    if (header.version > DAVY_ABI_VERSION)
        return fail(where,
                    "it has ABI version " + std::to_string(header.version) +
                        ", newer than this build's " + std::to_string(DAVY_ABI_VERSION),
                    "use the davylamp that wrote it, or a newer one");
    if (header.version == 0)
        return fail(where, "it has ABI version 0, which does not exist (this build has " +
                               std::to_string(DAVY_ABI_VERSION) + ")");
    if (header.size < sizeof(davy_event_header) || header.size > bytes.size())
        return fail(where, "its header says " + std::to_string(header.size) + " bytes, and " +
                               std::to_string(bytes.size()) + " are there");

    const Kind* kind = kind_of(header.kind);
    if (kind != nullptr && header.size < kind->least)
        return fail(where, "a record of kind " + std::string(kind->name) + " has at least " +
                               std::to_string(kind->least) + " bytes, this one has " +
                               std::to_string(header.size));
    return Event(bytes.first(header.size), kind != nullptr);
}

std::string_view exec_args(const Event& event)
{
    const auto& exec = event.as<davy_event_exec>();
    std::size_t size = held(event, offsetof(davy_event_exec, args), sizeof exec.args);
    return {exec.args, std::min<std::size_t>(size, exec.args_size)};
}

std::string_view image_filename(const Event& event)
{
    const auto& image = event.as<davy_event_image>();
    std::string_view all(image.filename,
                         held(event, offsetof(davy_event_image, filename), sizeof image.filename));
    return all.substr(0, all.find('\0'));
}

davy_event_chain whole_chain(const Event& event) { return whole<davy_event_chain>(event); }

davy_event_image whole_image(const Event& event) { return whole<davy_event_image>(event); }

davy_event_process whole_process(const Event& event) { return whole<davy_event_process>(event); }

davy_event_pool whole_pool(const Event& event) { return whole<davy_event_pool>(event); }

davy_event_stratum whole_stratum(const Event& event) { return whole<davy_event_stratum>(event); }

std::span<const std::uint8_t> stratum_payload(const Event& event)
{
    const auto& stratum = event.as<davy_event_stratum>();
    std::size_t size = held(event, offsetof(davy_event_stratum, payload), sizeof stratum.payload);
    return {stratum.payload, std::min<std::size_t>(size, stratum.payload_size)};
}

std::string_view evidence_folder(const Event& event)
{
    const auto& evidence = event.as<davy_event_evidence>();
    std::string_view all(evidence.folder, held(event, offsetof(davy_event_evidence, folder),
                                               sizeof evidence.folder));
    return all.substr(0, all.find('\0'));
}

const davy_decision* decision_of(const Event& event)
{
    switch (event.kind()) {
    case DAVY_EVENT_CHAIN: return &event.as<davy_event_chain>().decision;
    case DAVY_EVENT_IMAGE: return &event.as<davy_event_image>().decision;
    case DAVY_EVENT_POOL: return &event.as<davy_event_pool>().decision;
    case DAVY_EVENT_STRATUM: return &event.as<davy_event_stratum>().decision;
    default: return nullptr;
    }
}

std::string_view kind_name(std::uint16_t kind)
{
    const Kind* known = kind_of(kind);
    return known != nullptr ? known->name : "unknown";
}

} // namespace davylamp
