// SPDX-License-Identifier: Apache-2.0
// SIGINT, SIGTERM and SIGHUP as something to wait for.
#pragma once

#include <signal.h>

#include "base/result.h"
#include "base/unique_fd.h"

namespace davylamp {

class StopSignals {
public:
    // Blocks them, but not a SIGHUP that is ignored, for the calling thread and those that it
    // starts; to be called before anything is attached, so that none is lost in between. Error:
    // nobody could end the sensor in an orderly way.
    static Result<StopSignals> open();

    int fd() const { return fd_.get(); }               // signalfd(2): readable when one has come
    const sigset_t& before() const { return before_; } // the mask, for a child

private:
    UniqueFd fd_;
    sigset_t before_{};
};

} // namespace davylamp
