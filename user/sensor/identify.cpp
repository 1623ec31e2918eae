// SPDX-License-Identifier: Apache-2.0
#include "sensor/identify.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <fcntl.h>

#include <cstring>

#include "base/files.h"
#include "base/unique_fd.h"
#include "sensor/skeleton.h"

namespace davylamp {

Result<std::optional<davy_identity>> identify(const std::string& path, davy_bpf& skeleton)
{
    UniqueFd file(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!file)
        return std::optional<davy_identity>();
    skeleton.bss->identify_fd = static_cast<std::uint32_t>(file.get());
    LIBBPF_OPTS(bpf_test_run_opts, options);
    int error = bpf_prog_test_run_opts(bpf_program__fd(skeleton.progs.davy_identify), &options);
    if (error != 0 || options.retval != 1)
        return fail("davy_identify", "the program cannot be run: " +
                                         (error ? errno_text(-error) : "it saw no file"));
    davy_identity found{};
    std::memcpy(&found, &skeleton.bss->identified, sizeof found);
    return std::optional(found);
}

} // namespace davylamp
