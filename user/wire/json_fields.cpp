// SPDX-License-Identifier: Apache-2.0
#include "wire/json_fields.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "wire/event_json.h"

namespace davylamp {

Json row_json(std::uint32_t row) { return row == DAVY_NO_ROW ? Json() : Json(row); }

Json id_json(const davy_process_id& id)
{
    if (id.tgid == 0 && id.start_ns == 0)
        return nullptr;
    Json out{{"tgid", id.tgid}, {"start_ns", id.start_ns}};
    if (id.own_tgid != 0)
        out["own_tgid"] = id.own_tgid;
    return out;
}

Json image_json(const davy_image& image)
{
    char mode[16];
    std::snprintf(mode, sizeof mode, "%07o", image.mode);
    return {{"inode", image.inode},
            {"device", device_text(image.device)},
            {"nlink", image.nlink},
            {"mode", mode},
            {"owner", image.owner},
            {"family", named(names::kFamilies, image.family)},
            {"flags", flags(names::kImageFlags, image.flags)},
            {"name", field_text(image.name)}};
}

Json process_json(const davy_process& process)
{
    return {{"id", id_json(process.id)},
            {"parent", id_json(process.parent)},
            {"cgroup_id", process.cgroup_id},
            {"uid", process.uid},
            {"euid", process.euid},
            {"gid", process.gid},
            {"auid", process.auid == 0xffffffffu ? Json() : Json(process.auid)},
            {"comm", field_text(process.comm)},
            {"image", image_json(process.image)}};
}

Json flow_json(const davy_flow& flow)
{
    if (flow.family == 0)
        return nullptr;
    bool bound = std::any_of(std::begin(flow.local), std::end(flow.local),
                             [](std::uint8_t b) { return b != 0; });
    return {{"family", flow.family},
            {"protocol", flow.protocol == IPPROTO_TCP   ? Json("tcp")
                         : flow.protocol == IPPROTO_UDP ? Json("udp")
                                                        : Json(flow.protocol)},
            {"local", bound ? Json(address_text(flow.local)) : Json()},
            {"local_port", flow.local_port},
            {"remote", address_text(flow.remote)},
            {"remote_port", flow.remote_port},
            {"cookie", flow.cookie}};
}

Json decision_json(const davy_decision& decision)
{
    Json out{{"detection", named(names::kDetections, decision.detection)},
             {"rule", named(names::kRules, decision.rule)},
             {"mode", named(names::kModes, decision.mode)},
             {"certainty", named(names::kCertainties, decision.certainty)},
             {"did", flags(names::kDids, decision.did)},
             {"row", row_json(decision.row)}};
    if (decision.backend != DAVY_BACKEND_PORTABLE)
        out["backend"] = named(names::kBackends, decision.backend);
    if (decision.starts)
        out["starts"] = true;
    return out;
}

Json state_json(const davy_image_state& state)
{
    return {{"cpu_ns", state.cpu_ns}, {"flags", flags(names::kStateFlags, state.flags)}};
}

} // namespace davylamp
