// SPDX-License-Identifier: Apache-2.0
// A record from any bytes: the view, its accessors, and the JSON line, which must be one line of
// ASCII that parses.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "wire/event.h"
#include "wire/event_json.h"

using namespace davylamp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // A block of the exact size, so that a read behind the record is seen.
    std::unique_ptr<std::byte[]> bytes(new std::byte[size]);
    if (size != 0)
        std::memcpy(bytes.get(), data, size);
    auto event = Event::view({bytes.get(), size});
    if (!event) {
        if (event.error().what.empty())
            std::abort();
        return 0;
    }

    std::int64_t offset = 0;
    std::memcpy(&offset, data, sizeof offset);
    std::string line = event_json(*event, offset);
    for (unsigned char c : line) {
        if (c < 0x20 || c > 0x7e)
            std::abort();
    }
    auto parsed = nlohmann::json::parse(line, nullptr, false);
    if (!parsed.is_object() || parsed["kind"].is_string() != event->known())
        std::abort();

    const std::byte* end = event->bytes().data() + event->bytes().size();
    if (event->kind() == DAVY_EVENT_EXEC) {
        auto args = exec_args(*event);
        if (reinterpret_cast<const std::byte*>(args.data() + args.size()) > end)
            std::abort();
    }
    if (event->kind() == DAVY_EVENT_STRATUM) {
        auto payload = stratum_payload(*event);
        if (reinterpret_cast<const std::byte*>(payload.data() + payload.size()) > end)
            std::abort();
    }
    if (event->kind() == DAVY_EVENT_EVIDENCE) {
        auto folder = evidence_folder(*event);
        if (reinterpret_cast<const std::byte*>(folder.data() + folder.size()) > end)
            std::abort();
    }
    (void)decision_of(*event);
    return 0;
}
