// SPDX-License-Identifier: Apache-2.0
#include "policy/expiry_time.h"

#include <ctime>
#include <string>

#include "policy/error_words.h"

namespace davylamp {

namespace {

constexpr std::uint64_t kYearFirst = 1970, kYearLast = 9999;

// Digits of text at `at`, `count` of them; false where there are none.
bool number(std::string_view text, std::size_t at, std::size_t count, unsigned& out)
{
    if (at + count > text.size())
        return false;
    out = 0;
    for (char c : text.substr(at, count)) {
        if (c < '0' || c > '9')
            return false;
        out = out * 10 + static_cast<unsigned>(c - '0');
    }
    return true;
}

bool letter_at(std::string_view text, std::size_t at, std::string_view letters)
{
    return at < text.size() && letters.find(text[at]) != letters.npos;
}

// A day of the calendar, its month and day checked, in seconds since 1970; nothing where it is
// none.
bool day_seconds(unsigned year, unsigned month, unsigned day, std::uint64_t& out)
{
    std::tm fields{};
    fields.tm_year = static_cast<int>(year) - 1900;
    fields.tm_mon = static_cast<int>(month) - 1;
    fields.tm_mday = static_cast<int>(day);
    std::tm wanted = fields;
    std::time_t seconds = ::timegm(&fields);
    if (year < kYearFirst || year > kYearLast || seconds < 0 || fields.tm_mon != wanted.tm_mon ||
        fields.tm_mday != wanted.tm_mday)
        return false;
    out = static_cast<std::uint64_t>(seconds);
    return true;
}

} // namespace

Result<std::uint64_t> parse_expiry(std::string_view text)
{
    const std::string mend = "give a day such as \"2026-12-31\", or a time such as "
                             "\"2026-12-31T18:00:00Z\"";
    unsigned year, month, day, hour, minute, second, zone_hour, zone_minute;
    std::uint64_t seconds = 0;
    auto none = [&] { return fail({}, in_quotes(text) + " is no time", mend); };

    if (!number(text, 0, 4, year) || !letter_at(text, 4, "-") || !number(text, 5, 2, month) ||
        !letter_at(text, 7, "-") || !number(text, 8, 2, day) ||
        !day_seconds(year, month, day, seconds))
        return none();
    if (text.size() == 10)
        return seconds + 86400; // the day itself counts
    if (!letter_at(text, 10, "Tt") || !number(text, 11, 2, hour) || !letter_at(text, 13, ":") ||
        !number(text, 14, 2, minute) || !letter_at(text, 16, ":") || !number(text, 17, 2, second) ||
        hour > 23 || minute > 59 || second > 60)
        return none();
    seconds += hour * 3600 + minute * 60 + second;
    std::size_t at = 19;
    if (letter_at(text, at, ".")) { // a fraction: the second counts
        while (letter_at(text, ++at, "0123456789")) {
        }
        if (at == 20)
            return none();
    }
    if (letter_at(text, at, "Zz") && text.size() == at + 1)
        return seconds;
    if (!letter_at(text, at, "+-") || !number(text, at + 1, 2, zone_hour) ||
        !letter_at(text, at + 3, ":") || !number(text, at + 4, 2, zone_minute) ||
        text.size() != at + 6 || zone_hour > 23 || zone_minute > 59)
        return none();
    std::uint64_t zone = zone_hour * 3600 + zone_minute * 60;
    if (text[at] == '-')
        return seconds + zone;
    return seconds > zone ? seconds - zone : 1; // 0 would be never
}

} // namespace davylamp
