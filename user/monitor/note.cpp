// SPDX-License-Identifier: Apache-2.0
#include "monitor/note.h"

#include <iostream>

#include "base/text.h"

namespace davylamp {

void note(const std::string& text)
{
    std::cerr << "davylamp: " << escape_for_terminal(text) << "\n";
}

} // namespace davylamp
