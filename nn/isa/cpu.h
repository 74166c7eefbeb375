// SPDX-License-Identifier: MIT
/** What the tables of ISAs and precisions ask of a CPU. */
#ifndef NN_CPU_H
#define NN_CPU_H

enum nn_cpu_feature {
    NN_CPU_AVX2_FMA = 1 << 0, // with YMM state saved by the operating system
    NN_CPU_AVX512 = 1 << 1,   // F, BW, DQ, VL, with ZMM and mask state saved
    NN_CPU_BF16 = 1 << 2,     // AVX512-BF16, or Arm's BF16
};

/** Those of this CPU, of enum nn_cpu_feature. */
unsigned nn_cpu_features(void);

#endif
