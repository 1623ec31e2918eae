// SPDX-License-Identifier: Apache-2.0
#include "sensor/calibrate.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/files.h"
#include "base/unique_fd.h"
#include "sensor/skeleton.h"

namespace davylamp {

namespace {

constexpr std::uint64_t kGuesses = 64;  // a run, as in bpf/hooks/calibrate.bpf.c
constexpr std::uint64_t kMapGiB = 4096; // memory that may lie below the pipe
constexpr std::uint64_t kArrayGiB = 4;  // 64 bytes a page: 1 GiB for each 64 GiB of memory

} // namespace

Result<> calibrate(davy_bpf& skeleton)
{
    const char* where = "calibration";
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return fail(where, "no pipe: " + errno_text(errno));
    UniqueFd reader(ends[0]), writer(ends[1]);
    std::uint64_t magic = 0;
    if (::getrandom(&magic, sizeof magic, 0) != sizeof magic ||
        ::write(writer.get(), &magic, sizeof magic) != sizeof magic)
        return fail(where, "the pipe cannot be filled: " + errno_text(errno));
    auto* bss = skeleton.bss;
    bss->calibrate_fd = static_cast<std::uint32_t>(reader.get());
    bss->calibrate_magic = magic;
    LIBBPF_OPTS(bpf_test_run_opts, options);
    int program = bpf_program__fd(skeleton.progs.davy_calibrate);
    for (std::uint64_t array = 0; array < kArrayGiB; array++) {
        for (std::uint64_t map = 0; map < kMapGiB; map += kGuesses) {
            bss->calibrate_array = array;
            bss->calibrate_map = map;
            if (int error = bpf_prog_test_run_opts(program, &options); error != 0)
                return fail(where, "the program cannot be run: " + errno_text(-error));
            if (bss->direct_map != 0)
                return {};
        }
    }
    return fail(where, "the kernel's pages were not found");
}

} // namespace davylamp
