// SPDX-License-Identifier: Apache-2.0
#include "evidence/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "base/own_path.h"
#include "davylamp/abi/records.h"
#include "evidence/folder_entries.h"

namespace davylamp {

namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kOthers = 0077;
constexpr int kNamesTried = 1000; // in one second, of one process and rule

// Calls `visit` with each name in the folder.
template <class Visit> void each_name(int folder, Visit visit)
{
    // A descriptor of its own: fdopendir() takes it over, and its offset would be shared.
    UniqueFd copy(::openat(folder, ".", kFolder));
    FolderEntries entries(copy ? ::fdopendir(copy.get()) : nullptr);
    if (!entries)
        return;
    (void)copy.release();
    while (dirent* entry = ::readdir(entries.get())) {
        std::string_view name(entry->d_name);
        if (name != "." && name != "..")
            visit(entry->d_name);
    }
}

// Makes a name and removes it again. Permissions, a read-only filesystem, an immutable folder and a
// full disk all refuse that, each with its own errno.
int try_to_write(int folder)
{
    std::string name = ".davylamp-" + std::to_string(::getpid());
    if (::mkdirat(folder, name.c_str(), 0700) != 0 && errno != EEXIST)
        return errno;
    return ::unlinkat(folder, name.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno;
}

// Of the folder behind the descriptor, not of what has its name now.
Result<> check(const std::string& path, int fd)
{
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        return fail(path, "cannot be looked at: " + errno_text(errno));
    if (status.st_uid != ::geteuid())
        return fail(path,
                    "belongs to uid " + std::to_string(status.st_uid) +
                        ", who could change the evidence",
                    "chown it to uid " + std::to_string(::geteuid()) + ", or name another folder");
    if (status.st_mode & kOthers)
        return fail(path, "has mode " + mode_text(status.st_mode) + ", which lets others in",
                    "chmod 0700 " + path);
    if (int error = try_to_write(fd); error != 0)
        return fail(path, "cannot be written: " + errno_text(error),
                    error == EROFS ? "mount its filesystem read-write, or name another folder"
                                   : "name a folder that Davylamp can write");
    return {};
}

} // namespace

Result<EvidenceFolder> EvidenceFolder::open(const std::string& path)
{
    std::size_t slash = path.rfind('/');
    std::string last = path.substr(slash == path.npos ? 0 : slash + 1);
    if (!path.starts_with('/') || last.empty() || last == "." || last == "..")
        return fail("\"" + path + "\"", "is no absolute path of a folder",
                    "name one such as /var/lib/davylamp/evidence");
    if (path.size() > DAVY_EVIDENCE_FOLDER_MAX)
        return fail(path, "is longer than a record can hold",
                    "name a folder of at most " + std::to_string(DAVY_EVIDENCE_FOLDER_MAX) +
                        " bytes");

    std::string parent = slash == 0 ? "/" : path.substr(0, slash);
    if (::access(parent.c_str(), F_OK) != 0)
        return fail(path, "cannot be made, for " + parent + ": " + errno_text(errno),
                    "make " + parent + " first");
    auto place = open_own_place(path);
    if (!place)
        return fail(std::move(place.error()));
    const UniqueFd& above = place->folder;
    if (::mkdirat(above.get(), last.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(path, "cannot be made: " + errno_text(errno),
                    errno == EROFS ? "mount its filesystem read-write, or name another folder"
                                   : "make it, mode 0700, or name another folder");
    struct stat named {};
    if (::fstatat(above.get(), last.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0) {
        if (S_ISLNK(named.st_mode))
            return fail(path, "is a symbolic link, which whoever owns it can turn elsewhere",
                        "name the folder that it leads to");
        if (!S_ISDIR(named.st_mode))
            return fail(path, "is no directory", "name a folder, or a path that is free");
    }
    UniqueFd fd(::openat(above.get(), last.c_str(), kFolder));
    if (!fd)
        return fail(path, "cannot be opened: " + errno_text(errno));
    if (auto good = check(path, fd.get()); !good)
        return fail(std::move(good.error()));
    return EvidenceFolder(path, std::move(fd));
}

EvidenceFolder::Contents EvidenceFolder::contents() const
{
    Contents out;
    auto add = [&](int folder, const char* name) {
        struct stat status {};
        if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
            out.bytes += static_cast<std::uint64_t>(status.st_size);
    };
    each_name(fd_.get(), [&](const char* name) {
        UniqueFd inner(::openat(fd_.get(), name, kFolder));
        if (!inner)
            return add(fd_.get(), name);
        out.captures++;
        each_name(inner.get(), [&](const char* file) { add(inner.get(), file); });
    });
    return out;
}

UniqueFd EvidenceFolder::make(std::string& name) const
{
    std::string tried = name;
    for (int i = 2; ::mkdirat(fd_.get(), tried.c_str(), 0700) != 0; i++) {
        // Whatever has that name, a symbolic link too, stays as it is.
        if (errno != EEXIST || i > kNamesTried)
            return {};
        tried = name + "-" + std::to_string(i);
    }
    name = tried;
    return UniqueFd(::openat(fd_.get(), name.c_str(), kFolder));
}

void EvidenceFolder::discard(const UniqueFd& capture, const std::string& name) const
{
    each_name(capture.get(), [&](const char* file) { ::unlinkat(capture.get(), file, 0); });
    ::unlinkat(fd_.get(), name.c_str(), AT_REMOVEDIR);
}

} // namespace davylamp
