// SPDX-License-Identifier: MIT
// Notifications, counters and times: a line each on stderr, or cypher-shell's footer.

#include "shell/summary.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "app.h"

void summary_note_notifications(struct render *notes, const struct bolt_summary *summary) {
    for (size_t i = 0; i < summary->notification_count; i++) {
        const struct bolt_notification *n = &summary->notifications[i];
        render_text(notes, n->severity);
        render_text(notes, ": ");
        render_text(notes,
                    n->description && *n->description ? n->description : n->status_description);
        render_text(notes, " (");
        render_text(notes, n->code);
        if (*n->code && *n->gql_status) render_text(notes, ", ");
        render_text(notes, n->gql_status);
        if (n->has_position)
            render_format(notes, "; line %" PRId64 ", column %" PRId64, n->line, n->column);
        render_bytes(notes, ")", 2);
    }
}

// what, what was done to it, as cypher-shell says it (NULL: it does not)
#define COUNTER(noun, past, verb, member)                                                          \
    { noun, past, verb, offsetof(struct bolt_counters, member) }
static const struct counter {
    const char *noun, *past, *verb;
    size_t offset;
} counters[] = {
    COUNTER("nodes", "created", "Added", nodes_created),
    COUNTER("nodes", "deleted", "Deleted", nodes_deleted),
    COUNTER("relationships", "created", "Created", relationships_created),
    COUNTER("relationships", "deleted", "Deleted", relationships_deleted),
    COUNTER("properties", "set", "Set", properties_set),
    COUNTER("labels", "added", "Added", labels_added),
    COUNTER("labels", "removed", "Removed", labels_removed),
    COUNTER("indexes", "added", "Added", indexes_added),
    COUNTER("indexes", "removed", "Removed", indexes_removed),
    COUNTER("constraints", "added", "Added", constraints_added),
    COUNTER("constraints", "removed", "Removed", constraints_removed),
    COUNTER("system", "updates", NULL, system_updates),
};
enum { COUNTERS = sizeof counters / sizeof *counters };

static int64_t count_in(const struct bolt_counters *all, const struct counter *counter) {
    int64_t count;
    memcpy(&count, (const char *)all + counter->offset, sizeof count);
    return count;
}

static int64_t count_of(const struct bolt_summary *summary, const struct counter *counter) {
    return count_in(&summary->counters, counter);
}

void summary_add(struct bolt_counters *total, const struct bolt_counters *more) {
    for (const struct counter *c = counters; c < counters + COUNTERS; c++) {
        int64_t sum = count_in(total, c) + count_in(more, c);
        memcpy((char *)total + c->offset, &sum, sizeof sum);
    }
}

void summary_note_counts(struct render *notes, const struct bolt_summary *summary, uint64_t rows,
                         uint64_t time_ns) {
    const char *between = "; ";
    render_format(notes, "%" PRIu64 " row%s in %.0f ms", rows, rows == 1 ? "" : "s",
                  (double)time_ns / 1e6);
    for (const struct counter *c = counters; c < counters + COUNTERS; c++) {
        int64_t count = count_of(summary, c);
        if (count == 0) continue;
        render_format(notes, "%s%s %s %" PRId64, between, c->noun, c->past, count);
        between = ", ";
    }
    render_bytes(notes, "", 1);
}

void summary_say(const struct hm_buf *notes) {
    for (size_t at = 0, length; at < notes->length; at += length + 1) {
        length = strlen(notes->data + at);
        app_say_text(notes->data + at, length);
    }
}

enum hm_status summary_foot(struct hm_buf *out, const struct bolt_summary *summary, uint64_t rows,
                            struct hm_error *err) {
    const char *between = "";
    HM_TRY(hm_buf_printf(out, err, "%" PRIu64 " row%s\n", rows, rows == 1 ? "" : "s"));
    if (summary->available_after_ms >= 0 && summary->consumed_after_ms >= 0)
        HM_TRY(hm_buf_printf(out, err,
                             "ready to start consuming query after %" PRId64
                             " ms, results consumed after another %" PRId64 " ms\n",
                             summary->available_after_ms, summary->consumed_after_ms));
    for (const struct counter *c = counters; c < counters + COUNTERS; c++) {
        int64_t count = count_of(summary, c);
        if (count == 0 || !c->verb) continue;
        HM_TRY(hm_buf_printf(out, err, "%s%s %" PRId64 " %s", between, c->verb, count, c->noun));
        between = ", ";
    }
    return *between ? hm_buf_append(out, "\n", 1, err) : HM_OK;
}
