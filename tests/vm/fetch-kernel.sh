#!/usr/bin/env bash
# fetch-kernel.sh SERIES CACHE: unpacks Debian's newest cloud kernel of a series (5.10, 6.1, …, or
# newest: whatever trixie-backports has) into CACHE/SERIES, with vmlinuz and the modules that the
# tests need, and does nothing where that is there already. The packages come from the mirrors that
# this machine's own apt uses; nothing is installed.
set -euo pipefail

series=$1 cache=$2
target=$cache/$series
[[ -e $target/vmlinuz ]] && exit 0
mkdir -p "$cache/apt"

fail() {
    echo "fetch-kernel.sh: error: $1" >&2
    exit 1
}

# Where 5.10 lies in one suite, 7.x lies in another; a kernel of each is in one of these.
apt=$cache/apt
exec 9>"$apt/lock"
flock 9
if [[ ! -e $apt/ready ]]; then
    # The mirrors of this machine, of Debian itself and of its security updates.
    uris=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
        sed -E 's,/ , ,' | sort -u)
    main=$(awk '$2 ~ /^(bookworm|stable|oldstable)$/ {print $1; exit}' <<<"$uris")
    security=$(awk '$2 ~ /-security$/ {print $1; exit}' <<<"$uris")
    [[ -n $main && -n $security ]] ||
        fail "apt knows no mirror of bookworm and its security updates; run apt-get update"
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    {
        for suite in bookworm bookworm-backports trixie trixie-backports; do
            echo "deb [signed-by=$keyring] $main $suite main"
        done
        for suite in bullseye bookworm trixie; do
            echo "deb [signed-by=$keyring] $security $suite-security main"
        done
    } >"$apt/sources.list"
fi
options=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
    -o Acquire::Languages=none)
if [[ ! -e $apt/ready ]]; then
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    apt-get "${options[@]}" -qq update || fail "the package lists cannot be fetched"
    touch "$apt/ready"
fi

# The newest first; one that is listed and not there any more gives way to the next.
pattern='[0-9].*'
[[ $series == newest ]] || pattern="${series//./\\.}\\.[0-9].*"
mapfile -t images < <(apt-cache "${options[@]}" pkgnames linux-image- |
    grep -E "^linux-image-${pattern}-cloud-amd64\$" | sort -rV)
((${#images[@]} > 0)) || fail "no mirror has a cloud kernel of the series $series"
work=$(mktemp -d "$cache/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
for image in "${images[@]}"; do
    # From 6.19 on the image is two packages, and from 7.2 on three.
    version=${image#linux-image-}
    packages=()
    for kind in image binary modules; do
        if apt-cache "${options[@]}" show "linux-$kind-$version" >/dev/null 2>&1; then
            packages+=("linux-$kind-$version")
        fi
    done
    (cd "$work" && apt-get "${options[@]}" -qq download "${packages[@]}") && break
    rm -f "$work"/*.deb
done
for package in "$work"/*.deb; do
    [[ -e $package ]] || fail "none of the packages of the series $series can be fetched"
    dpkg-deb -x "$package" "$work/tree"
    rm "$package"
done

mkdir -p "$work/kernel/modules"
find "$work/tree" -name 'vmlinuz*' -type f -exec cp {} "$work/kernel/vmlinuz" \;
[[ -e $work/kernel/vmlinuz ]] || fail "$image has no vmlinuz"
# In the order in which they must be inserted.
for module in inet_diag tcp_diag overlay; do
    found=$(find "$work/tree" -name "$module.ko*" | head -1)
    case $found in
    *.xz) xz -dc "$found" >"$work/kernel/modules/$module.ko" ;;
    *.ko) cp "$found" "$work/kernel/modules/" ;;
    *) fail "$image has no module $module" ;;
    esac
done
echo "$version" >"$work/kernel/version"
rm -rf "$target"
mv "$work/kernel" "$target"
