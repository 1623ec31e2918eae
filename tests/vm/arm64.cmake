# SPDX-License-Identifier: Apache-2.0
# The same cases on arm64: built a second time by a cross compiler, in a tree of their own, against
# arm64's packages. The first build takes some eight minutes of a processor, each guest two.
# 6.1 has no trampolines there, and the portable programs serve; 6.12 has LSM.
set(arm64_kernels 6.1 6.12)
if(arm64 IN_LIST DAVY_VM_WITHOUT)
  return()
endif()
find_program(QEMU_ARM64 NAMES qemu-system-aarch64 REQUIRED)

set(arm64_build ${CMAKE_CURRENT_BINARY_DIR}/arm64)
add_test(NAME vm.arm64.sysroot
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/fetch-sysroot.sh arm64 ${DAVY_VM_CACHE})
set_tests_properties(vm.arm64.sysroot PROPERTIES LABELS vm TIMEOUT 600
                     FIXTURES_SETUP vm_arm64_sysroot)
add_test(NAME vm.arm64.configure
         COMMAND ${CMAKE_COMMAND} -S ${PROJECT_SOURCE_DIR} -B ${arm64_build} -G ${CMAKE_GENERATOR}
                 -DCMAKE_TOOLCHAIN_FILE=${CMAKE_CURRENT_SOURCE_DIR}/arm64-toolchain.cmake
                 -DCMAKE_SYSROOT=${DAVY_VM_CACHE}/sysroot-arm64 -DCMAKE_BUILD_TYPE=None
                 -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER}
                 -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
                 -DDAVY_VM=ON -DDAVY_FUZZ=OFF)
set_tests_properties(vm.arm64.configure PROPERTIES LABELS vm TIMEOUT 300
                     FIXTURES_SETUP vm_arm64_configure FIXTURES_REQUIRED vm_arm64_sysroot)
add_test(NAME vm.arm64.build
         COMMAND ${CMAKE_COMMAND} --build ${arm64_build} --target vm_initramfs)
set_tests_properties(vm.arm64.build PROPERTIES LABELS vm TIMEOUT 1800
                     FIXTURES_SETUP vm_arm64_build FIXTURES_REQUIRED vm_arm64_configure)

foreach(kernel ${arm64_kernels})
  add_test(NAME vm.fetch.arm64.${kernel}
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/fetch-kernel.sh ${kernel} ${DAVY_VM_CACHE} arm64)
  set_tests_properties(vm.fetch.arm64.${kernel} PROPERTIES LABELS vm TIMEOUT 600
                       FIXTURES_SETUP vm_arm64_kernel_${kernel})
  add_test(NAME vm.arm64.${kernel}
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest.sh ${DAVY_VM_CACHE}/${kernel}-arm64
                   ${arm64_build}/tests/vm/initramfs.cpio
                   ${arm64_build}/tests/vm/cases.sh ${consoles}/arm64.${kernel}.log)
  set_tests_properties(vm.arm64.${kernel} PROPERTIES LABELS vm TIMEOUT 900
                       FIXTURES_REQUIRED "vm_arm64_build;vm_arm64_kernel_${kernel}")
endforeach()
