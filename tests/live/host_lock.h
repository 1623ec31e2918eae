// SPDX-License-Identifier: Apache-2.0
// Who runs programs of the host under the sensor shares them with others who do, unless he replaces
// them (the corpus reinstalls bash). Then he waits until he has the host alone, and the others
// until he has ended. Entries of ctest that run none of the host's programs go on beside him.
#pragma once

namespace davylamp::test {

void share_host();
// Until this process ends.
void have_host_alone();

} // namespace davylamp::test
