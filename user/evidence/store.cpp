// SPDX-License-Identifier: Apache-2.0
#include "evidence/store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <span>

#include "base/clock.h"
#include "base/files.h"
#include "evidence/descriptors.h"
#include "evidence/item.h"
#include "evidence/manifest.h"
#include "evidence/process_dir.h"

namespace davylamp {

namespace {

constexpr std::size_t kPieceSize = 256 << 10;
// Kept free of every item, so that a capture that uses up the limit has its manifest all the same.
constexpr std::uint64_t kManifestRoom = 16 << 10;
constexpr std::size_t kCodeMax = 12; // in a folder's name

std::string for_a_name(std::string_view code)
{
    std::string out(code.substr(0, kCodeMax));
    for (char& c : out) {
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && c != '-')
            c = '_';
    }
    return out;
}

// One capture under way.
class Capture {
public:
    Capture(const ProcessDir& process, int folder, const EvidenceLimits& limits, Budget& budget,
            std::span<char> buffer, const EvidenceStore::Progress& progress)
        : process_(process), folder_(folder), limits_(limits), budget_(budget), buffer_(buffer),
          progress_(progress)
    {
    }

    // The image is opened first, since its descriptor outlives the process; the short texts come
    // before its bytes. What a process can make long (mappings, descriptors) comes after them, so
    // that it cannot use up the time that the image needs.
    void run(Manifest& manifest)
    {
        UniqueFd image = open_image(manifest);
        for (const char* name : {"cmdline", "environ", "status", "cgroup", "limits"})
            text(name);
        for (const char* name : {"exe", "cwd", "root"})
            link(name);
        copy_image(image);
        text("maps");
        std::set<std::string> sockets;
        item("fd", [&](ItemWriter& out, const Piece& piece) {
            write_descriptors(process_, budget_, out, sockets, piece);
        });
        item("sockets", [&](ItemWriter& out, const Piece& piece) {
            write_sockets(process_, sockets, buffer_, budget_, out, piece);
        });
        manifest.items = std::move(items_);
    }

private:
    UniqueFd open_image(Manifest& manifest)
    {
        struct statx status {};
        // The filesystem is not asked: it may be one that does not answer.
        if (::statx(process_.files(), "exe", AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &status) != 0) {
            no_image_ = "cannot be seen: " + errno_text(errno);
            return {};
        }
        manifest.image_device =
            std::to_string(status.stx_dev_major) + ":" + std::to_string(status.stx_dev_minor);
        manifest.image_inode = status.stx_ino;
        manifest.image_mode = status.stx_mode;
        manifest.image_links = status.stx_nlink;
        manifest.image_size = status.stx_size;
        if (lies_on_fuse(process_.text("mountinfo"), manifest.image_device)) {
            no_image_ = "lies on FUSE, whose server could let its reader wait for ever";
            return {};
        }
        UniqueFd image = process_.file("exe");
        if (!image)
            no_image_ = "cannot be opened: " + errno_text(errno);
        return image;
    }

    void copy_image(const UniqueFd& image)
    {
        if (progress_)
            progress_("image", 0);
        if (!image) {
            items_.push_back(missing("image", no_image_));
            return;
        }
        ItemWriter out(folder_, "image", limits_.image_bytes, budget_);
        copy(image.get(), buffer_, budget_, out, piece_of("image"));
        items_.push_back(out.finish());
    }

    void text(const char* name)
    {
        UniqueFd file;
        item(name, [&](ItemWriter& out, const Piece& piece) {
            file = process_.file(name);
            if (file)
                copy(file.get(), buffer_, budget_, out, piece);
            else
                out.cut("cannot be opened: " + errno_text(errno));
        });
    }

    void link(const char* name)
    {
        item(name, [&](ItemWriter& out, const Piece&) {
            std::string target = process_.link(name);
            if (target.empty())
                out.cut("cannot be read: " + errno_text(errno));
            else
                out.add(target);
        });
    }

    // What is read of a process that has ended is empty, and looks whole.
    template <class Write> void item(const char* name, Write write)
    {
        if (progress_)
            progress_(name, 0);
        if (!process_.runs()) {
            items_.push_back(missing(name, "the process had ended"));
            return;
        }
        if (budget_.time_up()) {
            items_.push_back(missing(name, kTimeUp));
            return;
        }
        ItemWriter out(folder_, name, limits_.text_bytes, budget_);
        write(out, piece_of(name));
        if (!process_.runs())
            out.cut("the process ended while this was read");
        items_.push_back(out.finish());
    }

    Piece piece_of(const char* name) const
    {
        return [this, name](std::uint64_t bytes) {
            if (progress_)
                progress_(name, bytes);
        };
    }

    const ProcessDir& process_;
    int folder_;
    const EvidenceLimits& limits_;
    Budget& budget_;
    std::span<char> buffer_;
    const EvidenceStore::Progress& progress_;
    std::string no_image_;
    std::vector<Item> items_;
};

Evidence nothing(int error, std::string text)
{
    Evidence out;
    out.error_number = error;
    out.error = std::move(text);
    return out;
}

void summarize(const Manifest& manifest, Evidence& out)
{
    for (const Item& item : manifest.items) {
        out.missing_items += !item.saved;
        if (item.name != "image" || !item.saved)
            continue;
        out.image_saved = true;
        out.image_whole = item.whole;
        out.image_size = item.size;
        if (item.sha256)
            out.sha256 = *item.sha256;
    }
}

} // namespace

EvidenceStore::EvidenceStore(EvidenceFolder folder, const EvidenceLimits& limits)
    : folder_(std::move(folder)), limits_(limits), buffer_(kPieceSize)
{
    EvidenceFolder::Contents contents = folder_.contents();
    used_bytes_ = contents.bytes;
    captures_ = contents.captures;
}

Result<EvidenceStore> EvidenceStore::open(const std::string& folder, const EvidenceLimits& limits)
{
    auto opened = EvidenceFolder::open(folder);
    if (!opened)
        return fail(std::move(opened.error()));
    return EvidenceStore(std::move(*opened), limits);
}

std::uint64_t EvidenceStore::room() const
{
    std::uint64_t taken = used_bytes_ + kManifestRoom;
    return limits_.total_bytes - std::min(taken, limits_.total_bytes);
}

bool EvidenceStore::is_full() const { return captures_ >= limits_.captures || room() == 0; }

Evidence EvidenceStore::capture(const davy_process_id& target, std::string_view code,
                                const Progress& progress)
{
    if (captures_ >= limits_.captures)
        return nothing(EDQUOT, folder_.path() + " holds " + std::to_string(captures_) +
                                   " captures, which is its limit");
    if (is_full())
        return nothing(EDQUOT, folder_.path() + " holds " + std::to_string(used_bytes_) +
                                   " bytes, and its limit is " +
                                   std::to_string(limits_.total_bytes));
    ProcessDir process;
    if (int error = ProcessDir::open(target, process); error != 0)
        return nothing(error, "process " + std::to_string(target.tgid) +
                                  (error == ESRCH ? " has ended, or is somebody else now"
                                                  : ": " + errno_text(error)));

    Manifest manifest;
    manifest.target = target;
    manifest.code = code;
    manifest.realtime_ns = clock_ns(CLOCK_REALTIME);
    manifest.boottime_ns = static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME));
    std::int64_t begun = clock_ns(CLOCK_MONOTONIC);

    std::string name = compact_time(manifest.realtime_ns) + "-" + std::to_string(target.tgid) +
                       "-" + for_a_name(code);
    UniqueFd folder = folder_.make(name);
    if (int error = errno; !folder)
        return nothing(error,
                       folder_.path() + "/" + name + " cannot be made: " + errno_text(error));
    captures_++;

    Budget budget{room(), begun + limits_.timeout_ms * std::int64_t{1'000'000}};
    std::uint64_t before = budget.bytes;
    Capture(process, folder.get(), limits_, budget, buffer_, progress).run(manifest);
    used_bytes_ += before - budget.bytes;
    // The descriptor leads to one process for good. Otherwise this could be another process's
    // image.
    if (!process.same()) {
        folder_.discard(folder, name);
        return nothing(ESRCH, "process " + std::to_string(target.tgid) + " is somebody else now");
    }
    manifest.target_ended = !process.runs();
    manifest.took_ms = static_cast<std::uint64_t>((clock_ns(CLOCK_MONOTONIC) - begun) / 1'000'000);

    Evidence out;
    out.folder = folder_.path() + "/" + name;
    summarize(manifest, out);
    std::string text = manifest_text(manifest);
    if (int error = write_manifest(folder.get(), text); error != 0) {
        out.error_number = error;
        out.error = out.folder + "/" + kManifestName + " cannot be written: " + errno_text(error);
    } else {
        used_bytes_ += text.size();
    }
    return out;
}

} // namespace davylamp
