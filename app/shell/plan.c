// SPDX-License-Identifier: MIT
// A plan is a tree: an operator draws its rows from its first child, which stands below it; what
// else it draws from is a branch to the right of a bar, as in Neo4j's own pictures.

#include "shell/plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/formats.h"
#include "shell/render.h"

enum { COLUMNS = 6 };

static const struct column columns[COLUMNS] = {{"operator", false},      {"estimated rows", true},
                                               {"rows", true},           {"db hits", true},
                                               {"memory (bytes)", true}, {"details", false}};

struct walk {
    struct writer *writer;
    int64_t db_hits;
};

/** A number of a map, whole; nothing where there is none. */
static void put_number(struct render *r, const struct bolt_value *map, const char *key) {
    const struct bolt_value *value = map ? bolt_get(map, key) : NULL;
    if (value && value->type == BOLT_INT)
        render_int(r, value->as.integer);
    else if (value && value->type == BOLT_FLOAT && isfinite(value->as.real))
        render_format(r, "%.0f", value->as.real);
    render_bytes(r, "", 1);
}

static void put_text(struct render *r, const struct bolt_value *map, const char *key) {
    const struct bolt_value *value = map ? bolt_get(map, key) : NULL;
    if (value && value->type == BOLT_STRING) render_plain(r, value);
}

/** "Filter" of "Filter@neo4j": it is the database that was asked. */
static void put_name(struct render *r, const struct bolt_value *step) {
    const struct bolt_value *name = bolt_get(step, "operatorType");
    if (!name || name->type != BOLT_STRING) return;
    struct bolt_value before = *name;
    const char *at = memchr(name->as.string, '@', name->length);
    if (at) before.length = (uint32_t)(at - name->as.string);
    render_plain(r, &before);
}

static void put_cells(struct render *r, const struct bolt_value *step, unsigned branch) {
    const struct bolt_value *args = bolt_get(step, "args");
    if (args && args->type != BOLT_MAP) args = NULL;
    for (unsigned i = 0; i < branch; i++)
        render_text(r, "| ");
    render_text(r, "+");
    put_name(r, step);
    render_bytes(r, "", 1);
    put_number(r, args, "EstimatedRows");
    put_number(r, step, "rows");
    put_number(r, step, "dbHits");
    put_number(r, args, "Memory");
    put_text(r, args, "Details");
    render_bytes(r, "", 1);
}

static enum hm_status add_operator(struct walk *walk, const struct bolt_value *step,
                                   unsigned branch, struct hm_error *err) {
    struct render r = {0};
    const char *cells[COLUMNS];
    const struct bolt_value *hits = bolt_get(step, "dbHits");
    if (hits && hits->type == BOLT_INT) walk->db_hits += hits->as.integer;
    put_cells(&r, step, branch);
    enum hm_status status = r.error.status;
    if (status == HM_OK) {
        const char *cell = r.text.data;
        for (size_t i = 0; i < COLUMNS; i++, cell += strlen(cell) + 1)
            cells[i] = cell;
        status = writer_add(walk->writer, cells, err);
    } else if (err) {
        *err = r.error;
    }
    hm_buf_free(&r.text);
    return status;
}

/** Depth is bounded by BOLT_MAX_DEPTH. */
static enum hm_status add_tree(struct walk *walk, struct bolt_value step, unsigned branch,
                               struct hm_error *err) {
    while (step.type == BOLT_MAP) {
        const struct bolt_value *children = bolt_get(&step, "children");
        HM_TRY(add_operator(walk, &step, branch, err));
        if (!children || children->type != BOLT_LIST || !children->length) break;
        for (uint32_t i = children->length - 1; i > 0; i--)
            HM_TRY(add_tree(walk, bolt_at(children, i), branch + 1, err));
        step = bolt_at(children, 0);
    }
    return HM_OK;
}

/** What holds for the whole plan, for people. */
static void put_foot(FILE *file, const struct bolt_value *plan, const struct walk *walk,
                     bool profile) {
    static const struct {
        const char *words, *key;
    } parts[] = {{"planner ", "planner"}, {", runtime ", "runtime"}, {", Cypher ", "version"}};
    const struct bolt_value *args = bolt_get(plan, "args");
    struct render r = {0};
    if (!args || args->type != BOLT_MAP) return;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        render_text(&r, parts[i].words);
        put_text(&r, args, parts[i].key);
    }
    if (profile) render_format(&r, "; db hits %" PRId64, walk->db_hits);
    if (profile && bolt_get(args, "GlobalMemory")) {
        render_text(&r, ", memory (bytes) ");
        put_number(&r, args, "GlobalMemory");
    }
    render_bytes(&r, "", 1);
    if (r.error.status == HM_OK) fprintf(file, "%s\n", r.text.data);
    hm_buf_free(&r.text);
}

static enum hm_status put_tree(FILE *file, const struct bolt_value *plan, bool profile,
                               unsigned format, bool behind, struct hm_error *err) {
    const struct writer_options options = {
        .format = format, .columns = columns, .n = COLUMNS, .hold = SIZE_MAX, .behind = behind};
    struct walk walk = {0};
    HM_TRY(writer_new(&walk.writer, &options, file, err));
    enum hm_status status = add_tree(&walk, *plan, 0, err);
    if (status == HM_OK) status = writer_end(walk.writer, true, err);
    if (status == HM_OK && format == FORMAT_TABLE) put_foot(file, plan, &walk, profile);
    writer_free(walk.writer);
    return status;
}

/** {"plan": ...}, on one line. */
static enum hm_status put_json(struct hm_buf *out, const struct bolt_value *plan, bool profile,
                               struct hm_error *err) {
    struct render r = {0};
    render_text(&r, profile ? "{\"profile\": " : "{\"plan\": ");
    render_json(&r, plan);
    render_text(&r, "}\n");
    enum hm_status status = r.error.status;
    if (status == HM_OK)
        status = hm_buf_append(out, r.text.data, r.text.length, err);
    else if (err)
        *err = r.error;
    hm_buf_free(&r.text);
    return status;
}

// ---- as cypher-shell shows it

/** "READ_ONLY" for "r", and so on; NULL: not sent. */
static const char *statement_kind(const struct bolt_summary *summary) {
    static const char *const kinds[][2] = {
        {"r", "READ_ONLY"}, {"rw", "READ_WRITE"}, {"w", "WRITE_ONLY"}, {"s", "SCHEMA_WRITE"}};
    for (size_t i = 0; summary->query_type && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i][0], summary->query_type) == 0) return kinds[i][1];
    return NULL;
}

static int64_t sum_hits(struct bolt_value step) {
    const struct bolt_value *hits = bolt_get(&step, "dbHits"), *children;
    int64_t sum = hits && hits->type == BOLT_INT ? hits->as.integer : 0;
    children = bolt_get(&step, "children");
    for (uint32_t i = 0; children && children->type == BOLT_LIST && i < children->length; i++)
        if (bolt_at(children, i).type == BOLT_MAP) sum += sum_hits(bolt_at(children, i));
    return sum;
}

enum { FACTS = 9 };
struct facts {
    struct render cells; // each with its NUL
    struct column names[FACTS];
    size_t n;
};

static void add_fact(struct facts *facts, const char *name, const struct bolt_value *value) {
    if (!value) return;
    facts->names[facts->n++] = (struct column){name, false};
    render_literal(&facts->cells, value);
    render_bytes(&facts->cells, "", 1);
}

static void add_number(struct facts *facts, const char *name, int64_t number) {
    const struct bolt_value value = {.type = BOLT_INT, .as.integer = number};
    add_fact(facts, name, &value);
}

static void add_word(struct facts *facts, const char *name, const char *word) {
    if (!word) return;
    const struct bolt_value value = {
        .type = BOLT_STRING, .length = (uint32_t)strlen(word), .as.string = word};
    add_fact(facts, name, &value);
}

static void gather_facts(struct facts *facts, const struct bolt_summary *summary) {
    bool profile = summary->profile != NULL;
    const struct bolt_value *plan = profile ? summary->profile : summary->plan;
    const struct bolt_value *args = bolt_get(plan, "args");
    if (!args || args->type != BOLT_MAP) args = plan;
    add_word(facts, "Plan", profile ? "PROFILE" : "EXPLAIN");
    add_word(facts, "Statement", statement_kind(summary));
    add_fact(facts, "Version", bolt_get(args, "version"));
    add_fact(facts, "Planner", bolt_get(args, "planner"));
    add_fact(facts, "Runtime", bolt_get(args, "runtime"));
    if (summary->available_after_ms >= 0 && summary->consumed_after_ms >= 0)
        add_number(facts, "Time", summary->available_after_ms + summary->consumed_after_ms);
    if (!profile) return;
    add_number(facts, "DbHits", sum_hits(*plan));
    add_fact(facts, "Rows", bolt_get(plan, "rows"));
    add_fact(facts, "Memory (Bytes)", bolt_get(args, "GlobalMemory"));
}

/** Facts in a table, and the tree as the server has drawn it. */
static enum hm_status put_verbose(FILE *file, const struct facts *facts,
                                  const char *const cells[FACTS], const struct bolt_value *plan,
                                  struct hm_error *err) {
    const struct writer_options options = {
        .format = FORMAT_VERBOSE, .columns = facts->names, .n = facts->n};
    const struct bolt_value *args = bolt_get(plan, "args"), *drawn = NULL;
    struct writer *writer;
    HM_TRY(writer_new(&writer, &options, file, err));
    enum hm_status status = writer_add(writer, cells, err);
    if (status == HM_OK) status = writer_end(writer, true, err);
    writer_free(writer);
    HM_TRY(status);
    if (args && args->type == BOLT_MAP) drawn = bolt_get(args, "string-representation");
    if (!drawn || drawn->type != BOLT_STRING)
        return put_tree(file, plan, bolt_get(plan, "rows") != NULL, FORMAT_TABLE, false, err);
    fprintf(file, "\n%.*s\n", (int)drawn->length, drawn->as.string);
    return HM_OK;
}

static enum hm_status put_facts(FILE *file, const struct bolt_summary *summary, unsigned format,
                                struct hm_error *err) {
    struct facts facts = {.cells.words = RENDER_SHELL};
    const char *cells[FACTS] = {0};
    gather_facts(&facts, summary);
    enum hm_status status = facts.cells.error.status;
    const char *cell = facts.cells.text.data;
    for (size_t i = 0; status == HM_OK && i < facts.n; i++, cell += strlen(cell) + 1) {
        cells[i] = cell;
        if (format == FORMAT_PLAIN) fprintf(file, "%s: %s\n", facts.names[i].name, cell);
    }
    if (status != HM_OK && err) *err = facts.cells.error;
    if (status == HM_OK && format == FORMAT_VERBOSE)
        status = put_verbose(file, &facts, cells,
                             summary->profile ? summary->profile : summary->plan, err);
    hm_buf_free(&facts.cells.text);
    return status;
}

enum hm_status plan_render(struct hm_buf *out, const struct bolt_summary *summary, unsigned format,
                           bool behind, struct hm_error *err) {
    bool profile = summary->profile != NULL;
    const struct bolt_value *plan = profile ? summary->profile : summary->plan;
    if (format == FORMAT_JSON || format == FORMAT_NDJSON) return put_json(out, plan, profile, err);
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (!file) return hm_fail(err, HM_ENOMEM, "no memory for a plan");
    enum hm_status status = format == FORMAT_PLAIN || format == FORMAT_VERBOSE
                                ? put_facts(file, summary, format, err)
                                : put_tree(file, plan, profile, format, behind, err);
    if (fclose(file) != 0 && status == HM_OK) status = hm_fail(err, HM_ENOMEM, "no memory");
    if (status == HM_OK) status = hm_buf_append(out, text, length, err);
    free(text);
    return status;
}
