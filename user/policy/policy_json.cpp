// SPDX-License-Identifier: Apache-2.0
// The effective policy as the text of a policy file: every key, so that nothing rests on defaults.
#include "policy/policy_keys.h"

namespace davylamp {

std::string policy_json(const Policy& policy)
{
    Json root;
    for (const Key<Policy>& key : policy_keys())
        put(root, key.path, key.write(policy));
    return laid_out(root);
}

} // namespace davylamp
