// SPDX-License-Identifier: Apache-2.0
#include "definitions.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace davylamp::test {

namespace {

struct Token {
    std::string text; // a word, or one character; empty: the end
    int line = 0;
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Words and characters, without comments, literals and preprocessor lines.
class Lexer {
public:
    explicit Lexer(std::string_view source) : source_(source) {}

    Token next()
    {
        while (at_ < source_.size()) {
            char c = source_[at_];
            if (c == '\n')
                line_++;
            if (std::isspace(static_cast<unsigned char>(c)))
                at_++;
            else if (source_.substr(at_, 2) == "//")
                skip_to("\n");
            else if (source_.substr(at_, 2) == "/*")
                skip_past("*/");
            else if (source_.substr(at_, 2) == "R\"")
                raw_string();
            else if (c == '#' && starts_line())
                directive();
            else if (c == '"' || (c == '\'' && !(at_ > 0 && is_word(source_[at_ - 1]))))
                literal(c);
            else
                return token();
        }
        return {{}, line_};
    }

private:
    Token token()
    {
        std::size_t begin = at_++;
        while (is_word(source_[begin]) && at_ < source_.size() && is_word(source_[at_]))
            at_++;
        return {std::string(source_.substr(begin, at_ - begin)), line_};
    }

    void move_to(std::size_t end)
    {
        end = std::min(end, source_.size());
        for (; at_ < end; at_++)
            line_ += source_[at_] == '\n';
    }

    void skip_to(std::string_view end) { move_to(source_.find(end, at_)); }

    void skip_past(std::string_view end)
    {
        std::size_t found = source_.find(end, at_ + 2);
        move_to(found == source_.npos ? found : found + end.size());
    }

    // R"delimiter(…)delimiter"
    void raw_string()
    {
        std::size_t open = source_.find('(', at_);
        if (open == source_.npos)
            return move_to(open);
        skip_past(")" + std::string(source_.substr(at_ + 2, open - at_ - 2)) + "\"");
    }

    bool starts_line() const
    {
        std::size_t before = source_.find_last_not_of(" \t", at_ == 0 ? 0 : at_ - 1);
        return at_ == 0 || before == source_.npos || source_[before] == '\n';
    }

    // With the lines that a backslash joins to it.
    void directive()
    {
        do {
            skip_to("\n");
            bool joined = at_ > 0 && at_ < source_.size() && source_[at_ - 1] == '\\';
            if (!joined)
                return;
            move_to(at_ + 1);
        } while (at_ < source_.size());
    }

    void literal(char quote)
    {
        for (at_++; at_ < source_.size() && source_[at_] != quote; at_++) {
            if (source_[at_] == '\\')
                at_++;
        }
        at_++;
    }

    std::string_view source_;
    std::size_t at_ = 0;
    int line_ = 1;
};

// What an open brace has opened.
struct Scope {
    enum class Kind { named, unnamed, linkage, other } kind;
    std::string name; // of a namespace
};

class Reader {
public:
    explicit Reader(std::string_view source) : lexer_(source) {}

    std::vector<Definition> read()
    {
        for (Token token = lexer_.next(); !token.text.empty(); token = lexer_.next()) {
            if (token.text == "{")
                open();
            else if (token.text == "}")
                close();
            else if (token.text == ";")
                statement_.clear();
            else
                statement_.push_back(token);
        }
        return std::move(found_);
    }

private:
    void open()
    {
        scopes_.push_back(scope());
        statement_.clear();
    }

    void close()
    {
        if (!scopes_.empty())
            scopes_.pop_back();
        statement_.clear();
    }

    std::string word(std::size_t index) const
    {
        return index < statement_.size() ? statement_[index].text : std::string();
    }

    // The statement before the brace says what it opens.
    Scope scope()
    {
        std::size_t at = word(0) == "inline" ? 1 : 0;
        if (word(0) == "extern")
            return {Scope::Kind::linkage, {}};
        if (word(at) == "namespace") {
            std::string name;
            for (at++; at < statement_.size(); at++)
                name += word(at);
            return {name.empty() ? Scope::Kind::unnamed : Scope::Kind::named, name};
        }
        define();
        return {Scope::Kind::other, {}};
    }

    void define()
    {
        for (const Scope& scope : scopes_) {
            if (scope.kind == Scope::Kind::unnamed || scope.kind == Scope::Kind::other)
                return;
        }
        std::size_t at = 0;
        if (word(at) == "template")
            at = after_angles(1);
        if (word(at) == "typedef")
            at++;
        const std::string key = word(at++);
        if (key != "struct" && key != "class" && key != "union" && key != "enum")
            return;
        if (key == "enum" && (word(at) == "class" || word(at) == "struct"))
            at++;
        if (at >= statement_.size() || !is_word(word(at)[0]))
            return; // without a name
        std::string own = word(at);
        const int line = statement_[at].line;
        for (; word(at + 1) == ":" && word(at + 2) == ":"; at += 3)
            own += "::" + word(at + 3); // a member that is defined outside: Engine::Impl
        const std::string after = word(at + 1);
        if (after != "" && after != ":" && after != "final")
            return; // a specialisation, a variable, or a function that gives one back
        std::string name;
        for (const Scope& scope : scopes_)
            name += scope.name.empty() ? "" : scope.name + "::";
        found_.push_back({name + own, line});
    }

    // Behind the template parameters that open at `at`.
    std::size_t after_angles(std::size_t at) const
    {
        int depth = 0;
        for (; at < statement_.size(); at++) {
            depth += word(at) == "<" ? 1 : word(at) == ">" ? -1 : 0;
            if (depth == 0)
                return at + 1;
        }
        return at;
    }

    Lexer lexer_;
    std::vector<Token> statement_; // since the last brace or semicolon
    std::vector<Scope> scopes_;
    std::vector<Definition> found_;
};

} // namespace

std::vector<Definition> definitions(std::string_view source) { return Reader(source).read(); }

} // namespace davylamp::test
