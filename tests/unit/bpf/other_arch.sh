#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# other_arch.sh BPFTOOL OURS OTHER CLANG...: compiles OTHER by the command CLANG..., and ends with 0
# where it has the same programs and maps as OURS.
set -euo pipefail

bpftool=$1 ours=$2 other=$3
shift 3

# A skeleton names each as a member of its structs.
members() {
    "$bpftool" gen skeleton "$1" name davy_bpf | grep -oE 'struct bpf_(program|map|link) \*\w+;' | sort
}

rm -f "$other"
"$@" -o "$other"
wanted=$(members "$ours")
[[ $wanted == *'bpf_program *davy_exec;'* ]] || {
    echo "other_arch.sh: error: $ours names no davy_exec; build it first" >&2
    exit 1
}
if ! diff <(echo "$wanted") <(members "$other"); then
    echo "other_arch.sh: error: $other has not what $ours has; see the #if's for an architecture" >&2
    exit 1
fi
echo "$(grep -c bpf_program <<<"$wanted") programs in both"
