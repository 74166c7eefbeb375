// SPDX-License-Identifier: MIT
// The catalogue, customers and purchases in the Neo4j store, batch by batch: each call is one
// transaction that also notes how far the file has been read.

#include <stdio.h>
#include <string.h>

#include "neo4j/neo4j.h"

// Rows in one run of a script: enough that sending costs nothing beside the server's work.
enum { ROWS_A_RUN = 1000 };

// ---- marks

// What the server answered, beside the mark that is asked for.
struct marks {
    struct hm_store_mark *mark;
    int64_t load; // that was asked for
};

static enum hm_status copy_mark(void *context, const struct bolt_value *row, struct hm_error *err) {
    const struct marks *marks = context;
    struct hm_store_mark *mark = marks->mark;
    (void)err;
    mark->load = neo4j_whole(&row[MARK_LOAD]);
    bool same = *mark->source && strcmp(neo4j_text(&row[MARK_SOURCE]), mark->source) == 0;
    if (!same && !(marks->load && marks->load == mark->load)) return HM_OK;
    mark->bytes = (uint64_t)neo4j_whole(&row[MARK_BYTES]);
    mark->lines = (uint64_t)neo4j_whole(&row[MARK_LINES]);
    mark->rows = (uint64_t)neo4j_whole(&row[MARK_ROWS]);
    mark->bad = (uint64_t)neo4j_whole(&row[MARK_BAD]);
    mark->merged = (uint64_t)neo4j_whole(&row[MARK_MERGED]);
    mark->done = neo4j_truth(&row[MARK_DONE]);
    return HM_OK;
}

enum hm_status neo4j_get_mark(struct hm_store *store, struct hm_store_mark *mark,
                              struct hm_error *err) {
    struct marks marks = {mark, mark->load};
    *mark = (struct hm_store_mark){.kind = mark->kind, .source = mark->source};
    return neo4j_ask(neo4j_of(store), CYPHER_MARK,
                     (struct neo4j_given[]){{"kind", mark->kind}, {NULL, NULL}}, copy_mark, &marks,
                     err);
}

static enum hm_status add_mark(struct neo4j_store *s, struct neo4j_batch *batch,
                               const struct hm_store_mark *mark, struct hm_error *err) {
    struct bolt_params *params = neo4j_add(batch, CYPHER_PUT_MARK, 1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "kind", mark->kind);
    bolt_put_string(params, "source", mark->source);
    bolt_put_int(params, "load", mark->load);
    bolt_put_int(params, "from", (int64_t)mark->from);
    bolt_put_int(params, "bytes", (int64_t)mark->bytes);
    bolt_put_int(params, "lines", (int64_t)mark->lines);
    bolt_put_int(params, "rows", (int64_t)mark->rows);
    bolt_put_int(params, "bad", (int64_t)mark->bad);
    bolt_put_bool(params, "done", mark->done);
    return HM_OK;
}

// ---- a batch

// How rows of a kind become runs of a script.
struct kind {
    enum cypher_id script;
    // an item of $rows
    void (*put_row)(struct bolt_params *params, const void *rows, size_t i);
    // the script's other parameters; NULL: it has none
    void (*put_load)(struct bolt_params *params, const struct hm_store_mark *mark);
    // whether the later of two rows replaces the earlier one, for which it needs a run of its own;
    // NULL: the script can tell within a run
    bool (*replaces)(const void *rows, size_t later, size_t earlier);
};

// How many of the n rows from `at` on make a run.
static size_t length_of_run(const struct kind *kind, const void *rows, size_t at, size_t n) {
    const size_t most = n < ROWS_A_RUN ? n : ROWS_A_RUN;
    for (size_t later = 1; kind->replaces && later < most; later++)
        for (size_t earlier = 0; earlier < later; earlier++)
            if (kind->replaces(rows, at + later, at + earlier)) return later;
    return most;
}

static enum hm_status add_run(struct neo4j_store *s, struct neo4j_batch *batch,
                              const struct kind *kind, const void *rows, size_t at, size_t n,
                              const struct hm_store_mark *mark, struct hm_error *err) {
    struct bolt_params *params = neo4j_add(batch, kind->script, -1);
    if (!params) return neo4j_no_memory(s, err);
    if (kind->put_load) kind->put_load(params, mark);
    bolt_begin_list(params, "rows", n);
    for (size_t i = 0; i < n; i++)
        kind->put_row(params, rows, at + i);
    bolt_end(params);
    return HM_OK;
}

static enum hm_status put_rows(struct hm_store *store, const struct kind *kind, const void *rows,
                               size_t n, const struct hm_store_mark *mark, struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    char shortfall[64 + HM_STORE_SOURCE_MAX];
    struct neo4j_batch batch = {.shortfall = shortfall};
    enum hm_status status = mark ? store_check_mark(store, mark, err) : HM_OK;
    snprintf(shortfall, sizeof shortfall, "another process is loading %s into it",
             mark ? mark->kind : "");
    if (status == HM_OK && !s->graph_ready)
        status = neo4j_constrain(s, CYPHER_CONSTRAINTS_GRAPH, err);
    s->graph_ready = s->graph_ready || status == HM_OK;
    if (status == HM_OK && mark) status = add_mark(s, &batch, mark, err);
    for (size_t at = 0, length; at < n && status == HM_OK; at += length) {
        length = length_of_run(kind, rows, at, n - at);
        status = add_run(s, &batch, kind, rows, at, length, mark, err);
    }
    if (status == HM_OK) status = neo4j_write(s, &batch, NULL, NULL, err);
    neo4j_batch_free(&batch);
    return status;
}

// ---- rows

static void put_text(struct bolt_params *params, const char *name, const char *text) {
    if (text)
        bolt_put_string(params, name, text);
    else
        bolt_put_null(params, name);
}

// A node that the row does not name is left out.
static void put_node(struct bolt_params *params, const char *key, const char *name,
                     const struct hm_store_named *node) {
    if (node->name)
        bolt_put_int(params, key, node->number);
    else
        bolt_put_null(params, key);
    put_text(params, name, node->name);
}

static void put_article(struct bolt_params *params, const void *rows, size_t i) {
    const struct hm_store_article *a = (const struct hm_store_article *)rows + i;
    bolt_begin_map(params, NULL, 25);
    bolt_put_string(params, "article_id", a->code);
    put_text(params, "product_code", a->product_code);
    put_text(params, "prod_name", a->name);
    put_text(params, "detail_desc", a->description);
    put_text(params, "product_group_name", a->product_group);
    put_node(params, "product_type_no", "product_type_name", &a->product_type);
    put_node(params, "department_no", "department_name", &a->department);
    put_node(params, "section_no", "section_name", &a->section);
    put_text(params, "index_code", a->index_code);
    put_text(params, "index_name", a->index_name);
    put_node(params, "index_group_no", "index_group_name", &a->index_group);
    put_node(params, "garment_group_no", "garment_group_name", &a->garment_group);
    put_node(params, "graphical_appearance_no", "graphical_appearance_name", &a->appearance);
    put_node(params, "colour_group_code", "colour_group_name", &a->colour_group);
    put_node(params, "perceived_colour_value_id", "perceived_colour_value_name", &a->colour_value);
    put_node(params, "perceived_colour_master_id", "perceived_colour_master_name",
             &a->colour_master);
    bolt_end(params);
}

static void put_number(struct bolt_params *params, const struct hm_store_mark *mark) {
    bolt_put_int(params, "load", mark ? mark->load : 0);
}

struct articles {
    hm_store_article_fn *fn;
    void *context;
};

static const char *text_or_null(const struct bolt_value *value) {
    return value->type == BOLT_STRING ? neo4j_text(value) : NULL;
}

static enum hm_status give_article(void *context, const struct bolt_value *row,
                                   struct hm_error *err) {
    const struct articles *to = context;
    struct hm_store_article article = {0};
    for (int i = 0; i < STORE_ARTICLE_FIELDS; i++, row++) {
        void *at = (char *)&article + store_article_fields[i].offset;
        if (store_article_fields[i].numbered) {
            struct hm_store_named *named = at;
            named->number = neo4j_whole(row++);
            named->name = text_or_null(row);
        } else {
            *(const char **)at = text_or_null(row);
        }
    }
    if (article.code) return to->fn(to->context, &article, err);
    return hm_fail(err, HM_EFORMAT, "a product without a code");
}

enum hm_status neo4j_each_article(struct hm_store *store, hm_store_article_fn *fn, void *context,
                                  struct hm_error *err) {
    struct articles to = {fn, context};
    return neo4j_ask(neo4j_of(store), CYPHER_ARTICLES_ALL, NULL, give_article, &to, err);
}

static bool is_same_article(const void *rows, size_t later, size_t earlier) {
    const struct hm_store_article *articles = rows;
    return strcmp(articles[later].code, articles[earlier].code) == 0;
}

enum hm_status neo4j_put_articles(struct hm_store *store, const struct hm_store_article *rows,
                                  size_t n, const struct hm_store_mark *mark,
                                  struct hm_error *err) {
    static const struct kind articles = {CYPHER_ARTICLES, put_article, put_number, is_same_article};
    return put_rows(store, &articles, rows, n, mark, err);
}

static void put_count(struct bolt_params *params, const char *name, int count) {
    if (count >= 0)
        bolt_put_int(params, name, count);
    else
        bolt_put_null(params, name);
}

static void put_customer(struct bolt_params *params, const void *rows, size_t i) {
    const struct hm_store_customer *c = (const struct hm_store_customer *)rows + i;
    bolt_begin_map(params, NULL, 7);
    bolt_put_string(params, "id", c->id);
    put_count(params, "fn", c->fn);
    put_count(params, "active", c->active);
    put_count(params, "age", c->age);
    put_text(params, "club_member_status", c->club_member_status);
    put_text(params, "fashion_news_frequency", c->fashion_news_frequency);
    put_text(params, "postal_code", c->postal_code);
    bolt_end(params);
}

enum hm_status neo4j_put_customers(struct hm_store *store, const struct hm_store_customer *rows,
                                   size_t n, const struct hm_store_mark *mark,
                                   struct hm_error *err) {
    static const struct kind customers = {CYPHER_CUSTOMERS, put_customer, NULL, NULL};
    return put_rows(store, &customers, rows, n, mark, err);
}

static void put_purchase(struct bolt_params *params, const void *rows, size_t i) {
    const struct hm_store_purchase *b = (const struct hm_store_purchase *)rows + i;
    bolt_begin_map(params, NULL, 5);
    bolt_put_string(params, "customer", b->customer);
    bolt_put_string(params, "code", b->code);
    bolt_put_string(params, "t_date", b->date);
    bolt_put_float(params, "price", b->price);
    bolt_put_int(params, "sales_channel", b->sales_channel);
    bolt_end(params);
}

// Rows without a mark are a load of their own: this kind's, with a number below those of the
// others.
static const char unmarked[] = STORE_UNMARKED;

static void put_kind(struct bolt_params *params, const struct hm_store_mark *mark) {
    bolt_put_string(params, "kind", mark->kind);
    bolt_put_int(params, "load", mark->kind == unmarked ? -mark->load : mark->load);
}

enum hm_status neo4j_put_purchases(struct hm_store *store, const struct hm_store_purchase *rows,
                                   size_t n, const struct hm_store_mark *mark,
                                   struct hm_error *err) {
    static const struct kind kind = {CYPHER_PURCHASES, put_purchase, put_kind, NULL};
    struct hm_store_mark own = {.kind = unmarked, .source = ""};
    if (!mark) {
        HM_TRY(neo4j_get_mark(store, &own, err));
        own.load++;
        own.bytes = 1;
        mark = &own;
    }
    return put_rows(store, &kind, rows, n, mark, err);
}
