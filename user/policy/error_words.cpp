// SPDX-License-Identifier: Apache-2.0
#include "policy/error_words.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace davylamp {

namespace {

constexpr std::size_t kShownMax = 64; // bytes of a word in an error
constexpr std::size_t kWordMax = 32;  // longer than any key: not worth comparing

std::string folded(std::string_view word)
{
    std::string out(word);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
        else if (c == '-' || c == ' ')
            c = '_';
    }
    return out;
}

// Optimal string alignment: insert, delete, replace, and swap of neighbours each count one.
std::size_t distance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);

    for (std::size_t j = 0; j <= b.size(); j++)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); i++) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); j++) {
            std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

} // namespace

std::string in_quotes(std::string_view raw)
{
    std::size_t size = 0;
    while (size < raw.size() && size < kShownMax)
        size += std::max<std::size_t>(1, utf8_sequence(raw.substr(size)));
    std::string out = "\"" + escape_for_terminal(raw.substr(0, size));
    return out + (size < raw.size() ? "...\"" : "\"");
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known)
{
    if (word.empty() || word.size() > kWordMax)
        return {};

    std::string wanted = folded(word);
    std::string_view best;
    std::size_t best_distance = wanted.size() < 6 ? 2 : 3; // one more than is accepted
    for (std::string_view candidate : known) {
        std::size_t errors = distance(wanted, folded(candidate));
        if (errors < best_distance && errors < wanted.size()) {
            best = candidate;
            best_distance = errors;
        }
    }
    return best;
}

std::string listed(std::span<const std::string_view> words)
{
    std::string out;
    for (std::size_t i = 0; i < words.size(); i++) {
        if (i > 0)
            out += i + 1 == words.size() ? " or " : ", ";
        out += "\"" + std::string(words[i]) + "\"";
    }
    return out;
}

} // namespace davylamp
