// SPDX-License-Identifier: MIT
// Tasks for threads. The state of a phase is one 64-bit number, phase | tasks | next task, so that
// taking a task is a single fetch-and-add whose answer says which phase it belongs to. A thread
// that was asleep or preempted during a whole phase is not waited for: a phase ends when its tasks
// are done, whoever did them.
//
// Invariants: 1. task and arg change only when done == tasks of the phase before. 2. They are read
// only by who holds a task that is not done. So a thread that comes late never sees them change.

#include "layers/team.h"

#include <assert.h>
#include <omp.h>
#include <stdbool.h>

enum { TASK_BITS = 20 };

static uint64_t ticket_next(uint64_t ticket) {
    return ticket & (((uint64_t)1 << TASK_BITS) - 1);
}

static uint64_t ticket_tasks(uint64_t ticket) {
    return ticket_next(ticket >> TASK_BITS);
}

int nn_crew_init(struct nn_crew *crew) {
    *crew = (struct nn_crew){0};
    int failed = pthread_mutex_init(&crew->lock, NULL);
    if (failed) return failed;
    failed = pthread_cond_init(&crew->changed, NULL);
    if (failed) pthread_mutex_destroy(&crew->lock);
    return failed;
}

void nn_crew_destroy(struct nn_crew *crew) {
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
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

static bool phase_over(struct nn_crew *crew, uint64_t tasks) {
    return atomic_load(&crew->done) == tasks;
}

static bool news(struct nn_crew *crew, uint64_t seen) {
    return atomic_load(&crew->ticket) >> TASK_BITS != seen >> TASK_BITS ||
           atomic_load(&crew->closing);
}

// Until condition(crew, value). Whoever makes it true calls wake afterwards.
static void wait_until(struct nn_crew *crew, bool (*condition)(struct nn_crew *, uint64_t),
                       uint64_t value) {
    for (int i = 0; i < SPINS; i++) {
        if (condition(crew, value)) return;
        pause_briefly();
    }
    pthread_mutex_lock(&crew->lock);
    atomic_fetch_add(&crew->sleepers, 1); // before the condition is read again: see wake
    while (!condition(crew, value))
        pthread_cond_wait(&crew->changed, &crew->lock);
    atomic_fetch_sub(&crew->sleepers, 1);
    pthread_mutex_unlock(&crew->lock);
}

// Sequential consistency makes one of two things sure: a sleeper is seen here, or it has seen the
// change that was made before.
static void wake(struct nn_crew *crew) {
    if (atomic_load(&crew->sleepers) == 0) return;
    pthread_mutex_lock(&crew->lock);
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

// Take and do tasks until the phase at hand has none left; the last ticket seen.
static uint64_t do_tasks(struct nn_crew *crew, float *scratch) {
    for (;;) {
        uint64_t ticket = atomic_load(&crew->ticket);
        if (ticket_next(ticket) >= ticket_tasks(ticket)) return ticket;
        ticket = atomic_fetch_add(&crew->ticket, 1);
        if (ticket_next(ticket) >= ticket_tasks(ticket)) return ticket;
        crew->task(crew->arg, ticket_next(ticket), scratch);
        if (atomic_fetch_add(&crew->done, 1) + 1 == ticket_tasks(ticket)) wake(crew);
    }
}

static void serve(struct nn_crew *crew, float *scratch) {
    while (!atomic_load(&crew->closing))
        wait_until(crew, news, do_tasks(crew, scratch));
}

void nn_team_work(const struct nn_team *team, void (*work)(void *arg), void *arg) {
    if (team->threads == 1) {
        work(arg);
        return;
    }
    atomic_store(&team->crew->closing, false);
#pragma omp parallel num_threads((int)team->threads)
    {
        size_t thread = (size_t)omp_get_thread_num();
        if (thread == 0) {
            work(arg);
            atomic_store(&team->crew->closing, true);
            wake(team->crew);
        } else {
            serve(team->crew, team->scratch + thread * team->scratch_floats);
        }
    }
}

void nn_run(const struct nn_team *team, size_t tasks, nn_task_fn *task, const void *arg) {
    struct nn_crew *crew = team->crew;
    if (team->threads == 1 || tasks < 2) {
        for (size_t t = 0; t < tasks; t++)
            task(arg, t, team->scratch);
        return;
    }
    // Late threads may each add 1 once all tasks are taken; that must not carry into the field
    // above.
    assert(tasks < ((size_t)1 << TASK_BITS) - team->threads);
    crew->task = task;
    crew->arg = arg;
    atomic_store(&crew->done, 0);
    uint64_t phase = (atomic_load(&crew->ticket) >> 2 * TASK_BITS) + 1;
    atomic_store(&crew->ticket, (phase << TASK_BITS | tasks) << TASK_BITS);
    wake(crew);
    do_tasks(crew, team->scratch);
    wait_until(crew, phase_over, tasks);
}
