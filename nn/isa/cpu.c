// SPDX-License-Identifier: MIT
// THE table of instruction sets. Built without any ISA flag, so that nothing in here needs what it
// is about to check.

#include "isa/cpu.h"

#include <string.h>

#include "isa/isa.h"

#if defined __x86_64__
#include <cpuid.h>
#elif defined __aarch64__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

extern const struct nn_kernels nn_kernels_baseline;
#if defined __x86_64__
extern const struct nn_kernels nn_kernels_avx2, nn_kernels_avx512;
#elif defined __aarch64__
extern const struct nn_kernels nn_kernels_neon;
#endif

// Best last. A new ISA is a row here and a line in CMakeLists.txt.
static const struct isa {
    const char *name;
    unsigned needs; // of enum nn_cpu_feature, all of them
    const struct nn_kernels *kernels;
} isas[] = {
    {"baseline", 0, &nn_kernels_baseline},
#if defined __x86_64__
    {"avx2", NN_CPU_AVX2_FMA, &nn_kernels_avx2},
    {"avx512", NN_CPU_AVX512, &nn_kernels_avx512},
#elif defined __aarch64__
    {"neon", 0, &nn_kernels_neon}, // part of every AArch64 CPU
#endif
};

enum { ISA_COUNT = sizeof isas / sizeof *isas };

#if defined __x86_64__

unsigned nn_cpu_features(void) {
    unsigned a, b, c, d, found = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    bool fma = c & bit_FMA, osxsave = c & bit_OSXSAVE;
    if (!osxsave || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    // A CPU's bits only count when the operating system saves the registers behind them.
    unsigned state, high;
    __asm__ volatile("xgetbv" : "=a"(state), "=d"(high) : "c"(0));
    const unsigned ymm_state = 0x06;        // XMM, upper halves of YMM
    const unsigned zmm_state = 0xe0 | 0x06; // mask registers, upper halves of ZMM0-15, ZMM16-31
    if ((state & ymm_state) == ymm_state && fma && (b & bit_AVX2)) found |= NN_CPU_AVX2_FMA;
    const unsigned avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    if ((state & zmm_state) == zmm_state && fma && (b & avx512) == avx512) found |= NN_CPU_AVX512;
    const unsigned avx512_bf16 = 1 << 5; // leaf 7, subleaf 1, EAX
    if ((found & NN_CPU_AVX512) && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & avx512_bf16))
        found |= NN_CPU_BF16;
    return found;
}

#elif defined __aarch64__

unsigned nn_cpu_features(void) {
    return getauxval(AT_HWCAP2) & HWCAP2_BF16 ? NN_CPU_BF16 : 0;
}

#else

unsigned nn_cpu_features(void) {
    return 0;
}

#endif

static bool usable(const struct isa *isa) {
    return (isa->needs & ~nn_cpu_features()) == 0;
}

const struct hm_isa *hm_isas(size_t *count) {
    static struct hm_isa infos[ISA_COUNT]; // the same values however often it is filled in
    for (size_t i = 0; i < ISA_COUNT; i++)
        infos[i] = (struct hm_isa){isas[i].name, usable(&isas[i])};
    *count = ISA_COUNT;
    return infos;
}

static const struct isa *find_isa(const char *name) {
    for (size_t i = 0; i < ISA_COUNT; i++)
        if (strcmp(isas[i].name, name) == 0) return &isas[i];
    return NULL;
}

enum hm_status hm_isa_choose(const char *name, const char **chosen, struct hm_error *err) {
    char have[64] = "";
    const struct isa *best = NULL;
    for (size_t i = 0; i < ISA_COUNT; i++) {
        if (!usable(&isas[i])) continue;
        best = &isas[i];
        size_t used = strlen(have);
        const char *parts[] = {*have ? ", " : "", isas[i].name};
        for (size_t part = 0; part < 2; part++)
            for (const char *s = parts[part]; *s && used + 1 < sizeof have; s++)
                have[used++] = *s;
        have[used] = '\0';
    }
    if (name && *name) {
        const struct isa *wanted = find_isa(name);
        if (!wanted || !usable(wanted))
            return hm_fail(err, HM_EUNSUPPORTED, "ISA \"%s\": %s; this CPU and build have %s", name,
                           wanted ? "not supported by this CPU" : "not known", have);
        best = wanted;
    }
    *chosen = best->name;
    return HM_OK;
}

const struct nn_kernels *nn_isa_kernels(const char *name) {
    const struct isa *isa = find_isa(name);
    return isa ? isa->kernels : NULL;
}
