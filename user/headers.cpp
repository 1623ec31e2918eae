// SPDX-License-Identifier: Apache-2.0
// The source file of the target whose precompiled header all rooms take (user/CMakeLists.txt).
