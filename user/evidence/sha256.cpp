// SPDX-License-Identifier: Apache-2.0
#include "evidence/sha256.h"

#include <openssl/evp.h>

namespace davylamp {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256()
    : context_(EVP_MD_CTX_new()),
      good_(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1)
{
}

void Sha256::add(std::string_view bytes)
{
    good_ = good_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

std::optional<Digest> Sha256::finish()
{
    Digest digest{};
    unsigned size = 0;
    if (!good_ || EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1 ||
        size != digest.size())
        return std::nullopt;
    good_ = false; // a finished context takes no more
    return digest;
}

} // namespace davylamp
