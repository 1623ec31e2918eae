// SPDX-License-Identifier: Apache-2.0
// Owners of what libbpf hands out.
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <memory>

#include "sensor/skeleton.h"

namespace davylamp {

template <auto Free> struct Deleter {
    template <class T> void operator()(T* p) const noexcept { Free(p); }
};
using Btf = std::unique_ptr<btf, Deleter<btf__free>>;
using Link = std::unique_ptr<bpf_link, Deleter<bpf_link__destroy>>;
using RingBuffer = std::unique_ptr<ring_buffer, Deleter<ring_buffer__free>>;
// The generated functions are static: named in a type, they would give each source file a type of
// its own.
struct SkeletonDeleter {
    void operator()(davy_bpf* skeleton) const noexcept;
};
using Skeleton = std::unique_ptr<davy_bpf, SkeletonDeleter>;

} // namespace davylamp
