// SPDX-License-Identifier: Apache-2.0
// The source file of the target whose precompiled headers all tests take (tests/CMakeLists.txt).
