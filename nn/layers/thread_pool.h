// SPDX-License-Identifier: MIT
/** The threads that share a layer, and how its tasks reach them.
 *
 *  One OpenMP parallel region lasts for a whole forward pass. Inside it, thread 0 walks the layers
 *  and hands out the tasks of each phase through one atomic counter, while the others serve. A
 *  thread that waits spins for a moment and then sleeps: OpenMP's own barriers spin for
 *  milliseconds, and when another process takes one of the CPUs, that is time taken from the thread
 *  that is waited for.
 */
#ifndef NN_THREAD_POOL_H
#define NN_THREAD_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "isa/kernels.h"

/** One task of a phase; workspace is the executing thread's own. */
typedef void nn_task_fn(const void *arg, size_t task, float *workspace);

/** The phase at hand, and who waits. */
struct nn_thread_pool {
    nn_task_fn *task;
    const void *arg;
    _Atomic uint64_t ticket; // phase, tasks in it, next task to take: thread_pool.c
    _Atomic uint64_t done;   // tasks completed in it
    _Atomic bool closing;
    _Atomic unsigned sleepers;
    pthread_mutex_t lock; // for sleeping and waking only
    pthread_cond_t changed;
};

/** What a layer is computed with. */
struct nn_context {
    const struct nn_kernels *kernels;
    unsigned threads;
    float *workspace;        // f32 [threads][workspace_floats], 64-byte aligned
    size_t workspace_floats; // at least what the nn_*_workspace functions ask for
    float *shared;           // f32, written by all threads in one phase and read by all in the next
    struct nn_thread_pool *pool; // used when threads > 1
};

/** How many threads to work with: `wanted`, 0: one for each CPU this process may run on; but 1
 *  where the system does not give that many, for OpenMP's runtime would end the process then. */
unsigned nn_threads(unsigned wanted);

/** Returns 0, or an errno value. */
int nn_thread_pool_init(struct nn_thread_pool *pool);
void nn_thread_pool_destroy(struct nn_thread_pool *pool);

/** Call work(arg) with the context's threads ready for nn_parallel_for. */
void nn_parallel(const struct nn_context *context, void (*work)(void *arg), void *arg);

/** Run task(arg, 0 .. tasks - 1) on the context's threads and wait for all. From inside
 *  nn_parallel, or with a context of one thread. */
void nn_parallel_for(const struct nn_context *context, size_t tasks, nn_task_fn *task,
                     const void *arg);

#endif
