// SPDX-License-Identifier: Apache-2.0
// Sources: ELF-64 (elf.h), and how clang names calls and maps in relocations
// (Documentation/bpf/llvm_reloc.rst).
#include "call_graph.h"

#include <elf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace davylamp::test {
namespace {

constexpr unsigned kToData = 1;  // R_BPF_64_64: the two halves of a 64-bit load
constexpr unsigned kToCode = 10; // R_BPF_64_32: a call

struct Function {
    std::string name;
    std::size_t section;
    std::size_t begin, end; // bytes in the section
    std::set<std::string> maps;
    std::set<std::size_t> calls; // indices of functions
    std::uint32_t frame = 0;     // bytes of stack
};

class Object {
public:
    explicit Object(const std::string& path)
    {
        std::ifstream file(path, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(file), {});
        if (bytes_.size() < sizeof(Elf64_Ehdr) || std::memcmp(bytes_.data(), ELFMAG, SELFMAG))
            throw std::runtime_error(path + ": no ELF file");
        const auto header = at<Elf64_Ehdr>(0);
        for (std::size_t i = 0; i < header.e_shnum; i++)
            sections_.push_back(at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr)));
        names_ = sections_.at(header.e_shstrndx).sh_offset;
        read_symbols();
        read_relocations();
        read_calls_within();
        for (auto& f : functions_)
            read_frame(f);
    }

    const std::vector<Function>& functions() const { return functions_; }
    std::string section(std::size_t index) const
    {
        return text(names_ + sections_.at(index).sh_name);
    }

private:
    template <class T> T at(std::size_t offset) const
    {
        T value;

        if (offset + sizeof value > bytes_.size())
            throw std::runtime_error("the file is cut off");
        std::memcpy(&value, bytes_.data() + offset, sizeof value);
        return value;
    }

    std::string text(std::size_t offset) const { return bytes_.data() + offset; }

    bool is_code(std::size_t section) const
    {
        return section < sections_.size() && (sections_[section].sh_flags & SHF_EXECINSTR);
    }

    void read_symbols()
    {
        for (const auto& section : sections_) {
            if (section.sh_type != SHT_SYMTAB)
                continue;
            const auto strings = sections_.at(section.sh_link).sh_offset;
            for (std::size_t i = 0; i < section.sh_size / sizeof(Elf64_Sym); i++) {
                auto symbol = at<Elf64_Sym>(section.sh_offset + i * sizeof(Elf64_Sym));
                symbols_.push_back(symbol);
                symbol_names_.push_back(text(strings + symbol.st_name));
                if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC)
                    functions_.push_back({symbol_names_.back(),
                                          symbol.st_shndx,
                                          symbol.st_value,
                                          symbol.st_value + symbol.st_size,
                                          {},
                                          {},
                                          0});
            }
        }
    }

    std::size_t function_at(std::size_t section, std::size_t offset) const
    {
        for (std::size_t i = 0; i < functions_.size(); i++) {
            const auto& f = functions_[i];
            if (f.section == section && offset >= f.begin && offset < f.end)
                return i;
        }
        throw std::runtime_error("no function at " + std::to_string(offset) + " of " +
                                 this->section(section));
    }

    bpf_insn instruction(std::size_t section, std::size_t offset) const
    {
        return at<bpf_insn>(sections_.at(section).sh_offset + offset);
    }

    void read_relocations()
    {
        for (const auto& section : sections_) {
            if (section.sh_type != SHT_REL || !is_code(section.sh_info))
                continue;
            for (std::size_t i = 0; i < section.sh_size / sizeof(Elf64_Rel); i++)
                follow(section.sh_info, at<Elf64_Rel>(section.sh_offset + i * sizeof(Elf64_Rel)));
        }
    }

    void follow(std::size_t section, const Elf64_Rel& relocation)
    {
        auto& from = functions_.at(function_at(section, relocation.r_offset));
        const auto& symbol = symbols_.at(ELF64_R_SYM(relocation.r_info));
        const auto& name = symbol_names_.at(ELF64_R_SYM(relocation.r_info));
        const auto type = ELF64_R_TYPE(relocation.r_info);
        const auto code = instruction(section, relocation.r_offset);

        relocated_.insert({section, relocation.r_offset});
        if (symbol.st_shndx == SHN_UNDEF)
            return; // a function of the kernel, or its configuration
        if (type == kToCode) {
            // A static function's symbol is its section, and the instruction says where in it.
            const bool whole = ELF64_ST_TYPE(symbol.st_info) == STT_SECTION;
            const auto within = whole ? (static_cast<std::int64_t>(code.imm) + 1) * 8 : 0;
            from.calls.insert(function_at(symbol.st_shndx, symbol.st_value + within));
        } else if (type == kToData && is_code(symbol.st_shndx)) {
            // A function as an argument (bpf_loop()).
            from.calls.insert(function_at(symbol.st_shndx, symbol.st_value + code.imm));
        } else if (type == kToData) {
            if (this->section(symbol.st_shndx) == ".maps")
                from.maps.insert(name);
        } else {
            throw std::runtime_error("relocation of type " + std::to_string(type));
        }
    }

    // Calls that clang resolved itself, within a section.
    void read_calls_within()
    {
        for (auto& f : functions_) {
            for (auto offset = f.begin; offset < f.end; offset += sizeof(bpf_insn)) {
                const auto code = instruction(f.section, offset);
                if (code.code == (BPF_JMP | BPF_CALL) && code.src_reg == BPF_PSEUDO_CALL &&
                    !relocated_.contains({f.section, offset}))
                    f.calls.insert(
                        function_at(f.section, offset + (std::int64_t{code.imm} + 1) * 8));
            }
        }
    }

    // The lowest place below r10 that is read or written, or whose address is taken.
    void read_frame(Function& f) const
    {
        std::set<unsigned> copies; // registers that are r10 now
        const auto reaches = [&](std::int64_t offset) {
            if (offset < 0 && static_cast<std::uint32_t>(-offset) > f.frame)
                f.frame = static_cast<std::uint32_t>(-offset);
        };
        for (auto at = f.begin; at < f.end; at += sizeof(bpf_insn)) {
            const auto code = instruction(f.section, at);
            const unsigned kind = BPF_CLASS(code.code);
            if (kind == BPF_ST || kind == BPF_STX) {
                if (code.dst_reg == BPF_REG_10)
                    reaches(code.off);
                continue;
            }
            if (kind == BPF_LDX && code.src_reg == BPF_REG_10)
                reaches(code.off);
            if (code.code == (BPF_ALU64 | BPF_ADD | BPF_K) && copies.contains(code.dst_reg))
                reaches(code.imm);
            if (code.code == (BPF_LD | BPF_DW | BPF_IMM))
                at += sizeof(bpf_insn);
            if (kind == BPF_JMP || kind == BPF_JMP32)
                continue;
            if (code.code == (BPF_ALU64 | BPF_MOV | BPF_X) && code.src_reg == BPF_REG_10)
                copies.insert(code.dst_reg);
            else
                copies.erase(code.dst_reg);
        }
    }

    std::string bytes_;
    std::size_t names_ = 0;
    std::vector<Elf64_Shdr> sections_;
    std::vector<Elf64_Sym> symbols_;
    std::vector<std::string> symbol_names_;
    std::vector<Function> functions_;
    std::set<std::pair<std::size_t, std::size_t>> relocated_;
};

// The deepest chain of calls from function `at`, with its stack.
void deepen(const std::vector<Function>& functions, std::size_t at, Program& program)
{
    std::vector<std::size_t> chain;
    const std::function<void(std::size_t, std::uint32_t)> walk = [&](std::size_t here,
                                                                     std::uint32_t above) {
        const std::uint32_t stack = above + (std::max(functions[here].frame, 1u) + 31) / 32 * 32;
        chain.push_back(here);
        if (stack > program.stack) {
            program.stack = stack;
            program.deepest.clear();
            for (const auto i : chain)
                program.deepest.push_back(functions[i].name + " " +
                                          std::to_string(functions[i].frame));
        }
        for (const auto next : functions[here].calls)
            walk(next, stack);
        chain.pop_back();
    };
    walk(at, 0);
}

} // namespace

std::map<std::string, Program> programs_of(const std::string& path)
{
    const Object object(path);
    const auto& functions = object.functions();
    std::map<std::string, Program> programs;

    for (std::size_t i = 0; i < functions.size(); i++) {
        const auto section = object.section(functions[i].section);
        if (section == ".text")
            continue;
        auto& program = programs[functions[i].name];
        program.section = section;
        std::set<std::size_t> seen;
        const std::function<void(std::size_t)> walk = [&](std::size_t at) {
            if (!seen.insert(at).second)
                return;
            program.maps.insert(functions[at].maps.begin(), functions[at].maps.end());
            for (const auto next : functions[at].calls)
                walk(next);
        };
        walk(i);
        deepen(functions, i, program);
    }
    return programs;
}

} // namespace davylamp::test
