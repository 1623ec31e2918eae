/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What userspace fixed before load. */
#pragma once

#include "vmlinux.h"

#include "davylamp/abi/kernel_policy.h"

extern const volatile struct davy_settings settings;
