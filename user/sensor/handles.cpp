// SPDX-License-Identifier: Apache-2.0
#include "sensor/handles.h"

namespace davylamp {

void SkeletonDeleter::operator()(davy_bpf* skeleton) const noexcept { davy_bpf__destroy(skeleton); }

} // namespace davylamp
