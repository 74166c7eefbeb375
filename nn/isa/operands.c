// SPDX-License-Identifier: MIT
// THE table of precisions: their names, and which product multiplies their operands. Built without
// any ISA flag.

#include "isa/cpu.h"

#include <stdio.h>
#include <string.h>

#include "isa/isa.h"

#if defined __x86_64__
extern const struct nn_product nn_bf16_avx512;
#elif defined __aarch64__
extern const struct nn_product nn_bf16_arm;
#endif

// A product of its own beside an ISA's kernels.
struct isa_product {
    const char *isa; // NULL: end of the list
    unsigned needs;  // of enum nn_cpu_feature, all of them
    const struct nn_product *product;
};

struct nn_operand {
    const char *needs;                  // what a CPU must have, in words
    const struct isa_product *products; // NULL: nn_kernels.f32 of every ISA
};

static const struct nn_operand f32 = {0};

static const struct nn_operand bf16 = {
    "a dot product of bf16 (AVX512-BF16, Arm BF16)",
    (const struct isa_product[]){
#if defined __x86_64__
        {"avx512", NN_CPU_BF16, &nn_bf16_avx512},
#elif defined __aarch64__
        {"neon", NN_CPU_BF16, &nn_bf16_arm},
#endif
        {0},
    },
};

// The default first.
static const struct hm_precision precisions[] = {
    // name   alias   suffix   summary
    {"f32", "fp32", "", "exact", &f32},
    {"bf16", NULL, ":bf16", "half the memory for weights, where the CPU can", &bf16},
};

enum { PRECISIONS = sizeof precisions / sizeof *precisions };

const struct hm_precision *hm_precisions(size_t *count) {
    *count = PRECISIONS;
    return precisions;
}

static bool goes_by(const struct hm_precision *precision, const char *name) {
    return strcmp(name, precision->name) == 0 ||
           (precision->alias && strcmp(name, precision->alias) == 0);
}

enum hm_status hm_precision_find(const struct hm_precision **out, const char *name,
                                 struct hm_error *err) {
    char names[128] = "";
    for (size_t i = 0; i < PRECISIONS; i++) {
        if (!name || !*name || goes_by(&precisions[i], name)) {
            *out = &precisions[i];
            return HM_OK;
        }
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s",
                 i == 0                ? ""
                 : i + 1 == PRECISIONS ? " or "
                                       : ", ",
                 precisions[i].name);
    }
    return hm_fail(err, HM_EARG, "precision \"%s\": expected %s", name, names);
}

// ---- names of models

enum hm_status hm_model_name(const char *digest, const struct hm_precision *precision, char *name,
                             size_t size, struct hm_error *err) {
    const char *suffix = precision ? precision->suffix : precisions[0].suffix;
    int length = snprintf(name, size, "%s%s", digest, suffix);
    if (length >= 0 && (size_t)length < size) return HM_OK;
    return hm_fail(err, HM_EARG, "the model's name %.80s%s: found more than %zu bytes", digest,
                   suffix, size - 1);
}

enum hm_status hm_model_name_precision(const struct hm_precision **out, const char *name,
                                       struct hm_error *err) {
    const char *suffix = name + strcspn(name, ":");
    for (size_t i = 0; i < PRECISIONS; i++)
        if (strcmp(suffix, precisions[i].suffix) == 0) {
            *out = &precisions[i];
            return HM_OK;
        }
    return hm_fail(err, HM_EUNSUPPORTED,
                   "model %.12s%.20s: a precision that this hmrec does not know", name, suffix);
}

// ---- products

enum hm_status nn_isa_product(const struct nn_product **out, const char *isa,
                              const struct hm_precision *precision, struct hm_error *err) {
    const struct nn_operand *operand = precision->operand;
    if (!operand->products) {
        *out = &nn_isa_kernels(isa)->f32;
        return HM_OK;
    }
    for (const struct isa_product *p = operand->products; p->isa; p++)
        if (strcmp(p->isa, isa) == 0 && (p->needs & ~nn_cpu_features()) == 0) {
            *out = p->product;
            return HM_OK;
        }
    return hm_fail(err, HM_EUNSUPPORTED,
                   "precision %s needs %s, which ISA \"%s\" on this CPU lacks", precision->name,
                   operand->needs, isa);
}
