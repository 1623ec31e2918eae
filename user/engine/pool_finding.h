// SPDX-License-Identifier: Apache-2.0
// MINE-001..005 of a pool record: a connection to, or a question for, what policy lists.
#pragma once

#include "engine/alert.h"
#include "engine/lineage.h"
#include "policy/pool_book.h"
#include "wire/event.h"

namespace davylamp {

Alert explain_pool(Lineage& lineage, const PoolBook& pools, const davy_event_pool& event);

} // namespace davylamp
