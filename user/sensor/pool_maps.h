// SPDX-License-Identifier: Apache-2.0
// The pool lists as the kernel programs look them up (bpf/stratum/pools.h): at load, and replaced
// whole while they run.
#pragma once

#include "base/result.h"
#include "policy/pool_book.h"

struct davy_bpf;

namespace davylamp {

// Fills the first lists, and the maps of ports and protocols, of the loaded skeleton.
Result<> fill_pool_maps(const PoolBook& book, davy_bpf& skeleton);

// Makes new lists of addresses and names and puts them in the old ones' place: a program sees the
// old one or the new one, never none. Ports and protocols stay as they are. After an error the old
// lists are in force; one of the two may be new if the kernel took only that.
Result<> replace_pool_maps(const PoolBook& book, davy_bpf& skeleton);

} // namespace davylamp
