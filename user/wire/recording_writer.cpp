// SPDX-License-Identifier: Apache-2.0
// Gathers records into blocks and appends them, one write() a block: docs/recording.md.
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/own_path.h"
#include "base/unique_fd.h"
#include "wire/recording.h"
#include "wire/recording_format.h"
#include "wire/recording_info.h"
#include "wire/zstd_context.h"

namespace davylamp {

using recording::BlockHeader;
using recording::FileHeader;

namespace {

// A sensor's time is dearer than its disk: docs/recording.md has the figures for other levels.
constexpr int kLevel = -5;

} // namespace

struct RecordingWriter::Impl {
    std::string path;
    UniqueFd fd;
    Compressor context;
    std::uint64_t recording_id = 0;
    std::uint64_t sequence = 0;       // of the next block
    std::uint64_t records_before = 0; // given to blocks so far, written or not
    off_t end = 0;                    // of the last whole block
    bool finished = false;

    std::vector<std::byte> raw; // the open block
    std::uint32_t count = 0;
    std::uint64_t first_time_ns = 0, last_time_ns = 0;
    std::vector<std::byte> out; // what goes to write(); only ever grows

    // `prefix` goes out in front of the block, in the same write: the file header.
    Result<> write_block(std::uint16_t type, std::span<const std::byte> payload,
                         std::span<const std::byte> prefix = {});
    Result<> write_open_block();
    Result<> put(std::span<const std::byte> bytes);
};

Result<> RecordingWriter::Impl::put(std::span<const std::byte> bytes)
{
    std::size_t done = 0;
    while (done < bytes.size()) {
        ssize_t n = ::write(fd.get(), bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int error = n < 0 ? errno : ENOSPC;
            // Take the half-written block off again. Where that fails too, the reader finds its way
            // over the wreck by the next header.
            if (done != 0 && ::ftruncate(fd.get(), end) != 0)
                end += static_cast<off_t>(done);
            return fail(path, std::strerror(error));
        }
        done += static_cast<std::size_t>(n);
    }
    end += static_cast<off_t>(done);
    return {};
}

Result<> RecordingWriter::Impl::write_block(std::uint16_t type, std::span<const std::byte> payload,
                                            std::span<const std::byte> prefix)
{
    BlockHeader header{};
    std::memcpy(header.magic, recording::kBlockMagic.data(), sizeof header.magic);
    header.type = type;
    header.recording_id = recording_id;
    header.sequence = sequence++;
    header.records_before = records_before;
    header.first_time_ns = first_time_ns;
    header.last_time_ns = last_time_ns;
    header.record_count = count;
    header.raw_size = static_cast<std::uint32_t>(payload.size());
    records_before += count;

    std::size_t start = prefix.size() + sizeof header;
    out.resize(std::max(out.size(), start + ZSTD_compressBound(payload.size())));
    if (type != recording::kEnd) {
        std::size_t packed = ZSTD_compress2(context.get(), out.data() + start, out.size() - start,
                                            payload.data(), payload.size());
        if (ZSTD_isError(packed))
            return fail(path, std::string("it does not compress: ") + ZSTD_getErrorName(packed));
        header.packed_size = static_cast<std::uint32_t>(packed);
    }
    header.checksum = recording::header_checksum(header);
    if (!prefix.empty())
        std::memcpy(out.data(), prefix.data(), prefix.size());
    std::memcpy(out.data() + prefix.size(), &header, sizeof header);
    return put(std::span(out).first(start + header.packed_size));
}

Result<> RecordingWriter::Impl::write_open_block()
{
    if (count == 0)
        return {};
    std::uint32_t records = count;
    auto written = write_block(recording::kRecords, raw);
    raw.clear();
    count = 0;
    first_time_ns = last_time_ns = 0;
    if (written)
        return {};
    // The sequence number is used up, so that a reader reports the gap too.
    return fail(path,
                written.error().what + "; a block with " + std::to_string(records) +
                    " records is lost",
                "make room; the recording goes on with the next block that can be written");
}

Result<RecordingWriter> RecordingWriter::create(const std::string& path, const RecordingInfo& info)
{
    auto impl = std::make_unique<Impl>();
    impl->path = path;

    std::string json = recording::info_json(info);
    if (json.size() > recording::kBlockMax)
        return fail(path,
                    "the policy and host facts have " + std::to_string(json.size()) +
                        " bytes, and a recording has room for " +
                        std::to_string(recording::kBlockMax),
                    "record with a shorter policy");

    impl->context.reset(ZSTD_createCCtx());
    if (!impl->context)
        return fail(path, "no memory for the compressor");
    ZSTD_CCtx_setParameter(impl->context.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(impl->context.get(), ZSTD_c_checksumFlag, 1);
    if (::getrandom(&impl->recording_id, sizeof impl->recording_id, 0) !=
        static_cast<ssize_t>(sizeof impl->recording_id))
        return fail(path,
                    std::string("no random number for the recording id: ") + std::strerror(errno));

    auto place = open_own_place(path);
    if (!place)
        return fail(std::move(place.error()));
    impl->fd.reset(::openat(place->folder.get(), place->name.c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!impl->fd) {
        if (errno == EEXIST)
            return fail(path, "it exists already, and a recording overwrites nothing",
                        "give another name");
        return fail(path, std::string("cannot create the recording: ") + std::strerror(errno));
    }

    FileHeader header{};
    std::memcpy(header.magic, recording::kFileMagic.data(), sizeof header.magic);
    header.format_version = recording::kFormatVersion;
    header.abi_version = DAVY_ABI_VERSION;
    header.byte_order = recording::kByteOrder;
    header.recording_id = impl->recording_id;
    header.checksum = recording::header_checksum(header);
    auto written = impl->write_block(recording::kInfo, std::as_bytes(std::span(json)),
                                     std::as_bytes(std::span(&header, 1)));
    if (!written)
        return fail(std::move(written.error()));
    impl->raw.reserve(recording::kBlockTarget);
    return RecordingWriter(std::move(impl));
}

RecordingWriter::RecordingWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordingWriter::RecordingWriter(RecordingWriter&&) noexcept = default;

RecordingWriter& RecordingWriter::operator=(RecordingWriter&& other) noexcept
{
    // Through a local variable, so that the recording given up here is flushed as its destructor
    // would.
    RecordingWriter old(std::move(*this));
    impl_ = std::move(other.impl_);
    return *this;
}

RecordingWriter::~RecordingWriter()
{
    if (impl_ && !impl_->finished)
        (void)impl_->write_open_block();
}

Result<> RecordingWriter::append(const Event& event)
{
    Impl& w = *impl_;
    if (w.finished)
        return fail(w.path, "the recording is finished, and takes no more records");
    std::span<const std::byte> bytes = event.bytes();
    std::size_t size = recording::padded(bytes.size());
    if (size > recording::kRecordMax)
        return fail(w.path, "a record of " + std::to_string(bytes.size()) +
                                " bytes is larger than a block may hold (" +
                                std::to_string(recording::kRecordMax) + ")");

    Result<> written;
    if (w.raw.size() + size > recording::kBlockTarget)
        written = w.write_open_block();
    w.raw.insert(w.raw.end(), bytes.begin(), bytes.end());
    w.raw.resize(w.raw.size() + (size - bytes.size()));
    if (w.count++ == 0)
        w.first_time_ns = event.header().time_ns;
    w.last_time_ns = event.header().time_ns;
    return written;
}

Result<> RecordingWriter::flush() { return impl_->write_open_block(); }

Result<> RecordingWriter::finish()
{
    Impl& w = *impl_;
    if (w.finished)
        return {};
    Result<> records = w.write_open_block();
    Result<> end = w.write_block(recording::kEnd, {});
    w.finished = true;
    if (!records)
        return records;
    if (!end)
        return fail(w.path, end.error().what + "; the recording has no end block");
    if (::fdatasync(w.fd.get()) != 0)
        return fail(w.path, std::string("cannot sync the recording: ") + std::strerror(errno));
    return {};
}

} // namespace davylamp
