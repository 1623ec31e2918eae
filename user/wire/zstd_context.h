// SPDX-License-Identifier: Apache-2.0
// Who owns a context of zstd frees it.
#pragma once

#include <zstd.h>

#include <memory>

namespace davylamp {

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};
using Compressor = std::unique_ptr<ZSTD_CCtx, FreeContext>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, FreeContext>;

} // namespace davylamp
