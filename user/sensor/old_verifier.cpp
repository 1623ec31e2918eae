// SPDX-License-Identifier: Apache-2.0
#include "sensor/old_verifier.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <array>
#include <string_view>

#include "base/unique_fd.h"
#include "sensor/handles.h"

namespace davylamp {

namespace {

const btf_type* resolved(const btf* types, std::uint32_t id)
{
    const btf_type* type = btf__type_by_id(types, id);

    while (type && (btf_is_mod(type) || btf_is_typedef(type)))
        type = btf__type_by_id(types, type->type);
    return type;
}

// The context of cgroup_skb is the one that our functions take, and 5.10 passes it.
bool is_context(const btf* types, const btf_type* pointer)
{
    const btf_type* target = resolved(types, pointer->type);

    return target && btf_is_struct(target) &&
           std::string_view(btf__name_by_offset(types, target->name_off)) == "__sk_buff";
}

bool takes_pointer(const btf* types, const btf_type* function)
{
    const btf_type* signature = btf__type_by_id(types, function->type);

    for (int i = 0; i < btf_vlen(signature); i++) {
        const btf_type* argument = resolved(types, btf_params(signature)[i].type);

        if (argument && btf_is_ptr(argument) && !is_context(types, argument))
            return true;
    }
    return false;
}

} // namespace

bool global_functions_take_pointers()
{
    Btf types(btf__new_empty());
    if (!types)
        return true;
    int number = btf__add_int(types.get(), "int", 4, BTF_INT_SIGNED);
    int pointer = btf__add_ptr(types.get(), number);
    int entry_type = btf__add_func_proto(types.get(), number);
    int entry = btf__add_func(types.get(), "entry", BTF_FUNC_GLOBAL, entry_type);
    int called_type = btf__add_func_proto(types.get(), number);
    btf__add_func_param(types.get(), "argument", pointer);
    int called = btf__add_func(types.get(), "called", BTF_FUNC_GLOBAL, called_type);
    if (called < 0 || btf__load_into_kernel(types.get()))
        return true; // the load of the object will say what is wrong
    // called(&zero on the stack); return 0, both of them
    const std::array<bpf_insn, 8> code = {{
        {BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0},
        {BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0},
        {BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -8},
        {BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 2},
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    }};
    const std::array<bpf_func_info, 2> functions = {{
        {0, static_cast<__u32>(entry)},
        {6, static_cast<__u32>(called)},
    }};
    LIBBPF_OPTS(bpf_prog_load_opts, options);
    options.prog_btf_fd = static_cast<__u32>(btf__fd(types.get()));
    options.func_info = functions.data();
    options.func_info_cnt = functions.size();
    options.func_info_rec_size = sizeof(bpf_func_info);
    UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "davy_pointers", "GPL", code.data(),
                                   code.size(), &options));
    return program.get() >= 0;
}

void verify_with_each_call(davy_bpf& skeleton)
{
    btf* types = bpf_object__btf(skeleton.obj);

    for (std::uint32_t id = 1; id < btf__type_cnt(types); id++) {
        // libbpf has no call to change a linkage; the types are the object's own until its load.
        auto* type = const_cast<btf_type*>(btf__type_by_id(types, id));

        if (!btf_is_func(type) || btf_vlen(type) != BTF_FUNC_GLOBAL ||
            !takes_pointer(types, type) ||
            bpf_object__find_program_by_name(skeleton.obj,
                                             btf__name_by_offset(types, type->name_off)))
            continue;
        type->info = BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC;
    }
    const_cast<volatile __u32&>(skeleton.rodata->numbers_only) = 1;
}

void suit_verifier(davy_bpf& skeleton)
{
    static const bool whole = global_functions_take_pointers();
    if (!whole)
        verify_with_each_call(skeleton);
}

} // namespace davylamp
