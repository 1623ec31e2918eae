#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# guest.sh KERNEL INITRAMFS SCRIPT CONSOLE [WORD...]: boots KERNEL (a folder of fetch-kernel.sh) with
# the file system of initramfs.py, runs the shell script SCRIPT in it as its only work, and ends with
# its status. What the guest prints is printed, and written to the file CONSOLE. WORDs are added to
# the kernel's command line. No network, no disk, no KVM: nothing of this machine can be reached from
# inside.
set -euo pipefail

kernel=$1 initramfs=$2 script=$3 console=$4
shift 4
mkdir -p "$(dirname "$console")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/add"
cp -r "$kernel/modules" "$work/add/modules"
install -m 755 "$script" "$work/add/guest"
(cd "$work/add" && find . | cpio --quiet -o -H newc) >"$work/add.cpio"
cat "$initramfs" "$work/add.cpio" >"$work/initrd"

# One processor: QEMU loses text that one emulated processor patches while another runs it (int3 of a
# jump label).
qemu=(-accel tcg,thread=single -m 1G -smp 1 -display none -serial stdio -no-reboot -nic none
    -kernel "$kernel/vmlinuz" -initrd "$work/initrd")
# init_on_alloc=0: Debian's kernels clear each page and object that they give out, which is a fifth of
# what a guest does.
line="quiet panic=-1 rdinit=/init init_on_alloc=0 $*"
architecture=amd64
[[ ! -e $kernel/architecture ]] || architecture=$(<"$kernel/architecture")

if [[ $architecture == arm64 ]]; then
    # Not -cpu max: signed pointers make an emulated processor slow.
    machine=(qemu-system-aarch64 -M virt -cpu cortex-a72)
    line="console=ttyAMA0 $line"
else
    # String instructions are emulated one step at a time: without these three the kernel copies and
    # clears by loops, which is faster. 112 is REP_GOOD. A fifth level of page tables is one more look-up.
    machine=(qemu-system-x86_64 -cpu max,-erms,-fsrm,-la57)
    line="console=ttyS0 $line clearcpuid=112"
    # no_timer_check: on a busy host the emulated timer may miss the deadline for it.
    # mitigations=off: a retpoline is slow to emulate, and nobody attacks this guest by speculation.
    line+=" no_timer_check mitigations=off"
fi
status=0
"${machine[@]}" "${qemu[@]}" -append "$line" </dev/null | tee "$console" || status=$?
said=$(tr -d '\r' <"$console" | sed -n 's/^guest status \([0-9]*\)$/\1/p' | tail -1)
if [[ -z $said ]]; then
    echo "guest.sh: error: the guest ended by itself (a panic?), QEMU's status is $status" >&2
    exit 1
fi
exit "$said"
