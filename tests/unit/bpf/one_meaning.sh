#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# one_meaning.sh FOLDER...: ends with 0 where no two files of C below these folders define a macro
# of the same name. The compiler says nothing as long as both mean the same.
set -euo pipefail

# Names, once a file; one file may define a name in several branches of an #if.
names() {
    while read -r file; do
        grep -oE '^[[:space:]]*#[[:space:]]*define[[:space:]]+\w+' "$file" | awk '{ print $NF }' | sort -u
    done
}

all=$(find "$@" -name '*.[ch]' | names | sort)
[[ $(wc -l <<<"$all") -gt 100 ]] || {
    echo "one_meaning.sh: error: hardly a macro in $*" >&2
    exit 1
}
twice=$(uniq -d <<<"$all")
for name in $twice; do
    echo "one_meaning.sh: error: $name is defined in more than one file:" >&2
    grep -rnE --include='*.[ch]' "#[[:space:]]*define[[:space:]]+$name\>" "$@" >&2
done
[[ -z $twice ]]
echo "$(wc -l <<<"$all") macros"
