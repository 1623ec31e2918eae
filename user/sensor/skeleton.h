// SPDX-License-Identifier: Apache-2.0
// The generated skeleton, after the ABI types that it mentions and does not define.
#pragma once

#include "davylamp/abi/kernel_policy.h"

#include <davy_bpf.skel.h>
