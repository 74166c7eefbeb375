// SPDX-License-Identifier: MIT
// The loop of hmrec worker. Each thread takes the next batch of requests, decodes and embeds, and
// answers when its turn comes: answers stand in the order of the requests, and memory is bounded by
// threads * batch. Who reads holds a lock of its own, so that answers need not wait for a sender
// that pauses.

#include "hmrec/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "digest.h"
#include "hmrec/image.h"
#include "requests.h"
#include "tell.h"
#include "utf8.h"

struct shared {
    const struct hm_worker *worker;
    pthread_mutex_t reading; // protects what follows
    struct request_reader reader;
    struct request pending; // has come in part
    uint64_t batches;       // taken so far
    bool ended;
    pthread_mutex_t writing; // protects what follows
    pthread_cond_t turned;
    struct answers answers;
    bool broken;   // nothing can be written any more
    uint64_t turn; // batch whose turn it is
    struct hm_worker_result result;
    enum hm_status status; // the first failure that ends the run
    struct hm_error err;
};

struct thread {
    struct shared *shared;
    struct hm_embedder *embedder;
    pthread_t id;
    struct request *requests; // [batch], n in use
    struct answer *answers;   // [batch]
    size_t n;
    uint64_t batch; // its number
};

static void fail(struct shared *s, enum hm_status status, const struct hm_error *err) {
    pthread_mutex_lock(&s->writing);
    if (s->status == HM_OK) {
        s->status = status;
        s->err = *err;
    }
    pthread_mutex_unlock(&s->writing);
}

// ---- reading

static void swap_requests(struct request *a, struct request *b) {
    struct request c = *a;
    *a = *b;
    *b = c;
}

// The first request is waited for, the others only so long. Under the lock.
static enum hm_status read_batch(struct thread *t, struct hm_error *err) {
    struct shared *s = t->shared;
    size_t bytes = 0;
    while (t->n < s->worker->batch && bytes < HM_WORKER_BATCH_BYTES && !s->ended) {
        enum request_state state;
        int wait_ms = t->n ? (int)s->worker->linger_ms : -1;
        HM_TRY(request_next(&s->reader, &s->pending, wait_ms, &state, err));
        s->ended = state == REQUEST_END;
        if (state == REQUEST_LATE) break;
        if (state != REQUEST_READY) continue;
        bytes += s->pending.bytes.length;
        swap_requests(&t->requests[t->n++], &s->pending);
    }
    return HM_OK;
}

// false: there is nothing more to be read.
static bool take_batch(struct thread *t) {
    struct shared *s = t->shared;
    struct hm_error err;
    t->n = 0;
    pthread_mutex_lock(&s->reading);
    enum hm_status status = s->ended ? HM_OK : read_batch(t, &err);
    if (status != HM_OK) {
        s->ended = true;
        fail(s, status, &err);
    }
    t->batch = s->batches;
    s->batches += t->n > 0;
    pthread_mutex_unlock(&s->reading);
    return t->n > 0;
}

// ---- embedding

static enum hm_status read_picture(struct thread *t, const struct request *request,
                                   struct answer *answer, struct hm_error *err) {
    const void *bytes = request->bytes.data;
    size_t length = request->bytes.length;
    const char *key = request->key.data;
    if (request->key.length > HM_WORKER_KEY_MAX)
        return hm_fail(err, HM_EARG, "found a path of more than %d bytes", HM_WORKER_KEY_MAX);
    if (request->path && strlen(key) < request->key.length)
        return hm_fail(err, HM_EARG, "found a path with a NUL");
    if (request->refused)
        return hm_fail(err, HM_EFORMAT, "found %llu bytes, expected a picture of at most %d",
                       (unsigned long long)request->refused, HM_IMAGE_MAX_FILE_BYTES);
    if (request->path) HM_TRY(hm_embedder_read(t->embedder, key, &bytes, &length, err));
    HM_TRY(hm_digest(bytes ? bytes : "", length, answer->digest, err));
    return hm_embedder_add(t->embedder, bytes ? bytes : "", length, err);
}

// Names of files are bytes; answers are UTF-8.
static void clean(struct hm_error *why) {
    char text[4 * sizeof why->text + 1];
    if (hm_utf8_check(why->text, strlen(why->text)) == strlen(why->text)) return;
    hm_utf8_clean(text, why->text, strlen(why->text), HM_CLEAN_ESCAPE);
    snprintf(why->text, sizeof why->text, "%.*s", (int)sizeof why->text - 1, text);
}

static void embed_batch(struct thread *t) {
    size_t waiting = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct answer *answer = &t->answers[i];
        *answer = (struct answer){.key = &t->requests[i].key};
        if (read_picture(t, &t->requests[i], answer, &answer->why) == HM_OK)
            waiting++;
        else
            clean(&answer->why);
    }
    const float *vectors = waiting ? hm_embedder_run(t->embedder) : NULL;
    for (size_t i = 0; i < t->n; i++) {
        if (t->answers[i].why.text[0]) continue;
        t->answers[i].vector = vectors;
        vectors += HM_DIM;
    }
}

// ---- answering

// In the order of the batches.
static void answer_batch(struct thread *t) {
    struct shared *s = t->shared;
    pthread_mutex_lock(&s->writing);
    while (s->turn != t->batch)
        pthread_cond_wait(&s->turned, &s->writing);
    struct hm_error err;
    enum hm_status status = s->broken ? HM_OK : answers_put(&s->answers, t->answers, t->n, &err);
    for (size_t i = 0; status == HM_OK && !s->broken && i < t->n; i++)
        *(t->answers[i].vector ? &s->result.done : &s->result.failed) += 1;
    // What could not be written is worse than what could not be read.
    if (status != HM_OK) {
        s->status = status;
        s->err = err;
        s->broken = true;
        s->reader.stopped = true;
    }
    s->turn++;
    tell_progress(s->worker->host, "pictures", s->result.done + s->result.failed, 0);
    pthread_cond_broadcast(&s->turned);
    pthread_mutex_unlock(&s->writing);
}

static void *work(void *argument) {
    struct thread *t = argument;
    while (take_batch(t)) {
        embed_batch(t);
        answer_batch(t);
    }
    return NULL;
}

// ---- the run

static bool thread_init(struct thread *t, struct shared *s, struct hm_embedder *embedder) {
    t->shared = s;
    t->embedder = embedder;
    t->requests = calloc(s->worker->batch, sizeof *t->requests);
    t->answers = calloc(s->worker->batch, sizeof *t->answers);
    return t->requests && t->answers;
}

static void thread_free(struct thread *t, size_t batch) {
    for (size_t i = 0; t->requests && i < batch; i++)
        request_free(&t->requests[i]);
    free(t->requests);
    free(t->answers);
}

static void run_threads(struct shared *s, struct thread *threads) {
    unsigned started = 0;
    // The first one is this thread: one that has run OpenMP already keeps its team.
    for (unsigned i = 1; i < s->worker->workers; i++, started++)
        if (pthread_create(&threads[i].id, NULL, work, &threads[i]) != 0) break; // fewer do it too
    work(&threads[0]);
    for (unsigned i = 1; i <= started; i++)
        pthread_join(threads[i].id, NULL);
}

enum hm_status hm_worker_run(const struct hm_worker *worker, struct hm_worker_result *result,
                             struct hm_error *err) {
    struct shared *s = calloc(1, sizeof *s);
    struct thread *threads = calloc(worker->workers, sizeof *threads);
    *result = (struct hm_worker_result){0};
    bool ready = s && threads;
    if (s) {
        s->worker = worker;
        s->reader =
            (struct request_reader){.in = worker->in, .input = worker->input, .host = worker->host};
        pthread_mutex_init(&s->reading, NULL);
        pthread_mutex_init(&s->writing, NULL);
        pthread_cond_init(&s->turned, NULL);
    }
    for (unsigned i = 0; ready && i < worker->workers; i++)
        ready = thread_init(&threads[i], s, worker->embedders[i]);
    enum hm_status status = ready
                                ? answers_open(&s->answers, worker->output, worker->model, err)
                                : hm_fail(err, HM_ENOMEM, "no memory for %u batches of %u pictures",
                                          worker->workers, worker->batch);
    if (status == HM_OK) {
        run_threads(s, threads);
        status = s->status;
        if (status != HM_OK && err) *err = s->err;
        *result = s->result;
    }
    if (s) {
        enum hm_status closed =
            answers_close(&s->answers, status == HM_OK, status == HM_OK ? err : NULL);
        if (status == HM_OK) status = closed;
        request_free(&s->pending);
    }
    for (unsigned i = 0; threads && i < worker->workers; i++)
        thread_free(&threads[i], worker->batch);
    free(threads);
    free(s);
    return status;
}
