#!/usr/bin/env bash
# guest.sh KERNEL INITRAMFS SCRIPT [WORD...]: boots KERNEL (a folder of fetch-kernel.sh) with the
# file system of initramfs.sh, runs the shell script SCRIPT in it as its only work, and ends with
# its status. What the guest prints is printed. WORDs are added to the kernel's command line. No
# network, no disk, no KVM: nothing of this machine can be reached from inside.
set -euo pipefail

kernel=$1 initramfs=$2 script=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/add"
cp -r "$kernel/modules" "$work/add/modules"
install -m 755 "$script" "$work/add/guest"
(cd "$work/add" && find . | cpio --quiet -o -H newc) >"$work/add.cpio"
cat "$initramfs" "$work/add.cpio" >"$work/initrd"

# One processor: QEMU loses text that one emulated processor patches while another runs it (int3 of a
# jump label). no_timer_check: on a busy host the emulated timer may miss the deadline for it.
status=0
qemu-system-x86_64 -accel tcg,thread=single -cpu max -m 1G -smp 1 -display none -serial stdio \
    -no-reboot -nic none -device isa-debug-exit,iobase=0xf4,iosize=4 \
    -kernel "$kernel/vmlinuz" -initrd "$work/initrd" \
    -append "console=ttyS0 quiet panic=-1 rdinit=/init no_timer_check $*" </dev/null || status=$?
if ((status % 2 == 0)); then
    echo "guest.sh: error: the guest ended by itself (a panic?), QEMU's status is $status" >&2
    exit 1
fi
exit $((status / 2))
