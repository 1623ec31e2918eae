// SPDX-License-Identifier: Apache-2.0
// Reads a recording block by block and trusts none of it: docs/recording.md. It checks sizes before
// it allocates anything, and checksums before it delivers anything.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/unique_fd.h"
#include "wire/foreign_file.h"
#include "wire/recording.h"
#include "wire/recording_format.h"
#include "wire/recording_info.h"
#include "wire/zstd_context.h"

namespace davylamp {

using recording::BlockHeader;
using recording::FileHeader;

namespace {

// A search for the next header begins again inside each block that is refused. Blocks that overlap
// could make that take for ever; no broken disk makes so many.
constexpr std::uint64_t kBadBlocksMax = 1000;

std::string number(std::uint64_t n) { return std::to_string(n); }

std::string counted(std::uint64_t n, const char* noun)
{
    return number(n) + " " + noun + (n == 1 ? "" : "s");
}

// As much of `into` as the file has from `offset` on.
Result<std::size_t> read_at(int fd, std::uint64_t offset, std::span<std::byte> into)
{
    std::size_t done = 0;
    while (done < into.size()) {
        ssize_t n =
            ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail("offset " + number(offset + done),
                        std::string("cannot read: ") + std::strerror(errno));
        if (n == 0)
            break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

// Unpacks one frame into `raw`, or says why it is not what its header promises.
std::optional<std::string> unpack(ZSTD_DCtx* context, const BlockHeader& header,
                                  const std::vector<std::byte>& packed, std::vector<std::byte>& raw)
{
    // RFC 8878, 3.1.1.1.1: bit 2 of the frame header descriptor announces Content_Checksum. Without
    // it a flipped bit could pass, so a frame that lacks it is damaged.
    constexpr auto kContentChecksum = std::byte{0x04};
    if (packed.size() < 5 || (packed[4] & kContentChecksum) == std::byte{0})
        return "its payload has no checksum";
    if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != header.raw_size)
        return "its payload is not of the size that its header names";
    if (ZSTD_findFrameCompressedSize(packed.data(), packed.size()) != packed.size())
        return "its payload is not one whole frame";
    raw.resize(header.raw_size);
    std::size_t size =
        ZSTD_decompressDCtx(context, raw.data(), raw.size(), packed.data(), packed.size());
    if (ZSTD_isError(size))
        return std::string("its payload does not unpack: ") + ZSTD_getErrorName(size);
    if (size != raw.size())
        return "its payload unpacks to another size than its header names";
    return std::nullopt;
}

// The record at `at` without its padding; empty where none can stand there.
std::span<const std::byte> record_at(const std::vector<std::byte>& raw, std::size_t at)
{
    davy_event_header header;
    if (raw.size() - at < sizeof header)
        return {};
    std::memcpy(&header, raw.data() + at, sizeof header);
    if (header.size < sizeof header || recording::padded(header.size) > raw.size() - at)
        return {};
    return std::span(raw).subspan(at, header.size);
}

// A block whose records do not fill it exactly was not written by a writer of ours.
std::optional<std::string> check_records(const BlockHeader& header,
                                         const std::vector<std::byte>& raw)
{
    std::size_t at = 0;
    std::uint32_t count = 0;
    while (at < raw.size()) {
        std::span<const std::byte> record = record_at(raw, at);
        if (record.empty())
            return "record " + number(count) + " reaches beyond it";
        std::size_t next = at + recording::padded(record.size());
        for (std::size_t i = at + record.size(); i < next; i++) {
            if (raw[i] != std::byte{0})
                return "record " + number(count) + " has padding that is not zero";
        }
        at = next;
        count++;
    }
    if (count != header.record_count)
        return "it holds " + counted(count, "record") + ", its header says " +
               number(header.record_count);
    return std::nullopt;
}

// What an undamaged header claims that cannot be, with `left` bytes of the file behind it.
std::optional<std::string> wrong_claim(const BlockHeader& header, std::uint64_t left)
{
    if (header.raw_size > recording::kBlockMax || header.packed_size > recording::kBlockMax)
        return "is damaged (it claims " + number(header.raw_size) + " bytes in " +
               number(header.packed_size) + ", and " + number(recording::kBlockMax) +
               " are allowed)";
    if (header.packed_size > left)
        return "is cut short (needs " + number(sizeof header + header.packed_size) + " bytes, " +
               number(sizeof header + left) + " are there)";
    if (header.type == recording::kEnd) {
        if (header.packed_size != 0 || header.raw_size != 0 || header.record_count != 0)
            return "is damaged (it is the end block, and claims a payload)";
    } else if (header.type != recording::kRecords &&
               (header.type != recording::kInfo || header.sequence != 0 ||
                header.record_count != 0)) {
        return "is damaged (nothing of type " + number(header.type) + " may stand here)";
    }
    return std::nullopt;
}

} // namespace

struct RecordingReader::Impl {
    std::string path;
    UniqueFd fd;
    Decompressor context;
    std::uint64_t recording_id = 0;
    RecordingInfo info;

    std::uint64_t size = 0;   // of the file when it was opened
    std::uint64_t offset = 0; // where the next block is looked for
    std::uint64_t next_sequence = 0;
    std::uint64_t next_record = 0; // records_before that the next block should have
    bool ended = false;

    std::uint64_t block_offset = 0; // of the block in `raw`
    std::vector<std::byte> packed;
    std::vector<std::byte> raw; // from operator new, so aligned to 16
    std::size_t cursor = 0;     // the next record in `raw`

    std::optional<Error> first_damage;
    std::uint64_t places = 0; // damaged ones
    bool read_behind = false; // a good block came behind the first
    bool resuming = false;    // the place of damage before this block is noted already
    std::uint64_t lost_blocks = 0, lost_records = 0;
    std::uint64_t bad_blocks = 0;
    std::uint64_t unknown_kinds = 0;

    Result<> read_file_header();
    Result<bool> load_block();
    Result<bool> take_block(const BlockHeader& header);
    Result<std::optional<std::string>> read_payload(const BlockHeader& header, std::uint64_t place);
    Result<> find_block(std::uint64_t from);
    void note(std::uint64_t at, std::string what);
    void count_gap(const BlockHeader& header);
    Error at(std::uint64_t place, std::string what, std::string mend = {}) const
    {
        return {path + ": offset " + number(place), std::move(what), std::move(mend)};
    }
};

void RecordingReader::Impl::note(std::uint64_t place, std::string what)
{
    if (places++ == 0)
        first_damage = at(place, std::move(what));
    resuming = true;
}

// Blocks that should stand between the last header read and this one.
void RecordingReader::Impl::count_gap(const BlockHeader& header)
{
    std::uint64_t blocks = header.sequence - next_sequence;
    std::uint64_t records = header.records_before - next_record;
    if (blocks == 0 && records == 0)
        return;
    if (!resuming)
        note(offset, blocks == 0   ? "block " + number(header.sequence) + " counts wrongly"
                     : blocks == 1 ? "block " + number(next_sequence) + " is missing"
                                   : "blocks " + number(next_sequence) + " to " +
                                         number(header.sequence - 1) + " are missing");
    lost_blocks += blocks;
    lost_records += records;
}

Result<> RecordingReader::Impl::read_file_header()
{
    struct stat status;
    if (::fstat(fd.get(), &status) != 0)
        return fail(path, std::string("cannot stat: ") + std::strerror(errno));
    if (!S_ISREG(status.st_mode))
        return fail(path, S_ISDIR(status.st_mode) ? "it is a directory, no recording"
                                                  : "it is no regular file, so no recording");
    size = static_cast<std::uint64_t>(status.st_size);

    FileHeader header{};
    auto bytes = std::as_writable_bytes(std::span(&header, 1));
    auto got = read_at(fd.get(), 0, bytes);
    if (!got)
        return fail(path + ": " + got.error().where, got.error().what);
    if (auto foreign = foreign_file(bytes.first(*got)))
        return fail(path, *foreign, "give a file that `davylamp run --record` wrote");
    if (*got < sizeof header)
        return fail(path, "the recording is cut short in its first header (needs " +
                              number(sizeof header) + " bytes, " + number(*got) + " are there)");
    if (header.byte_order == __builtin_bswap32(recording::kByteOrder))
        return fail(path, "it was recorded on a machine of the other byte order",
                    "read it on one like that");
    // Before the versions, since only the checksum says that they are what was written.
    if (header.checksum != recording::header_checksum(header))
        return fail(path, "the recording's first header is damaged (its checksum is wrong)");
    const std::string mend = "use the davylamp that wrote it, or a newer one";
    if (header.format_version > recording::kFormatVersion)
        return fail(path,
                    "it has recording format " + number(header.format_version) +
                        ", newer than this build's " + number(recording::kFormatVersion),
                    mend);
    if (header.abi_version > DAVY_ABI_VERSION)
        return fail(path,
                    "its records have ABI version " + number(header.abi_version) +
                        ", newer than this build's " + number(DAVY_ABI_VERSION),
                    mend);
    if (header.format_version == 0 || header.abi_version == 0)
        return fail(path, "it claims recording format " + number(header.format_version) +
                              " and ABI version " + number(header.abi_version) +
                              "; both begin at 1");
    recording_id = header.recording_id;
    offset = sizeof header;
    return {};
}

// Puts `offset` on the next header of this recording, or ends.
Result<> RecordingReader::Impl::find_block(std::uint64_t from)
{
    constexpr std::size_t kStep = 64 << 10;
    std::vector<std::byte> window(kStep + sizeof(BlockHeader));
    while (from < size && size - from >= sizeof(BlockHeader)) {
        auto got = read_at(fd.get(), from, window);
        if (!got)
            return fail(std::move(got.error()));
        std::string_view text(reinterpret_cast<const char*>(window.data()), *got);
        for (std::size_t i = text.find(recording::kBlockMagic); i < kStep;
             i = text.find(recording::kBlockMagic, i + 1)) {
            BlockHeader header;
            if (text.size() - i < sizeof header)
                break;
            std::memcpy(&header, text.data() + i, sizeof header);
            if (recording::is_block(header, recording_id)) {
                offset = from + i;
                return {};
            }
        }
        if (*got < window.size())
            break;
        from += kStep;
    }
    ended = true;
    return {};
}

// The next block of records into `raw`; false at the end.
Result<bool> RecordingReader::Impl::load_block()
{
    while (!ended) {
        std::uint64_t left = size - offset;
        if (left == 0) {
            note(offset, "there is no end block: the sensor was killed or is still recording");
            ended = true;
            break;
        }
        if (left < sizeof(BlockHeader)) {
            note(offset, "block " + number(next_sequence) + " is cut short in its header (needs " +
                             number(sizeof(BlockHeader)) + " bytes, " + number(left) +
                             " are there)");
            ended = true;
            break;
        }
        BlockHeader header;
        auto got = read_at(fd.get(), offset, std::as_writable_bytes(std::span(&header, 1)));
        if (!got)
            return fail(std::move(got.error()));
        if (*got < sizeof header || !recording::is_block(header, recording_id)) {
            note(offset, "the header of block " + number(next_sequence) + " is damaged");
            if (auto found = find_block(offset + 1); !found)
                return fail(std::move(found.error()));
            continue;
        }
        auto taken = take_block(header);
        if (!taken || *taken)
            return taken;
    }
    return false;
}

// The payload of the block at `place` into `raw`; what is wrong with it, where something is.
Result<std::optional<std::string>> RecordingReader::Impl::read_payload(const BlockHeader& header,
                                                                       std::uint64_t place)
{
    packed.resize(header.packed_size);
    auto got = read_at(fd.get(), place + sizeof header, packed);
    if (!got)
        return fail(std::move(got.error()));
    if (*got < packed.size())
        return "is cut short (the file shrank while it was read)";
    raw.clear();
    cursor = 0;
    auto wrong = unpack(context.get(), header, packed, raw);
    if (!wrong && header.type == recording::kRecords)
        wrong = check_records(header, raw);
    if (!wrong)
        return std::nullopt;
    raw.clear();
    return "is damaged (" + *wrong + ")";
}

// A block by its undamaged header: true when `raw` holds records to deliver.
Result<bool> RecordingReader::Impl::take_block(const BlockHeader& header)
{
    const std::string name = "block " + number(header.sequence) + " ";
    const std::uint64_t place = offset;
    const std::uint64_t left = size - offset - sizeof header;
    auto search_on = [&]() -> Result<bool> {
        if (++bad_blocks > kBadBlocksMax)
            ended = true;
        else if (auto found = find_block(place + sizeof header); !found)
            return fail(std::move(found.error()));
        return false;
    };

    if (header.sequence < next_sequence || header.records_before < next_record) {
        // Delivered already, or never written by us: no record may come twice or too late.
        note(place, name + "stands where block " + number(next_sequence) + " should");
        return search_on();
    }
    count_gap(header);
    next_sequence = header.sequence + 1;
    next_record = header.records_before + header.record_count;

    auto wrong = wrong_claim(header, left);
    if (!wrong && header.type == recording::kEnd) {
        ended = true;
        read_behind = read_behind || places != 0;
        if (left != 0)
            note(place + sizeof header, "the end block is followed by " + counted(left, "byte"));
        return false;
    }
    if (!wrong) {
        auto payload = read_payload(header, place);
        if (!payload)
            return fail(std::move(payload.error()));
        wrong = std::move(*payload);
    }
    if (wrong) {
        note(place, name + *wrong);
        lost_blocks++;
        lost_records += header.record_count;
        return search_on();
    }

    offset = place + sizeof header + header.packed_size;
    block_offset = place;
    read_behind = read_behind || places != 0;
    resuming = false;
    if (header.type == recording::kRecords)
        return true;
    info = recording::parse_info({reinterpret_cast<const char*>(raw.data()), raw.size()});
    raw.clear();
    return false;
}

Result<RecordingReader> RecordingReader::open(const std::string& path)
{
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    // Not blocking, so that a fifo of that name is refused rather than waited for.
    impl->fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!impl->fd)
        return fail(path, std::string("cannot open the recording: ") + std::strerror(errno));
    if (auto header = impl->read_file_header(); !header)
        return fail(std::move(header.error()));
    impl->context.reset(ZSTD_createDCtx());
    if (!impl->context)
        return fail(path, "no memory for the decompressor");
    // Reads the info block, and the first records behind it, which next() then finds there.
    if (auto loaded = impl->load_block(); !loaded)
        return fail(path + ": " + loaded.error().where, loaded.error().what);
    return RecordingReader(std::move(impl));
}

RecordingReader::RecordingReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordingReader::RecordingReader(RecordingReader&&) noexcept = default;
RecordingReader& RecordingReader::operator=(RecordingReader&&) noexcept = default;
RecordingReader::~RecordingReader() = default;

const RecordingInfo& RecordingReader::info() const { return impl_->info; }
std::uint64_t RecordingReader::unknown_kinds() const { return impl_->unknown_kinds; }

Result<std::optional<Event>> RecordingReader::next()
{
    Impl& r = *impl_;
    for (;;) {
        if (r.cursor == r.raw.size()) {
            auto loaded = r.load_block();
            if (!loaded)
                return fail(r.path + ": " + loaded.error().where, loaded.error().what);
            if (!*loaded)
                return std::nullopt;
            continue;
        }
        std::span<const std::byte> bytes = record_at(r.raw, r.cursor);
        r.cursor += recording::padded(bytes.size());
        auto event = Event::view(bytes);
        if (!event) {
            r.note(r.block_offset, "a record in block " + number(r.next_sequence - 1) +
                                       " is damaged (" + event.error().what + ")");
            r.resuming = false; // the block itself is whole
            r.read_behind = true;
            r.lost_records++;
            continue;
        }
        if (!event->known()) {
            r.unknown_kinds++;
            continue;
        }
        return std::optional<Event>(*event);
    }
}

std::optional<Error> RecordingReader::damage() const
{
    const Impl& r = *impl_;
    if (!r.first_damage)
        return std::nullopt;
    Error out = *r.first_damage;
    out.mend = r.read_behind ? "reading went on behind it" : "everything before it was read";
    if (r.lost_blocks != 0 || r.lost_records != 0)
        out.mend += "; known lost: " + counted(r.lost_blocks, "block") + ", " +
                    counted(r.lost_records, "record");
    if (r.bad_blocks > kBadBlocksMax)
        out.mend += "; gave up after " + counted(r.bad_blocks, "damaged block");
    if (r.places > 1)
        out.mend += "; " + counted(r.places - 1, "more place") + (r.places == 2 ? " is" : " are") +
                    " damaged";
    return out;
}

} // namespace davylamp
