/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All records, for whoever reads or writes every kind. */
#pragma once

#include "davylamp/abi/chain_record.h"
#include "davylamp/abi/flow_record.h"
#include "davylamp/abi/image_record.h"
#include "davylamp/abi/lineage_record.h"
#include "davylamp/abi/place_record.h"
#include "davylamp/abi/process_record.h"
#include "davylamp/abi/record.h"
#include "davylamp/abi/sensor_record.h"
#include "davylamp/abi/stratum_record.h"
