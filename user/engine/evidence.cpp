// SPDX-License-Identifier: Apache-2.0
#include "engine/evidence.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "base/text.h"

namespace davylamp {

EvidenceInfo evidence_info(const davy_event_evidence& record, std::string_view folder)
{
    EvidenceInfo out;
    out.time_ns = record.header.time_ns;
    out.folder = folder;
    if (record.flags & DAVY_EVIDENCE_IMAGE) {
        // All zero where the host's libcrypto refused to hash: no hash is better than that one.
        if (std::any_of(std::begin(record.sha256), std::end(record.sha256),
                        [](std::uint8_t byte) { return byte != 0; }))
            out.sha256 = hex_text(record.sha256);
        out.image = true;
        out.size = record.image_size;
        out.whole = (record.flags & DAVY_EVIDENCE_WHOLE) != 0;
    }
    out.missing = record.missing;
    if (record.flags & DAVY_EVIDENCE_ERROR)
        out.error = record.error;
    return out;
}

} // namespace davylamp
