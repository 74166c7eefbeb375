// SPDX-License-Identifier: MIT
// One query: in a transaction of its own, in the open one, or in a managed one that is done again
// after a transient failure, as long as none of its rows has been printed.

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "shell/plan.h"
#include "shell/render.h"
#include "shell/rows.h"
#include "shell/shell.h"

struct query {
    struct shell *shell;
    const char *text;
    struct bolt_params *params;
    struct rows *rows;
    uint64_t row_count;
    struct render notes; // what the summary says, to be printed when all is done
    struct hm_buf plan;  // of EXPLAIN or PROFILE, likewise
    bool explained;      // the plan is all that there is
};

// ---- summary

/** Each note ends with NUL: a newline is the server's. */
static void note_notifications(struct render *notes, const struct bolt_summary *summary) {
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

static void note_counters(struct render *notes, const struct bolt_counters *counters) {
    static const struct {
        const char *name;
        size_t offset;
    } rows[] = {
        {"nodes created", offsetof(struct bolt_counters, nodes_created)},
        {"nodes deleted", offsetof(struct bolt_counters, nodes_deleted)},
        {"relationships created", offsetof(struct bolt_counters, relationships_created)},
        {"relationships deleted", offsetof(struct bolt_counters, relationships_deleted)},
        {"properties set", offsetof(struct bolt_counters, properties_set)},
        {"labels added", offsetof(struct bolt_counters, labels_added)},
        {"labels removed", offsetof(struct bolt_counters, labels_removed)},
        {"indexes added", offsetof(struct bolt_counters, indexes_added)},
        {"indexes removed", offsetof(struct bolt_counters, indexes_removed)},
        {"constraints added", offsetof(struct bolt_counters, constraints_added)},
        {"constraints removed", offsetof(struct bolt_counters, constraints_removed)},
        {"system updates", offsetof(struct bolt_counters, system_updates)},
    };
    const char *between = "; ";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t count;
        memcpy(&count, (const char *)counters + rows[i].offset, sizeof count);
        if (count == 0) continue;
        render_format(notes, "%s%s %" PRId64, between, rows[i].name, count);
        between = ", ";
    }
}

static void note_summary(struct query *q, const struct bolt_summary *summary, uint64_t start_ns) {
    struct render *notes = &q->notes;
    note_notifications(notes, summary);
    render_format(notes, "%" PRIu64 " row%s in %.0f ms", q->row_count, q->row_count == 1 ? "" : "s",
                  (double)(hm_now_ns() - start_ns) / 1e6);
    note_counters(notes, &summary->counters);
    render_bytes(notes, "", 1);
}

static void say_notes(const struct hm_buf *notes) {
    for (size_t at = 0, length; at < notes->length; at += length + 1) {
        length = strlen(notes->data + at);
        app_say_text(notes->data + at, length);
    }
}

// ---- rows

static enum hm_status pass_rows(struct query *q, struct bolt_result *result, struct hm_error *err) {
    const struct writer_options options = {.format = q->shell->options.format,
                                           .hold = q->shell->options.fetch_size,
                                           .behind = q->shell->wrote};
    const char *const *keys;
    const struct bolt_value *row;
    size_t n;
    HM_TRY(bolt_keys(result, &keys, &n, err));
    HM_TRY(rows_new(&q->rows, keys, n, &options, stdout, err));
    for (;; q->row_count++) {
        HM_TRY(bolt_next(result, &row, err));
        if (!row) return HM_OK;
        HM_TRY(rows_add(q->rows, row, err));
        if (app_signal()) return hm_fail(err, HM_ECANCELED, "interrupted");
    }
}

static enum hm_status pass_result(struct query *q, struct bolt_result *result, uint64_t start_ns,
                                  struct hm_error *err) {
    const struct bolt_summary *summary;
    HM_TRY(pass_rows(q, result, err));
    HM_TRY(bolt_consume(result, &summary, err));
    note_summary(q, summary, start_ns);
    if (!summary->plan && !summary->profile) return HM_OK;
    const struct shell *shell = q->shell;
    q->explained = !summary->profile && q->row_count == 0;
    return plan_render(&q->plan, summary, shell->options.format, shell->wrote || !q->explained,
                       err);
}

// ---- three ways to run it

static enum hm_status run_here(struct query *q, struct bolt_tx *tx, struct hm_error *err) {
    struct bolt_result *result = NULL;
    uint64_t start_ns = hm_now_ns();
    enum hm_status status =
        tx ? bolt_tx_run(tx, q->text, q->params, &result, err)
           : bolt_run(q->shell->session, q->text, q->params, NULL, &result, err);
    if (status == HM_OK) status = pass_result(q, result, start_ns, err);
    bolt_result_free(result);
    return status;
}

static enum hm_status attempt(struct bolt_tx *tx, void *context, struct hm_error *err) {
    struct query *q = context;
    rows_free(q->rows);
    q->rows = NULL;
    q->row_count = 0;
    q->notes.text.length = q->plan.length = 0;
    enum hm_status status = run_here(q, tx, err);
    if (status != HM_ERETRY || !q->rows || !rows_wrote(q->rows)) return status;
    struct hm_error why = *err;
    hm_fail(err, HM_ESERVER, "%s; not tried again, for rows of it have been printed", why.text);
    memcpy(err->code, why.code, sizeof why.code);
    return HM_ESERVER;
}

static enum hm_status run_query(struct query *q, struct hm_error *err) {
    struct shell *shell = q->shell;
    if (shell->tx) return run_here(q, shell->tx, err);
    if (!shell->options.retry) return run_here(q, NULL, err);
    return bolt_transact(shell->session, shell->options.access, NULL, attempt, q, err);
}

static enum hm_status write_plan(struct query *q, struct hm_error *err) {
    if (!q->plan.length) return HM_OK;
    fwrite(q->plan.data, 1, q->plan.length, stdout);
    q->shell->wrote = true;
    return fflush(stdout) == 0 ? HM_OK : app_output_lost(err);
}

enum hm_status shell_query(struct shell *shell, const char *text, struct hm_error *err) {
    struct query q = {.shell = shell, .text = text};
    if (shell->tx_failed)
        return hm_fail(err, HM_ECONFLICT, "the transaction has failed; :rollback ends it");
    HM_TRY(params_make(&shell->params, &q.params, err));
    enum hm_status status = run_query(&q, err);
    if (q.rows && !q.explained && (status == HM_OK || rows_wrote(q.rows))) {
        enum hm_status written = rows_end(q.rows, status == HM_OK, status == HM_OK ? err : NULL);
        if (status == HM_OK) status = written;
        shell->wrote |= rows_wrote(q.rows);
    }
    if (status == HM_OK) status = write_plan(&q, err);
    if (status == HM_OK && !app_quiet) say_notes(&q.notes.text);
    rows_free(q.rows);
    hm_buf_free(&q.notes.text);
    hm_buf_free(&q.plan);
    bolt_params_free(q.params);
    return status;
}

static enum hm_status take_value(struct shell *shell, const char *name, struct bolt_result *result,
                                 struct hm_error *err) {
    const struct bolt_value *row;
    const char *const *keys;
    size_t n;
    HM_TRY(bolt_keys(result, &keys, &n, err));
    HM_TRY(bolt_next(result, &row, err));
    if (!row || n != 1) return hm_fail(err, HM_EFORMAT, "found no expression with one value");
    return name ? params_set(&shell->params, name, row, err)
                : params_set_all(&shell->params, row, err);
}

enum hm_status shell_evaluate(struct shell *shell, const char *name, const char *expression,
                              struct hm_error *err) {
    struct hm_buf text = {0};
    struct bolt_params *params = NULL;
    struct bolt_result *result = NULL;
    if (shell->tx_failed)
        return hm_fail(err, HM_ECONFLICT, "the transaction has failed; :rollback ends it");
    enum hm_status status = hm_buf_printf(&text, err, "RETURN %s AS value", expression);
    if (status == HM_OK) status = params_make(&shell->params, &params, err);
    if (status == HM_OK)
        status = shell->tx ? bolt_tx_run(shell->tx, text.data, params, &result, err)
                           : bolt_run(shell->session, text.data, params, NULL, &result, err);
    if (status == HM_OK) status = take_value(shell, name, result, err);
    bolt_result_free(result);
    bolt_params_free(params);
    hm_buf_free(&text);
    if (status != HM_OK) shell_fail_tx(shell); // the server has rolled it back
    return status;
}

enum hm_status shell_assign(struct shell *shell, const char *text, struct hm_error *err) {
    struct param_rest rest;
    HM_TRY(params_assign(&shell->params, text, &rest, err));
    enum hm_status status = HM_OK;
    if (rest.expression) status = shell_evaluate(shell, rest.name, rest.expression, err);
    free(rest.name);
    return status;
}

void shell_complain(struct shell *shell, const struct hm_error *err) {
    const struct bolt_failure *f = shell->session ? bolt_session_failure(shell->session) : NULL;
    shell->failed = true;
    fflush(stdout);
    if (err->status == HM_ECANCELED && app_signal()) {
        if (shell->options.interactive) app_say("interrupted");
        return;
    }
    struct render text = {0};
    if (shell->source) {
        render_text(&text, shell->source);
        render_format(&text, ":%zu: ", shell->line);
    }
    if (err->code[0]) {
        render_text(&text, err->code);
        render_text(&text, ": ");
    }
    // The server's message has no limit, err->text has.
    render_text(&text,
                f && err->code[0] && strcmp(f->code, err->code) == 0 ? f->message : err->text);
    render_text(&text, app_hint(err));
    if (text.error.status == HM_OK)
        app_say_text(text.text.data, text.text.length);
    else
        app_complain(err);
    hm_buf_free(&text.text);
}
