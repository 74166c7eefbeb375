// SPDX-License-Identifier: MIT
// Tasks for threads. The state of a phase is one 64-bit number, phase | tasks | next task, so that
// taking a task is a single fetch-and-add whose answer says which phase it belongs to. A thread
// that was asleep or preempted during a whole phase is not waited for: a phase ends when its tasks
// are done, whoever did them.
//
// Invariants: 1. task and arg change only when done == tasks of the phase before. 2. They are read
// only by who holds a task that is not done. So a thread that comes late never sees them change.

#include "layers/thread_pool.h"

#include <assert.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>

enum { TASK_BITS = 20 };

static uint64_t ticket_next(uint64_t ticket) {
    return ticket & (((uint64_t)1 << TASK_BITS) - 1);
}

static uint64_t ticket_tasks(uint64_t ticket) {
    return ticket_next(ticket >> TASK_BITS);
}

// ---- how many there are

struct muster {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool over;
};

static void *attend(void *arg) {
    struct muster *m = arg;
    pthread_mutex_lock(&m->lock);
    while (!m->over)
        pthread_cond_wait(&m->changed, &m->lock);
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

// All there at the same time: this thread and `others`.
static bool can_have(unsigned others) {
    struct muster m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    pthread_t *threads = malloc(others * sizeof *threads);
    unsigned n = 0;
    while (threads && n < others && pthread_create(&threads[n], NULL, attend, &m) == 0)
        n++;
    pthread_mutex_lock(&m.lock);
    m.over = true;
    pthread_cond_broadcast(&m.changed);
    pthread_mutex_unlock(&m.lock);
    for (unsigned i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return n == others;
}

unsigned nn_threads(unsigned wanted) {
    if (wanted == 0) wanted = (unsigned)omp_get_num_procs();
    return wanted == 1 || can_have(wanted - 1) ? wanted : 1;
}

// ---- a phase

int nn_thread_pool_init(struct nn_thread_pool *pool) {
    *pool = (struct nn_thread_pool){0};
    int failed = pthread_mutex_init(&pool->lock, NULL);
    if (failed) return failed;
    failed = pthread_cond_init(&pool->changed, NULL);
    if (failed) pthread_mutex_destroy(&pool->lock);
    return failed;
}

void nn_thread_pool_destroy(struct nn_thread_pool *pool) {
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
}

static void pause_briefly(void) {
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("isb"); // "yield" does nothing on most cores
#endif
}

// A wait of about 0.1 ms is cheaper to spin through than to be woken from.
enum { SPINS = 4000 };

static bool phase_over(struct nn_thread_pool *pool, uint64_t tasks) {
    return atomic_load(&pool->done) == tasks;
}

static bool news(struct nn_thread_pool *pool, uint64_t seen) {
    return atomic_load(&pool->ticket) >> TASK_BITS != seen >> TASK_BITS ||
           atomic_load(&pool->closing);
}

// Until condition(pool, value). Whoever makes it true calls wake afterwards.
static void wait_until(struct nn_thread_pool *pool,
                       bool (*condition)(struct nn_thread_pool *, uint64_t), uint64_t value) {
    for (int i = 0; i < SPINS; i++) {
        if (condition(pool, value)) return;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1); // before the condition is read again: see wake
    while (!condition(pool, value))
        pthread_cond_wait(&pool->changed, &pool->lock);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->lock);
}

// Sequential consistency makes one of two things sure: a sleeper is seen here, or it has seen the
// change that was made before.
static void wake(struct nn_thread_pool *pool) {
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

// Take and do tasks until the phase at hand has none left; the last ticket seen.
static uint64_t do_tasks(struct nn_thread_pool *pool, float *workspace) {
    for (;;) {
        uint64_t ticket = atomic_load(&pool->ticket);
        if (ticket_next(ticket) >= ticket_tasks(ticket)) return ticket;
        ticket = atomic_fetch_add(&pool->ticket, 1);
        if (ticket_next(ticket) >= ticket_tasks(ticket)) return ticket;
        pool->task(pool->arg, ticket_next(ticket), workspace);
        if (atomic_fetch_add(&pool->done, 1) + 1 == ticket_tasks(ticket)) wake(pool);
    }
}

static void serve(struct nn_thread_pool *pool, float *workspace) {
    while (!atomic_load(&pool->closing))
        wait_until(pool, news, do_tasks(pool, workspace));
}

void nn_parallel(const struct nn_context *context, void (*work)(void *arg), void *arg) {
    if (context->threads == 1) {
        work(arg);
        return;
    }
    atomic_store(&context->pool->closing, false);
#pragma omp parallel num_threads((int)context->threads)
    {
        size_t thread = (size_t)omp_get_thread_num();
        if (thread == 0) {
            work(arg);
            atomic_store(&context->pool->closing, true);
            wake(context->pool);
        } else {
            serve(context->pool, context->workspace + thread * context->workspace_floats);
        }
    }
}

void nn_parallel_for(const struct nn_context *context, size_t tasks, nn_task_fn *task,
                     const void *arg) {
    struct nn_thread_pool *pool = context->pool;
    if (context->threads == 1 || tasks < 2) {
        for (size_t t = 0; t < tasks; t++)
            task(arg, t, context->workspace);
        return;
    }
    // Late threads may each add 1 once all tasks are taken; that must not carry into the field
    // above.
    assert(tasks < ((size_t)1 << TASK_BITS) - context->threads);
    pool->task = task;
    pool->arg = arg;
    atomic_store(&pool->done, 0);
    uint64_t phase = (atomic_load(&pool->ticket) >> 2 * TASK_BITS) + 1;
    atomic_store(&pool->ticket, (phase << TASK_BITS | tasks) << TASK_BITS);
    wake(pool);
    do_tasks(pool, context->workspace);
    wait_until(pool, phase_over, tasks);
}
