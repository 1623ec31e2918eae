// One row of backend.h put to the test: its program is loaded beside the others, attached, and its
// hook fired.
#pragma once

#include <memory>
#include <string>

#include "sensor/backend.h"

struct bpf_link;
struct davy_bpf;

namespace davylamp {

struct LinkFree {
    void operator()(bpf_link* link) const noexcept;
};
using BackendLink = std::unique_ptr<bpf_link, LinkFree>;

// `skeleton` is loaded, and its maps are filled: from the attaching on, the program judges. The
// link where the program runs; else null, and `reason` says why.
BackendLink try_backend(const BackendRow& row, davy_bpf& skeleton, std::string& reason);

} // namespace davylamp
