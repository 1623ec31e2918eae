// SPDX-License-Identifier: Apache-2.0
// Every field of every kind, by its ABI name. Meant for people with jq and for tests; nothing here
// is on a hot path.
#include "wire/event_json.h"

#include <arpa/inet.h>

#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/text.h"
#include "wire/kind_json.h"

namespace davylamp {

namespace {

void add_body(Json& out, const Event& event)
{
    switch (event.kind()) {
    case DAVY_EVENT_FORK: return add_fork(out, event);
    case DAVY_EVENT_EXEC: return add_exec(out, event);
    case DAVY_EVENT_EXIT: return add_exit(out, event);
    case DAVY_EVENT_CONNECT: return add_connect(out, event);
    case DAVY_EVENT_PROCESS: return add_process(out, event);
    case DAVY_EVENT_PLACE: return add_place(out, event);
    case DAVY_EVENT_CHAIN: return add_chain(out, event);
    case DAVY_EVENT_IMAGE: return add_image(out, event);
    case DAVY_EVENT_POOL: return add_pool(out, event);
    case DAVY_EVENT_STRATUM: return add_stratum(out, event);
    case DAVY_EVENT_LOSS: return add_loss(out, event);
    case DAVY_EVENT_OUTCOME: return add_outcome(out, event);
    case DAVY_EVENT_EVIDENCE: return add_evidence(out, event);
    default: {
        auto body = event.bytes().subspan(sizeof(davy_event_header));
        out["hex"] = hex_text({reinterpret_cast<const std::uint8_t*>(body.data()), body.size()});
    }
    }
}

} // namespace

std::string time_text(std::uint64_t time_ns, std::int64_t realtime_offset_ns)
{
    // Unsigned, since a record from outside may hold any time: it wraps and stays in 1677..2262.
    auto since_epoch =
        static_cast<std::int64_t>(time_ns + static_cast<std::uint64_t>(realtime_offset_ns));
    constexpr std::int64_t kSecond = 1'000'000'000;
    std::time_t seconds = since_epoch / kSecond;
    std::int64_t ns = since_epoch % kSecond;
    if (ns < 0) {
        ns += kSecond;
        seconds--;
    }
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", utc.tm_year + 1900,
                  utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                  static_cast<int>(ns));
    return text;
}

std::string address_text(const std::uint8_t (&address)[16])
{
    char text[INET6_ADDRSTRLEN] = "";
    static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::memcmp(address, kMapped, sizeof kMapped) == 0)
        inet_ntop(AF_INET, address + sizeof kMapped, text, sizeof text);
    else
        inet_ntop(AF_INET6, address, text, sizeof text);
    return text;
}

std::string device_text(std::uint32_t device)
{
    return std::to_string(device >> 20) + ":" + std::to_string(device & 0xfffff);
}

std::string file_text(std::uint32_t device, std::uint64_t inode)
{
    return device_text(device) + ":" + std::to_string(inode);
}

std::string event_json(const Event& event, std::int64_t realtime_offset_ns)
{
    const davy_event_header& header = event.header();
    Json out = {{"time", time_text(header.time_ns, realtime_offset_ns)},
                {"kind", event.known() ? Json(kind_name(header.kind)) : Json(header.kind)},
                {"version", header.version},
                {"size", header.size},
                {"time_ns", header.time_ns},
                {"tgid", header.tgid},
                {"verdict", named(names::kVerdicts, header.verdict)}};
    add_body(out, event);
    return out.dump(-1, ' ', true, Json::error_handler_t::replace);
}

} // namespace davylamp
