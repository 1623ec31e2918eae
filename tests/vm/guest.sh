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
# jump label).
qemu=(-accel tcg,thread=single -m 1G -smp 1 -display none -serial stdio -no-reboot -nic none
    -kernel "$kernel/vmlinuz" -initrd "$work/initrd")
line="quiet panic=-1 rdinit=/init $*"
architecture=amd64
[[ ! -e $kernel/architecture ]] || architecture=$(<"$kernel/architecture")

status=0
if [[ $architecture == arm64 ]]; then
    # Not -cpu max: signed pointers make an emulated processor slow. The last line tells the status.
    qemu-system-aarch64 -M virt -cpu cortex-a72 "${qemu[@]}" -append "console=ttyAMA0 $line" \
        </dev/null | tee "$work/console" || status=$?
    said=$(tr -d '\r' <"$work/console" | sed -n 's/^guest status \([0-9]*\)$/\1/p' | tail -1)
    [[ -z $said ]] || exit "$said"
else
    # no_timer_check: on a busy host the emulated timer may miss the deadline for it.
    qemu-system-x86_64 -cpu max "${qemu[@]}" -device isa-debug-exit,iobase=0xf4,iosize=4 \
        -append "console=ttyS0 $line no_timer_check" </dev/null || status=$?
    ((status % 2 == 0)) || exit $((status / 2))
fi
echo "guest.sh: error: the guest ended by itself (a panic?), QEMU's status is $status" >&2
exit 1
