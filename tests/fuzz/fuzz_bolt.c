// SPDX-License-Identifier: MIT
// Fuzz target: everything a Bolt server may send. The input is all its bytes, for one connection
// after the other; the first byte
// says how the client is set up and in how large pieces it reads. Rows are walked through, shown
// and sent back.

#include "hmrec/bolt.h"
#include "cluster/driver.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const uint8_t *input;
static size_t input_left, piece;

static enum hm_status feed(void *self, void *to, size_t capacity, uint64_t deadline_ns, size_t *got,
                           struct hm_error *err) {
    (void)self, (void)deadline_ns, (void)err;
    *got = input_left < capacity ? input_left : capacity;
    if (*got > piece) *got = piece;
    if (*got) memcpy(to, input, *got);
    input += *got;
    input_left -= *got;
    return HM_OK;
}

static enum hm_status swallow(void *self, const void *from, size_t length, uint64_t deadline_ns,
                              size_t *sent, struct hm_error *err) {
    (void)self, (void)from, (void)deadline_ns, (void)err;
    *sent = length;
    return HM_OK;
}

static bool never(void *self) {
    (void)self;
    return false;
}

static void forget(void *self) {
    (void)self;
}

static const struct bolt_stream_ops ops = {feed, swallow, never, forget};

static enum hm_status connect_to_input(void *context, const char *host, unsigned port,
                                       uint64_t deadline_ns, struct bolt_stream *out,
                                       struct hm_error *err) {
    (void)context, (void)host, (void)port, (void)deadline_ns;
    if (!input_left) return hm_fail(err, HM_EIO, "the input is used up");
    *out = (struct bolt_stream){&ops, NULL};
    return HM_OK;
}

// Every look at the clock finds it a second later, so that there is one more attempt at most, and
// the pause before it takes no time.
static uint64_t hasty_clock(void *context) {
    (void)context;
    static uint64_t now_ns;
    return now_ns += 1000000000u;
}

static void no_pause(void *context, uint32_t milliseconds) {
    (void)context, (void)milliseconds;
}

static void look_at(const struct bolt_value *value) {
    switch (value->type) {
    case BOLT_STRING:
        if (value->as.string[value->length] != '\0') abort();
        break;
    case BOLT_LIST:
        for (size_t i = 0; i < value->length; i += 1 + value->length / 8)
            if (bolt_at(value, i).type >= BOLT_TYPE_COUNT) abort();
        break;
    case BOLT_NODE:
        if (!bolt_node(value).element_id) abort();
        break;
    case BOLT_RELATIONSHIP:
    case BOLT_UNBOUND:
        if (!bolt_relationship(value).type) abort();
        break;
    case BOLT_PATH:
        for (size_t i = 0; i < bolt_path_length(value); i++)
            if (bolt_path_relationship(value, i).id == INT64_MIN &&
                bolt_path_node(value, i + 1).id == INT64_MIN)
                break;
        break;
    case BOLT_DATE_TIME:
        if (bolt_date_time(value).has_offset == (bolt_date_time(value).zone != NULL)) abort();
        break;
    case BOLT_VECTOR:
        if (bolt_vector(value).count &&
            bolt_at(value, bolt_vector(value).count - 1).type >= BOLT_TYPE_COUNT)
            abort();
        break;
    default:
        break;
    }
}

static void read_rows(struct bolt_result *result, struct bolt_params *params) {
    const struct bolt_value *row;
    const struct bolt_summary *summary;
    const char *const *keys;
    struct hm_error err = {0};
    size_t count;
    if (bolt_keys(result, &keys, &count, &err) != HM_OK) count = 0;
    while (bolt_next(result, &row, &err) == HM_OK && row)
        for (size_t i = 0; i < count; i++) {
            look_at(&row[i]);
            bolt_params_clear(params);
            bolt_put_value(params, "v", &row[i]);
        }
    if (bolt_consume(result, &summary, &err) == HM_OK && !summary->status_count &&
        !summary->metadata)
        abort();
    bolt_result_free(result);
}

static enum hm_status work(struct bolt_tx *tx, void *params, struct hm_error *err) {
    struct bolt_result *first, *second;
    const struct bolt_value *row;
    HM_TRY(bolt_tx_run(tx, "A", NULL, &first, err));
    enum hm_status status = bolt_tx_run(tx, "B", NULL, &second, err);
    if (status == HM_OK) {
        if (bolt_peek(first, &row, err) == HM_OK && row) look_at(row);
        read_rows(second, params);
    }
    read_rows(first, params);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const size_t pieces[] = {1, 5, 64, SIZE_MAX};
    if (!length) return 0;
    input = bytes + 1;
    input_left = length - 1;
    piece = pieces[bytes[0] >> 1 & 3];
    struct bolt_config config = {.max_message_bytes = 1 << 20,
                                 .fetch_size = 3,
                                 .max_retry_ms = 1,
                                 .hooks = {.now_ns = hasty_clock, .sleep_ms = no_pause}};
    struct bolt_driver *driver;
    struct bolt_session *session;
    struct hm_error err = {0};
    struct bolt_params *params = bolt_params_new();
    if (!params ||
        bolt_driver_new(bytes[0] & 1 ? "neo4j://a" : "bolt://a", &config, &driver, &err) != HM_OK)
        abort();
    driver->opener.connector = connect_to_input;
    if (bolt_session_new(driver, NULL, &session, &err) != HM_OK) abort();
    struct bolt_result *result;
    if (bolt_run(session, "Q", NULL, NULL, &result, &err) == HM_OK) read_rows(result, params);
    if (bolt_transact(session, BOLT_WRITE, NULL, work, params, &err) != HM_OK && !err.text[0])
        abort();
    bolt_session_free(session);
    bolt_driver_free(driver);
    bolt_params_free(params);
    return 0;
}
