// SPDX-License-Identifier: Apache-2.0
#include "evidence/store.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace davylamp {

davy_event_evidence evidence_record(const davy_process_id& target, std::uint16_t rule,
                                    const Evidence& evidence, std::uint64_t time_ns)
{
    davy_event_evidence event{};
    event.header.version = DAVY_ABI_VERSION;
    event.header.kind = DAVY_EVENT_EVIDENCE;
    event.header.size = sizeof event;
    event.header.time_ns = time_ns;
    event.header.tgid = static_cast<std::uint32_t>(::getpid());
    event.target = target;
    event.rule = rule;
    if (evidence.image_saved) {
        event.flags |= DAVY_EVIDENCE_IMAGE;
        std::copy(evidence.sha256.begin(), evidence.sha256.end(), event.sha256);
        event.image_size = evidence.image_size;
    }
    if (evidence.image_whole)
        event.flags |= DAVY_EVIDENCE_WHOLE;
    if (evidence.error_number != 0)
        event.flags |= DAVY_EVIDENCE_ERROR;
    event.missing = evidence.missing_items;
    event.error = static_cast<std::uint32_t>(evidence.error_number);
    std::memcpy(event.folder, evidence.folder.data(),
                std::min(evidence.folder.size(), sizeof event.folder - 1));
    return event;
}

} // namespace davylamp
