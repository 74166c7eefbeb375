// SPDX-License-Identifier: MIT
// The main loop of `hmrec embed`. Each worker takes the next batch of jobs, reads, checks and
// decodes the pictures, runs the network on those that are new, and hands its results on when its
// turn comes: while one worker decodes or writes, the others compute, memory is bounded by workers
// * batch, and the sink sees the jobs in order whatever the number of workers.

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "hmrec/embedder.h"
#include "hmrec/pipeline.h"
#include "tell.h"

struct shared {
    const struct hm_embed_run *run;
    pthread_mutex_t lock; // protects what follows
    pthread_cond_t turned;
    size_t next_job; // to be taken
    size_t batches;  // taken so far
    size_t turn;     // batch whose turn it is at the sink
    struct hm_embed_result result;
    enum hm_status status; // the first failure that ends the run
    struct hm_error err;
};

struct failure {
    const struct hm_job *job;
    struct hm_error why;
};

struct worker {
    struct shared *shared;
    struct hm_embedder *embedder;
    pthread_t thread;
    struct hm_store_embedding *rows; // [batch]
    char (*digests)[HM_DIGEST_HEX + 1];
    size_t *fresh;            // [batch] rows that wait to be embedded
    size_t n_rows, n_new;     // rows to put, those of them that are embedded
    struct failure *failures; // [batch]
    size_t failed;
};

// The picture's row: touched only, or with its pixels behind those of the batch so far.
static enum hm_status read_job(struct worker *w, const struct hm_job *job, struct hm_error *err) {
    const struct hm_store_source *known = hm_known_find(w->shared->run->known, job->code);
    char *digest = w->digests[w->n_rows];
    const void *bytes;
    size_t length;
    HM_TRY(hm_embedder_read(w->embedder, job->path, &bytes, &length, err));
    HM_TRY(hm_digest(bytes, length, digest, err));
    if (!known || strcmp(known->image_digest, digest) != 0) {
        HM_TRY(hm_embedder_add(w->embedder, bytes, length, err));
        w->fresh[w->n_new++] = w->n_rows;
    }
    w->rows[w->n_rows++] =
        (struct hm_store_embedding){.source = {job->code, digest, length, job->mtime_ns}};
    return HM_OK;
}

static void do_batch(struct worker *w, size_t first, size_t end) {
    w->n_rows = w->n_new = w->failed = 0;
    for (size_t i = first; i < end; i++) {
        const struct hm_job *job = &w->shared->run->jobs->rows[i];
        struct failure *failure = &w->failures[w->failed];
        if (read_job(w, job, &failure->why) == HM_OK) continue;
        failure->job = job;
        hm_error_prefix(&failure->why, "image %s", job->path);
        pthread_mutex_lock(&w->shared->lock);
        tell_failed(w->shared->run->host, &failure->why);
        pthread_mutex_unlock(&w->shared->lock);
        w->failed++;
    }
    const float *vectors = w->n_new ? hm_embedder_run(w->embedder) : NULL;
    for (size_t i = 0; i < w->n_new; i++)
        w->rows[w->fresh[i]].vector = vectors + i * HM_DIM;
}

// Under the lock, in the order of the batches.
static void put_batch(struct worker *w, size_t end) {
    struct shared *s = w->shared;
    const struct hm_embed_run *run = s->run;
    if (s->status == HM_OK && w->n_rows)
        s->status = run->sink->put(run->sink, w->rows, w->n_rows, &s->err);
    for (size_t i = 0; run->sink->fail && s->status == HM_OK && i < w->failed; i++)
        s->status =
            run->sink->fail(run->sink, w->failures[i].job->code, &w->failures[i].why, &s->err);
    if (s->status == HM_OK) {
        s->result.done += w->n_new;
        s->result.same += w->n_rows - w->n_new;
    }
    s->result.failed += w->failed;
    tell_progress(run->host, "pictures", end, run->jobs->n);
}

// Under the lock: how many jobs to take. The last ones are shared out, so that no worker waits for
// a whole batch of another.
static size_t batch_size(const struct shared *s) {
    size_t left = s->run->jobs->n - s->next_job;
    size_t share = (left + s->run->workers - 1) / s->run->workers;
    return share < s->run->batch ? share : s->run->batch;
}

static void *work(void *argument) {
    struct worker *w = argument;
    struct shared *s = w->shared;
    pthread_mutex_lock(&s->lock);
    while (s->status == HM_OK && !host_cancelled(s->run->host) && s->next_job < s->run->jobs->n) {
        size_t mine = s->batches++, first = s->next_job, end = first + batch_size(s);
        s->next_job = end;
        pthread_mutex_unlock(&s->lock);
        do_batch(w, first, end);
        pthread_mutex_lock(&s->lock);
        while (s->turn != mine)
            pthread_cond_wait(&s->turned, &s->lock);
        put_batch(w, end);
        s->turn++;
        pthread_cond_broadcast(&s->turned);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static bool worker_init(struct worker *w, struct shared *s, struct hm_embedder *embedder) {
    size_t batch = s->run->batch;
    w->shared = s;
    w->embedder = embedder;
    w->rows = calloc(batch, sizeof *w->rows);
    w->digests = calloc(batch, sizeof *w->digests);
    w->fresh = calloc(batch, sizeof *w->fresh);
    w->failures = calloc(batch, sizeof *w->failures);
    return w->rows && w->digests && w->fresh && w->failures;
}

static void worker_free(struct worker *w) {
    free(w->rows);
    free(w->digests);
    free(w->fresh);
    free(w->failures);
}

enum hm_status hm_embed_jobs(const struct hm_embed_run *run, struct hm_embed_result *result,
                             struct hm_error *err) {
    struct shared s = {
        .run = run, .lock = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER};
    struct worker *workers = calloc(run->workers, sizeof *workers);
    unsigned started = 0;
    bool ready = workers != NULL;
    for (unsigned i = 0; ready && i < run->workers; i++)
        ready = worker_init(&workers[i], &s, run->embedders[i]);
    if (!ready)
        s.status = hm_fail(&s.err, HM_ENOMEM, "no memory for %u batches of %u pictures",
                           run->workers, run->batch);
    // The first worker is this thread: one that has run OpenMP already keeps its team.
    for (unsigned i = 1; s.status == HM_OK && i < run->workers; i++, started++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            break; // fewer workers do it too
    if (s.status == HM_OK) work(&workers[0]);
    for (unsigned i = 1; i <= started; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; workers && i < run->workers; i++)
        worker_free(&workers[i]);
    free(workers);
    *result = s.result;
    if (s.status != HM_OK && err) *err = s.err;
    if (s.status != HM_OK) return s.status;
    return stop_if_cancelled(run->host, "interrupted; what was done is kept", err);
}
