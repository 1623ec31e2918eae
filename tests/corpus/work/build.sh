# SPDX-License-Identifier: Apache-2.0
# This project's own build, in part: configure with both generators; the BPF object, its skeleton
# and a library by ninja; another by make with a job server. Compilers come in through pipes. Without
# optimisation, which starts no other programs and takes twice the time.
. "$WORK/common.sh"

cmake -S "$SOURCE" -B by-ninja -G Ninja -DDAVY_TESTS=OFF -DCMAKE_BUILD_TYPE=Debug
cmake --build by-ninja --parallel 2 --target davylamp_skeleton_header davylamp_base
[[ -s by-ninja/bpf/skeleton/davy_bpf.skel.h ]] || die 'no skeleton was made'
[[ -s by-ninja/user/base/libdavylamp_base.a ]] || die 'no library was made'

cmake -S "$SOURCE" -B by-make -G 'Unix Makefiles' -DDAVY_TESTS=OFF -DCMAKE_BUILD_TYPE=Debug \
      -DCMAKE_CXX_FLAGS=-pipe
make -C by-make -j2 davylamp_skeleton_header davylamp_enforcer
[[ -s by-make/bpf/skeleton/davy_bpf.skel.h ]] || die 'make made no skeleton'
[[ -s by-make/user/enforcer/libdavylamp_enforcer.a ]] || die 'make made no library'
make -C by-make -j2 davylamp_enforcer >again # nothing is left to do
! grep Building again
finished
