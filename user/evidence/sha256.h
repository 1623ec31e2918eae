// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) of bytes as they come, by OpenSSL's libcrypto.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct evp_md_ctx_st;

namespace davylamp {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
public:
    Sha256();
    void add(std::string_view bytes);
    // Of all that was added, once; nullopt where libcrypto refuses.
    std::optional<Digest> finish();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
    bool good_;
};

} // namespace davylamp
