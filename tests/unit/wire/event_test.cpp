// SPDX-License-Identifier: Apache-2.0
#include "wire/event.h"

#include <gmock/gmock.h>

#include "records.h"

namespace davylamp {
namespace {

using test::Record;
using testing::HasSubstr;

TEST(EventTest, ViewsEveryKindAtItsFullSize)
{
    for (const Record& record : test::one_of_each()) {
        auto event = Event::view(record.bytes());
        ASSERT_TRUE(event) << event.error().text();
        EXPECT_TRUE(event->known());
        EXPECT_EQ(event->bytes().data(), record.bytes().data()) << "a view copies nothing";
        EXPECT_EQ(event->bytes().size(), record.bytes().size());
    }
}

struct Least {
    std::uint16_t kind;
    std::size_t size;
    const char* name;
};

// Written out, so that a change of the table in event.cpp must be meant.
constexpr Least kLeast[] = {
    {DAVY_EVENT_FORK, 72, "fork"},        {DAVY_EVENT_EXEC, 336, "exec"},
    {DAVY_EVENT_EXIT, 72, "exit"},        {DAVY_EVENT_CONNECT, 224, "connect"},
    {DAVY_EVENT_PROCESS, 176, "process"}, {DAVY_EVENT_CHAIN, 424, "chain"},
    {DAVY_EVENT_IMAGE, 336, "image"},     {DAVY_EVENT_POOL, 248, "pool"},
    {DAVY_EVENT_STRATUM, 144, "stratum"}, {DAVY_EVENT_LOSS, 152, "loss"},
    {DAVY_EVENT_OUTCOME, 56, "outcome"},  {DAVY_EVENT_EVIDENCE, 96, "evidence"},
};

TEST(EventTest, TakesARecordTrimmedInsideItsLastFieldAndNoShorterOne)
{
    auto all = test::one_of_each();
    ASSERT_EQ(all.size(), std::size(kLeast));
    for (std::size_t i = 0; i < all.size(); i++) {
        SCOPED_TRACE(kLeast[i].name);
        ASSERT_EQ(all[i].header().kind, kLeast[i].kind);
        for (std::size_t size = sizeof(davy_event_header); size <= all[i].bytes().size(); size++) {
            Record trimmed = all[i].resized(size);
            EXPECT_EQ(Event::view(trimmed.bytes()).has_value(), size >= kLeast[i].size) << size;
        }
        auto error = Event::view(all[i].resized(kLeast[i].size - 1).bytes());
        ASSERT_FALSE(error);
        EXPECT_THAT(error.error().what, HasSubstr(kLeast[i].name));
        EXPECT_THAT(error.error().what, HasSubstr(std::to_string(kLeast[i].size)));
        EXPECT_EQ(kind_name(kLeast[i].kind), kLeast[i].name);
    }
}

TEST(EventTest, TakesRecordsThatANewerWriterMadeLonger)
{
    for (const Record& record : test::one_of_each()) {
        Record longer = record.resized(record.bytes().size() + 16);
        auto event = Event::view(longer.bytes());
        ASSERT_TRUE(event) << event.error().text();
        EXPECT_EQ(event->bytes().size(), record.bytes().size() + 16);
    }
}

TEST(EventTest, CutsTheViewToTheSizeInTheHeader)
{
    Record record = test::one_of_each()[0].resized(72 + 24);
    record.header().size = 72;
    auto event = Event::view(record.bytes());
    ASSERT_TRUE(event);
    EXPECT_EQ(event->bytes().size(), 72u);
}

TEST(EventTest, RefusesANewerVersionAndNamesBoth)
{
    Record record = test::one_of_each()[0];
    record.header().version = DAVY_ABI_VERSION + 1;
    auto event = Event::view(record.bytes());
    ASSERT_FALSE(event);
    EXPECT_THAT(event.error().what, HasSubstr(std::to_string(DAVY_ABI_VERSION + 1)));
    EXPECT_THAT(event.error().what, HasSubstr("this build's " + std::to_string(DAVY_ABI_VERSION)));
    EXPECT_THAT(event.error().mend, HasSubstr("newer"));

    record.header().version = 0;
    event = Event::view(record.bytes());
    ASSERT_FALSE(event);
    EXPECT_THAT(event.error().what, HasSubstr("version 0"));
}

TEST(EventTest, RefusesSizesThatDoNotFit)
{
    Record record = test::one_of_each()[0];
    struct {
        std::uint32_t in_header;
        std::size_t given;
    } cases[] = {{72, 71}, {72, 24}, {23, 72}, {0, 72}, {0xffffffffu, 72}, {73, 72}};
    for (auto& c : cases) {
        record.header().size = c.in_header;
        EXPECT_FALSE(Event::view(record.bytes().first(c.given))) << c.in_header << " " << c.given;
    }
    EXPECT_FALSE(Event::view(record.bytes().first(23)));
    EXPECT_FALSE(Event::view({}));
}

// A chain record of before the allow rules is whole with zeroes.
TEST(EventTest, AChainMayLackWhatWasAppended)
{
    auto chain = test::make<davy_event_chain>(DAVY_EVENT_CHAIN);
    chain.pipe_inode = 7;
    chain.allow.uid = 33;
    Record record(chain);
    EXPECT_EQ(whole_chain(record.event()).allow.uid, 33u);
    for (std::size_t size : {std::size_t{424}, offsetof(davy_event_chain, allow)}) {
        auto old = Record(chain).resized(size);
        EXPECT_EQ(whole_chain(old.event()).pipe_inode, 7u) << size;
        EXPECT_EQ(whole_chain(old.event()).allow.uid, 0u) << size;
    }
    EXPECT_FALSE(Event::view(Record(chain).resized(416).bytes()));
}

TEST(EventTest, RefusesMisalignedBytes)
{
    std::vector<std::uint64_t> words(20);
    auto fork = test::make<davy_event_fork>(DAVY_EVENT_FORK);
    auto* shifted = reinterpret_cast<std::byte*>(words.data()) + 4;
    std::memcpy(shifted, &fork, sizeof fork);
    auto event = Event::view({shifted, sizeof fork});
    ASSERT_FALSE(event);
    EXPECT_THAT(event.error().what, HasSubstr("aligned"));
}

TEST(EventTest, AnUnknownKindIsNoError)
{
    Record record = test::one_of_each()[0];
    record.header().kind = 999;
    auto event = Event::view(record.bytes());
    ASSERT_TRUE(event);
    EXPECT_FALSE(event->known());
    EXPECT_EQ(kind_name(999), "unknown");
    EXPECT_EQ(decision_of(*event), nullptr);
}

TEST(EventTest, ExecArgsStayInsideRecordFieldAndCount)
{
    using namespace std::string_view_literals;
    constexpr std::size_t kArgs = offsetof(davy_event_exec, args);
    Record record(test::exec_event("bash\0-s\0"sv));
    EXPECT_EQ(exec_args(record.event()), "bash\0-s\0"sv);
    EXPECT_EQ(exec_args(record.resized(kArgs + 5).event()), "bash\0"sv);
    EXPECT_EQ(exec_args(record.resized(kArgs).event()), ""sv);

    record.as<davy_event_exec>().args_size = 4;
    EXPECT_EQ(exec_args(record.event()), "bash"sv);
    record.as<davy_event_exec>().args_size = 0xffff;
    EXPECT_EQ(exec_args(record.event()).size(), std::size_t{DAVY_ARGS_MAX});
    EXPECT_EQ(exec_args(record.resized(sizeof(davy_event_exec) + 64).event()).size(),
              std::size_t{DAVY_ARGS_MAX});
}

TEST(EventTest, ImageFilenameStaysInsideRecordAndField)
{
    constexpr std::size_t kName = offsetof(davy_event_image, filename);
    Record record(test::image_event());
    EXPECT_EQ(image_filename(record.event()), "/proc/self/fd/3");
    EXPECT_EQ(image_filename(record.resized(kName + 5).event()), "/proc");
    EXPECT_EQ(image_filename(record.resized(kName).event()), "");

    auto full = test::image_event();
    std::memset(full.filename, 'a', sizeof full.filename);
    EXPECT_EQ(image_filename(Record(full).resized(sizeof full + 32).event()),
              std::string(DAVY_PATH_MAX, 'a'));
}

TEST(EventTest, EvidenceFolderStaysInsideRecordAndField)
{
    constexpr std::size_t kFolder = offsetof(davy_event_evidence, folder);
    Record record(test::evidence_event());
    EXPECT_EQ(evidence_folder(record.event()), "/e/20261124T110000Z-4321-EXE-002");
    EXPECT_EQ(evidence_folder(record.resized(kFolder + 5).event()), "/e/20");
    EXPECT_EQ(evidence_folder(record.resized(kFolder).event()), "");

    auto full = test::evidence_event();
    std::memset(full.folder, 'a', sizeof full.folder);
    EXPECT_EQ(evidence_folder(Record(full).resized(sizeof full + 32).event()),
              std::string(DAVY_PATH_MAX, 'a'));
}

TEST(EventTest, StratumPayloadStaysInsideRecordFieldAndCount)
{
    constexpr std::size_t kPayload = offsetof(davy_event_stratum, payload);
    Record record(test::stratum_event("0123456789"));
    EXPECT_EQ(stratum_payload(record.event()).size(), 10u);
    EXPECT_EQ(stratum_payload(record.resized(kPayload + 4).event()).size(), 4u);
    EXPECT_EQ(stratum_payload(record.resized(kPayload).event()).size(), 0u);
    record.as<davy_event_stratum>().payload_size = 0xffffffffu;
    EXPECT_EQ(stratum_payload(record.event()).size(), std::size_t{DAVY_PAYLOAD_MAX});
}

// Recordings of the first version end their pools behind the facts, and Stratum behind its payload.
TEST(EventTest, OldPoolAndStratumRecordsReadAsWithZeroes)
{
    davy_event_pool pool{};
    pool.header = test::stratum_event().header;
    pool.header.kind = DAVY_EVENT_POOL;
    pool.header.size = sizeof pool;
    pool.facts.match = DAVY_POOL_PROVEN;
    pool.tries = 7;
    std::memcpy(pool.name, "pool.example", 13);
    Record record(pool);
    EXPECT_EQ(whole_pool(record.event()).tries, 7u);
    EXPECT_EQ(field_text(whole_pool(record.event()).name), "pool.example");
    Record old = record.resized(248);
    EXPECT_EQ(whole_pool(old.event()).facts.match, DAVY_POOL_PROVEN);
    EXPECT_EQ(whole_pool(old.event()).tries, 0u);
    EXPECT_EQ(field_text(whole_pool(old.event()).name), "");

    auto stratum = test::stratum_event();
    stratum.wraps[0] = DAVY_WRAP_SOCKS5;
    Record wrapped(stratum);
    EXPECT_EQ(whole_stratum(wrapped.event()).wraps[0], DAVY_WRAP_SOCKS5);
    Record unwrapped = wrapped.resized(offsetof(davy_event_stratum, wraps));
    EXPECT_EQ(whole_stratum(unwrapped.event()).wraps[0], DAVY_WRAP_NONE);
    EXPECT_EQ(whole_stratum(unwrapped.event()).owner.tgid, 4321u);
}

TEST(EventTest, FindsTheDecisionOfAlertsOnly)
{
    for (const Record& record : test::one_of_each()) {
        Event event = record.event();
        const davy_decision* decision = decision_of(event);
        bool alert = event.kind() >= DAVY_EVENT_CHAIN && event.kind() <= DAVY_EVENT_STRATUM;
        ASSERT_EQ(decision != nullptr, alert) << kind_name(event.kind());
        if (alert) {
            EXPECT_EQ(decision->mode, DAVY_MODE_BLOCK);
        }
    }
}

TEST(EventTest, FieldTextEndsAtNulOrAtTheField)
{
    char cut[4] = {'a', 'b', 'c', 'd'};
    char whole[4] = {'a', 'b', 0, 'd'};
    EXPECT_EQ(field_text(cut), "abcd");
    EXPECT_EQ(field_text(whole), "ab");
}

} // namespace
} // namespace davylamp
