// SPDX-License-Identifier: Apache-2.0
#include "policy/document.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"
#include "policy/error_words.h"

namespace davylamp {

namespace {

constexpr std::size_t kDepthMax = 16;       // a policy needs 5
constexpr std::size_t kValuesMax = 1 << 20; // the longest lists need less than half
constexpr std::size_t kNumberShownMax = 32;

// What the lexer has read so far. It reads one byte beyond a number to see its end, and that byte
// may be a line feed: the line that counts is the one on which the last byte stands.
struct Lines {
    std::uint32_t here = 1; // of the last byte read
    std::uint32_t next = 1; // of the byte after it
};

class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, Lines* lines) : at_(at), lines_(lines) {}
    reference operator*() const { return *at_; }
    CountingIterator& operator++()
    {
        lines_->here = lines_->next;
        if (*at_++ == '\n')
            lines_->next++;
        return *this;
    }
    bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
    bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

private:
    const char* at_;
    Lines* lines_;
};

// Builds the tree from nlohmann's SAX events. A handler that returns false ends the parse; error
// then says why.
class TreeBuilder {
public:
    TreeBuilder(const std::string& name, const Lines& lines) : name_(name), lines_(lines) {}

    JsonValue root;
    std::optional<Error> error;

    bool null() { return add(JsonValue::Kind::null) != nullptr; }
    bool boolean(bool truth)
    {
        JsonValue* value = add(JsonValue::Kind::boolean);
        if (value)
            value->truth = truth;
        return value != nullptr;
    }
    bool number_integer(std::int64_t number) { return add_number(std::to_string(number)); }
    bool number_unsigned(std::uint64_t number)
    {
        if (!add_number(std::to_string(number)))
            return false;
        last_->whole = true;
        last_->number = number;
        return true;
    }
    bool number_float(double, const std::string& text) { return add_number(text); }
    bool string(std::string& text)
    {
        JsonValue* value = add(JsonValue::Kind::string);
        if (value)
            value->text = std::move(text);
        return value != nullptr;
    }
    bool binary(std::vector<std::uint8_t>&) { return false; } // JSON has none
    bool start_object(std::size_t) { return open(JsonValue::Kind::object); }
    bool start_array(std::size_t) { return open(JsonValue::Kind::array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& text)
    {
        JsonValue& value = open_.back()->children.emplace_back();
        value.key = std::move(text);
        value.key_line = lines_.here;
        key_waits_ = true;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& exception)
    {
        return refuse(syntax_error(exception.what()));
    }

private:
    JsonValue* add(JsonValue::Kind kind)
    {
        if (++values_ > kValuesMax) {
            refuse(
                {{}, "more than " + std::to_string(kValuesMax) + " values", "shorten the lists"});
            return nullptr;
        }
        if (open_.empty())
            last_ = &root;
        else if (key_waits_)
            last_ = &open_.back()->children.back();
        else
            last_ = &open_.back()->children.emplace_back();
        key_waits_ = false;
        last_->kind = kind;
        last_->line = lines_.here;
        return last_;
    }

    bool add_number(std::string text)
    {
        if (!add(JsonValue::Kind::number))
            return false;
        if (text.size() > kNumberShownMax)
            text = text.substr(0, kNumberShownMax) + "...";
        last_->text = std::move(text);
        return true;
    }

    // The pointers stay good: a parent's children do not grow while one of them is open.
    bool open(JsonValue::Kind kind)
    {
        if (!add(kind))
            return false;
        open_.push_back(last_);
        if (open_.size() > kDepthMax)
            return refuse({{},
                           "nested deeper than " + std::to_string(kDepthMax) + " levels",
                           "no key of a policy is that deep"});
        return true;
    }

    bool close()
    {
        open_.pop_back();
        return true;
    }

    std::string path() const
    {
        std::string out;
        for (std::size_t i = 1; i < open_.size(); i++) {
            if (open_[i - 1]->kind == JsonValue::Kind::array)
                out += "[" + std::to_string(open_[i - 1]->children.size() - 1) + "]";
            else
                out += (out.empty() ? "" : ".") + path_key(open_[i]->key);
        }
        return out;
    }

    bool refuse(Error reason)
    {
        reason.where = place_text(name_, lines_.here, path());
        error = std::move(reason);
        return false;
    }

    // The library's sentence is "[json.exception…] parse error at …: syntax error while parsing X -
    // REASON; last read: 'TEXT'". The commonest faults get a sentence of ours; of the others REASON
    // is kept. TEXT may be a whole comment, and is left out.
    Error syntax_error(std::string_view sentence) const
    {
        const JsonValue* in = open_.empty() ? nullptr : open_.back();
        auto says = [&](std::string_view part) { return sentence.find(part) != sentence.npos; };
        bool in_array = in && in->kind == JsonValue::Kind::array;
        bool in_object = in && in->kind == JsonValue::Kind::object;

        if (says("number overflow"))
            return {{}, "broken JSON: a number too large for any use", {}};
        if (std::size_t cut = sentence.find("; last read: "); cut != sentence.npos)
            sentence = sentence.substr(0, cut);
        if (std::size_t dash = sentence.find(" - "); dash != sentence.npos)
            sentence.remove_prefix(dash + 3);

        if (says("unexpected end of input") && !in)
            return {{}, "the file is empty", "give at least {}"};
        if (says("unexpected end of input")) {
            std::string bracket = in_array ? "[" : "{";
            return {{},
                    "broken JSON: the file ends inside the " + bracket + " of line " +
                        std::to_string(in->line),
                    "close it"};
        }
        if (in && !in->children.empty() && !key_waits_ &&
            ((in_array && sentence.starts_with("unexpected ']'")) ||
             (in_object && sentence.starts_with("unexpected '}'"))))
            return {{}, "broken JSON: a comma after the last entry", "remove it"};
        if (says("missing closing quote") || says("U+000A") || says("U+000D"))
            return {{}, "broken JSON: a string without its closing quote on the line", "add it"};
        if (in && (says("; expected ']'") || says("; expected '}'")))
            return {{}, "broken JSON: no comma between two entries", "add it"};
        return {{}, "broken JSON: " + escape_for_terminal(sentence), {}};
    }

    const std::string& name_;
    const Lines& lines_;
    std::vector<JsonValue*> open_;
    JsonValue* last_ = nullptr;
    bool key_waits_ = false;
    std::size_t values_ = 0;
};

// What nlohmann would wave through or name badly: it skips a byte order mark, takes a NUL byte for
// the end of the file, and does not look at the bytes of a comment.
std::optional<Error> check_bytes(std::string_view text, const std::string& name)
{
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        return Error{place_text(name, 1, {}), "the file is UTF-16", "save it as UTF-8"};
    if (text.starts_with("\xef\xbb\xbf"))
        return Error{place_text(name, 1, {}), "the file begins with a byte order mark",
                     "save it as UTF-8 without one"};

    std::uint32_t line = 1;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t size = utf8_sequence(text.substr(i));
        if (size == 0 || text[i] == '\0') {
            char byte[5];
            std::snprintf(byte, sizeof byte, "0x%02x", static_cast<unsigned char>(text[i]));
            return Error{place_text(name, line, {}),
                         std::string("the byte ") + byte + " is no UTF-8 text",
                         "save the file as UTF-8"};
        }
        line += text[i] == '\n';
        i += size;
    }
    return std::nullopt;
}

} // namespace

std::string describe(const JsonValue& value)
{
    switch (value.kind) {
    case JsonValue::Kind::boolean: return value.truth ? "true" : "false";
    case JsonValue::Kind::number: return value.text;
    case JsonValue::Kind::string: return in_quotes(value.text);
    case JsonValue::Kind::array: return "a list";
    case JsonValue::Kind::object: return "an object";
    case JsonValue::Kind::null: break;
    }
    return "null";
}

const JsonValue* member_of(const JsonValue& object, std::string_view key)
{
    for (const JsonValue& child : object.children) {
        if (child.key == key)
            return &child;
    }
    return nullptr;
}

std::string place_text(const std::string& name, std::uint32_t line, const std::string& path)
{
    std::string out = name + ":" + std::to_string(line);
    return path.empty() ? out : out + ": " + path;
}

std::string path_key(std::string_view key)
{
    bool plain =
        !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '_' || c == '-';
        });
    return plain ? std::string(key) : in_quotes(key);
}

Result<JsonValue> read_document(std::string_view text, const std::string& name)
{
    if (std::optional<Error> error = check_bytes(text, name))
        return fail(std::move(*error));

    Lines lines;
    TreeBuilder tree(name, lines);
    CountingIterator begin(text.data(), &lines), end(text.data() + text.size(), &lines);
    constexpr bool kWholeText = true, kComments = true;
    bool whole = nlohmann::json::sax_parse(begin, end, &tree, nlohmann::json::input_format_t::json,
                                           kWholeText, kComments);
    if (tree.error)
        return fail(std::move(*tree.error));
    if (!whole)
        return fail(place_text(name, lines.here, {}), "broken JSON");
    return std::move(tree.root);
}

} // namespace davylamp
