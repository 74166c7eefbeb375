// SPDX-License-Identifier: MIT
// How rows (pixels), tiles or panels are cut into the blocks that are the tasks of a layer. For the
// layer files only.
#ifndef NN_BLOCKS_H
#define NN_BLOCKS_H

#include <stddef.h>

// Rows of A that a task takes through all panels of B: 192 KiB of them, so that they stay in an L2
// of 512 KiB or more while B streams past; not more than 96, so that there are tasks to share out.
enum { BLOCK_FLOATS = 48 * 1024, BLOCK_ROWS_MAX = 96, BLOCK_ROWS_MIN = 12 };

static inline size_t block_rows(size_t k) {
    size_t rows = BLOCK_FLOATS / k;
    return rows > BLOCK_ROWS_MAX ? BLOCK_ROWS_MAX : rows < BLOCK_ROWS_MIN ? BLOCK_ROWS_MIN : rows;
}

struct blocks {
    size_t total, count;
};

// Blocks of at most `most`, all of nearly one size, as many for each thread when the threads are
// equally fast.
static inline struct blocks divide(size_t total, size_t most, size_t threads) {
    size_t count = (total + most - 1) / most;
    size_t rounded = (count + threads - 1) / threads * threads;
    return (struct blocks){total, rounded <= total ? rounded : count};
}

static inline size_t block_start(struct blocks blocks, size_t block) {
    return blocks.total * block / blocks.count;
}

#endif
