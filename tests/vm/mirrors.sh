# SPDX-License-Identifier: Apache-2.0
# mirrors.sh, to be sourced: `use_mirrors FOLDER ARCHITECTURE` sets `options`, with which apt-get and
# apt-cache see all of Debian's suites for one architecture, in a state of their own in FOLDER: that
# of this machine stays as it is. The packages come from the mirrors that its own apt uses.
fail() {
    echo "$(basename "$0"): error: $1" >&2
    exit 1
}

use_mirrors() {
    local apt=$1 architecture=$2 uris main security suite
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    exec 9>"$apt/lock"
    flock 9
    options=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
        -o Acquire::Languages=none -o "APT::Architecture=$architecture"
        -o "APT::Architectures=$architecture")
    [[ ! -e $apt/ready ]] || return 0
    # The mirrors of this machine, of Debian itself and of its security updates.
    uris=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
        sed -E 's,/ , ,' | sort -u)
    main=$(awk '$2 ~ /^(bookworm|stable|oldstable)$/ {print $1; exit}' <<<"$uris")
    security=$(awk '$2 ~ /-security$/ {print $1; exit}' <<<"$uris")
    [[ -n $main && -n $security ]] ||
        fail "apt knows no mirror of bookworm and its security updates; run apt-get update"
    {
        for suite in bookworm bookworm-backports trixie trixie-backports; do
            echo "deb [signed-by=$keyring] $main $suite main"
        done
        for suite in bullseye bookworm trixie; do
            echo "deb [signed-by=$keyring] $security $suite-security main"
        done
    } >"$apt/sources.list"
    apt-get "${options[@]}" -qq update || fail "the package lists cannot be fetched"
    touch "$apt/ready"
}
