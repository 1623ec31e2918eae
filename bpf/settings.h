/* What userspace fixed before load. */
#pragma once

#include "vmlinux.h"

#include "davylamp/abi/policy.h"

extern const volatile struct davy_settings settings;
