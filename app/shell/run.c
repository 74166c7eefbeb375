// SPDX-License-Identifier: MIT
// One query: in a transaction of its own, in the open one, or in a managed one that is done again
// after a transient failure, as long as none of its rows has been printed.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "shell/connect.h"
#include "shell/log.h"
#include "shell/plan.h"
#include "shell/render.h"
#include "shell/rows.h"
#include "shell/shell.h"
#include "shell/summary.h"

struct query {
    struct shell *shell;
    const char *text;
    struct bolt_params *params;
    struct rows *rows;
    uint64_t row_count;
    struct render notes;  // what the summary says, to be printed when all is done
    struct hm_buf behind; // what stands behind the rows, likewise: a plan, a footer
    bool explained;       // the plan is all that there is
    bool series;          // its rows are one result, whatever the parameters
    uint64_t runs;        // of a series
    struct bolt_counters total;
};

// ---- rows

static enum hm_status pass_rows(struct query *q, struct bolt_result *result, struct hm_error *err) {
    const struct shell_options *o = &q->shell->options;
    const struct writer_options options = {.format = o->format,
                                           .hold = o->sample_rows ? o->sample_rows : o->fetch_size,
                                           .cut = o->cut,
                                           .behind = q->shell->wrote};
    const char *const *keys;
    const struct bolt_value *row;
    size_t n;
    HM_TRY(bolt_keys(result, &keys, &n, err));
    if (!q->rows) HM_TRY(rows_new(&q->rows, keys, n, &options, stdout, err));
    for (;; q->row_count++) {
        HM_TRY(bolt_next(result, &row, err));
        if (!row) return HM_OK;
        HM_TRY(rows_add(q->rows, row, err));
        if (app_signal()) return hm_fail(err, HM_ECANCELED, "interrupted");
    }
}

static enum hm_status pass_summary(struct query *q, const struct bolt_summary *summary,
                                   uint64_t start_ns, struct hm_error *err) {
    unsigned format = q->shell->options.format;
    bool told = !app_quiet || q->shell->options.notifications;
    if (q->series) {
        if (!q->runs++ && told) summary_note_notifications(&q->notes, summary);
        summary_add(&q->total, &summary->counters);
        return HM_OK;
    }
    bool foot = format == FORMAT_VERBOSE;
    if (told) summary_note_notifications(&q->notes, summary);
    if (!foot && !app_quiet)
        summary_note_counts(&q->notes, summary, q->row_count, hm_now_ns() - start_ns);
    if (summary->plan || summary->profile) {
        q->explained = !foot && !summary->profile && q->row_count == 0;
        HM_TRY(plan_render(&q->behind, summary, format, q->shell->wrote || !q->explained, err));
    }
    return foot ? summary_foot(&q->behind, summary, q->row_count, err) : HM_OK;
}

static enum hm_status pass_result(struct query *q, struct bolt_result *result, uint64_t start_ns,
                                  struct hm_error *err) {
    const struct bolt_summary *summary;
    HM_TRY(pass_rows(q, result, err));
    HM_TRY(bolt_consume(result, &summary, err));
    return pass_summary(q, summary, start_ns, err);
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
    uint64_t before = q->row_count;
    if (!q->series) {
        rows_free(q->rows);
        q->rows = NULL;
        before = q->row_count = 0;
        q->notes.text.length = q->behind.length = 0;
    }
    enum hm_status status = run_here(q, tx, err);
    if (status != HM_ERETRY || q->row_count == before || (!q->series && !rows_wrote(q->rows)))
        return status;
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

static enum hm_status write_behind(struct query *q, struct hm_error *err) {
    if (!q->behind.length) return HM_OK;
    fwrite(q->behind.data, 1, q->behind.length, stdout);
    q->shell->wrote = true;
    return fflush(stdout) == 0 ? HM_OK : app_output_lost(err);
}

enum hm_status shell_query(struct shell *shell, const char *text, struct hm_error *err) {
    struct query q = {.shell = shell, .text = text};
    HM_TRY(shell_is_ready(shell, err));
    HM_TRY(params_make(&shell->params, &q.params, err));
    enum hm_status status = run_query(&q, err);
    if (q.rows && !q.explained && (status == HM_OK || rows_wrote(q.rows))) {
        enum hm_status written = rows_end(q.rows, status == HM_OK, status == HM_OK ? err : NULL);
        if (status == HM_OK) status = written;
        shell->wrote |= rows_wrote(q.rows);
    }
    if (status == HM_OK) status = write_behind(&q, err);
    if (status == HM_OK) summary_say(&q.notes.text);
    rows_free(q.rows);
    hm_buf_free(&q.notes.text);
    hm_buf_free(&q.behind);
    bolt_params_free(q.params);
    return status;
}

// ---- many times

struct shell_series {
    struct query query;
    uint64_t start_ns;
};

enum hm_status shell_series_new(struct shell_series **out, struct shell *shell, const char *text,
                                struct hm_error *err) {
    *out = calloc(1, sizeof **out);
    if (!*out) return hm_fail(err, HM_ENOMEM, "no memory for a query");
    (*out)->query = (struct query){.shell = shell, .text = text, .series = true};
    (*out)->start_ns = hm_now_ns();
    return HM_OK;
}

enum hm_status shell_series_run(struct shell_series *series, const char *name,
                                const struct bolt_value *value, struct hm_error *err) {
    struct query *q = &series->query;
    HM_TRY(params_make(&q->shell->params, &q->params, err));
    bolt_put_value(q->params, name, value);
    enum hm_status status = run_query(q, err);
    bolt_params_free(q->params);
    return status;
}

enum hm_status shell_series_end(struct shell_series *series, bool whole, struct hm_error *err) {
    struct query *q = &series->query;
    const struct bolt_summary summary = {
        .counters = q->total, .available_after_ms = -1, .consumed_after_ms = -1};
    bool foot = q->shell->options.format == FORMAT_VERBOSE;
    enum hm_status status = q->rows ? rows_end(q->rows, whole, err) : HM_OK;
    if (status == HM_OK && foot) status = summary_foot(&q->behind, &summary, q->row_count, err);
    if (status == HM_OK) status = write_behind(q, err);
    if (!foot && !app_quiet)
        summary_note_counts(&q->notes, &summary, q->row_count, hm_now_ns() - series->start_ns);
    if (status == HM_OK) summary_say(&q->notes.text);
    rows_free(q->rows);
    hm_buf_free(&q->notes.text);
    hm_buf_free(&q->behind);
    free(series);
    return status;
}

// ---- parameters

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
    HM_TRY(shell_is_ready(shell, err));
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
    log_hide(rest.expression && log_is_secret(text));
    if (rest.expression) status = shell_evaluate(shell, rest.name, rest.expression, err);
    log_hide(false);
    free(rest.name);
    return status;
}

void shell_complain(struct shell *shell, const struct hm_error *failed) {
    struct hm_error explained = *failed;
    const struct hm_error *err = &explained;
    connect_explain(shell, &explained);
    const struct bolt_failure *f = shell->session ? bolt_session_failure(shell->session) : NULL;
    shell->failed = true;
    app_flush_output();
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
    if (connect_is_expired(err))
        render_text(&text, "\nhmrec cypher --change-password does that as well");
    if (text.error.status == HM_OK)
        app_say_text(text.text.data, text.text.length);
    else
        app_complain(err);
    hm_buf_free(&text.text);
}
