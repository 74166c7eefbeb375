// SPDX-License-Identifier: MIT
// The catalogue, customers and purchases in the SQLite store, batch by batch: each call is one
// transaction that also notes how far the file has been read.

#include <stdio.h>
#include <string.h>

#include "sqlite/sqlite.h"

enum {
    LOAD_CACHE_KIB = 65536 // the index of 1.37 million customers takes 110 MB, its warm part half
};

// ---- marks

enum hm_status sqlite_get_mark(struct hm_store *store, struct hm_store_mark *mark,
                               struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *get;
    bool row;
    const int64_t load = mark->load;
    *mark = (struct hm_store_mark){.kind = mark->kind, .source = mark->source};
    HM_TRY(sqlite_prepare(s, ST_MARK_GET, &get, err));
    sqlite3_bind_text(get, 1, mark->kind, -1, SQLITE_STATIC);
    HM_TRY(sqlite_step(s, get, &row, err));
    if (!row) return HM_OK;
    mark->load = sqlite3_column_int64(get, 0);
    bool same = *mark->source && strcmp(sqlite_text(get, 1), mark->source) == 0;
    if (same || (load && load == mark->load)) {
        uint64_t *const fields[] = {&mark->bytes, &mark->lines, &mark->rows, &mark->bad,
                                    &mark->merged};
        for (int i = 0; i < 5; i++)
            *fields[i] = (uint64_t)sqlite3_column_int64(get, 2 + i);
        mark->done = sqlite3_column_int(get, 7) != 0;
    }
    sqlite3_reset(get);
    return HM_OK;
}

static enum hm_status set_mark(struct sqlite_store *s, const struct hm_store_mark *mark,
                               uint64_t merged, struct hm_error *err) {
    sqlite3_stmt *set;
    HM_TRY(sqlite_prepare(s, ST_MARK_SET, &set, err));
    sqlite3_bind_text(set, 1, mark->kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(set, 2, mark->source, -1, SQLITE_STATIC);
    const uint64_t fields[] = {
        (uint64_t)mark->load, mark->bytes, mark->lines, mark->rows, mark->bad, merged, mark->done};
    for (int i = 0; i < 7; i++)
        sqlite3_bind_int64(set, 3 + i, (sqlite3_int64)fields[i]);
    return sqlite_run(s, set, err);
}

// ---- a batch

// One call's transaction.
struct batch {
    struct sqlite_store *s;
    const struct hm_store_mark *mark; // NULL: none
    uint64_t merged;                  // rows of the load so far that raised a quantity
};

// Foreign keys: every key is looked up or written just before it is used; checking again took half
// the time.
static enum hm_status prepare_loading(struct sqlite_store *s, struct hm_error *err) {
    char pragmas[80];
    if (s->loading) return HM_OK;
    snprintf(pragmas, sizeof pragmas, "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -%d",
             LOAD_CACHE_KIB);
    int code = sqlite3_exec(s->db, pragmas, NULL, NULL, NULL);
    if (code != SQLITE_OK) return sqlite_fail(s, code, err);
    s->loading = true;
    return HM_OK;
}

// The mark in the store must be the one that this load left there, or, at its start, an older one.
static enum hm_status check_mark(struct batch *b, struct hm_error *err) {
    struct hm_store_mark found = *b->mark;
    HM_TRY(sqlite_get_mark(&b->s->base, &found, err));
    bool goes_on = found.load == b->mark->load && found.bytes == b->mark->from;
    if (goes_on) b->merged = found.merged;
    if (goes_on || (found.load < b->mark->load && b->mark->from == 0)) return HM_OK;
    return hm_fail(err, HM_ECONFLICT, "store %s: another process is loading %s into it",
                   b->s->base.name, b->mark->kind);
}

static enum hm_status begin_batch(struct batch *b, struct hm_store *store,
                                  const struct hm_store_mark *mark, struct hm_error *err) {
    *b = (struct batch){.s = sqlite_of(store), .mark = mark};
    if (mark) HM_TRY(store_check_mark(store, mark, err));
    HM_TRY(prepare_loading(b->s, err));
    HM_TRY(sqlite_do(b->s, ST_BEGIN, err));
    enum hm_status status = mark ? check_mark(b, err) : HM_OK;
    return status == HM_OK ? HM_OK : sqlite_end(b->s, status, err);
}

static enum hm_status end_batch(struct batch *b, enum hm_status status, struct hm_error *err) {
    if (status == HM_OK && b->mark) status = set_mark(b->s, b->mark, b->merged, err);
    return sqlite_end(b->s, status, err);
}

// NULL binds as NULL.
static void bind_text(sqlite3_stmt *statement, int column, const char *text) {
    sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
}

// A node that the row does not name leaves the column NULL.
static void bind_key(sqlite3_stmt *statement, int column, const struct hm_store_named *node) {
    if (node->name) sqlite3_bind_int64(statement, column, node->number);
}

static void bind_count(sqlite3_stmt *statement, int column, int count) {
    if (count >= 0) sqlite3_bind_int(statement, column, count);
}

// ---- articles

// parent: bound as the third parameter where the statement has one
static enum hm_status put_node(struct sqlite_store *s, enum sqlite_statement which,
                               const struct hm_store_named *node,
                               const struct hm_store_named *parent, struct hm_error *err) {
    sqlite3_stmt *put;
    if (!node->name) return HM_OK;
    HM_TRY(sqlite_prepare(s, which, &put, err));
    sqlite3_bind_int64(put, 1, node->number);
    bind_text(put, 2, node->name);
    if (parent) bind_key(put, 3, parent);
    return sqlite_run(s, put, err);
}

// As in the graph, what a type, index or department belongs to is known through it alone.
static enum hm_status put_type(struct sqlite_store *s, const struct hm_store_article *a,
                               struct hm_error *err) {
    sqlite3_stmt *put;
    if (!a->product_type.name) return HM_OK;
    if (a->product_group) {
        HM_TRY(sqlite_prepare(s, ST_GROUP_PUT, &put, err));
        bind_text(put, 1, a->product_group);
        HM_TRY(sqlite_run(s, put, err));
    }
    HM_TRY(sqlite_prepare(s, ST_TYPE_PUT, &put, err));
    sqlite3_bind_int64(put, 1, a->product_type.number);
    bind_text(put, 2, a->product_type.name);
    bind_text(put, 3, a->product_group);
    return sqlite_run(s, put, err);
}

static enum hm_status put_index(struct sqlite_store *s, const struct hm_store_article *a,
                                struct hm_error *err) {
    sqlite3_stmt *put;
    if (!a->index_code) return HM_OK;
    HM_TRY(put_node(s, ST_INDEX_GROUP_PUT, &a->index_group, NULL, err));
    HM_TRY(sqlite_prepare(s, ST_INDEX_PUT, &put, err));
    bind_text(put, 1, a->index_code);
    bind_text(put, 2, a->index_name ? a->index_name : "");
    bind_key(put, 3, &a->index_group);
    return sqlite_run(s, put, err);
}

// One end of a link: a text, else a node's number.
struct link_end {
    const char *text;
    const struct hm_store_named *node;
};

static void bind_end(sqlite3_stmt *statement, int column, struct link_end end) {
    if (end.node)
        bind_key(statement, column, end.node);
    else
        bind_text(statement, column, end.text);
}

// A link of which the row does not name both ends is passed over by the statement.
static enum hm_status put_link(struct sqlite_store *s, const char *kind, struct link_end child,
                               struct link_end parent, struct hm_error *err) {
    sqlite3_stmt *add;
    HM_TRY(sqlite_prepare(s, ST_LINK_ADD, &add, err));
    bind_text(add, 1, kind);
    bind_end(add, 2, child);
    bind_end(add, 3, parent);
    return sqlite_run(s, add, err);
}

static enum hm_status put_links(struct sqlite_store *s, const struct hm_store_article *a,
                                struct hm_error *err) {
    HM_TRY(put_link(s, "product_group", (struct link_end){NULL, &a->product_type},
                    (struct link_end){a->product_group, NULL}, err));
    HM_TRY(put_link(s, "section", (struct link_end){NULL, &a->department},
                    (struct link_end){NULL, &a->section}, err));
    return put_link(s, "index_group", (struct link_end){a->index_code, NULL},
                    (struct link_end){NULL, &a->index_group}, err);
}

static enum hm_status put_article(struct sqlite_store *s, const struct hm_store_article *a,
                                  int64_t load, struct hm_error *err) {
    sqlite3_stmt *put;
    HM_TRY(put_type(s, a, err));
    HM_TRY(put_index(s, a, err));
    if (a->department.name) HM_TRY(put_node(s, ST_SECTION_PUT, &a->section, NULL, err));
    HM_TRY(put_node(s, ST_DEPARTMENT_PUT, &a->department, &a->section, err));
    HM_TRY(put_node(s, ST_GARMENT_GROUP_PUT, &a->garment_group, NULL, err));
    HM_TRY(put_node(s, ST_APPEARANCE_PUT, &a->appearance, NULL, err));
    HM_TRY(put_node(s, ST_COLOUR_GROUP_PUT, &a->colour_group, NULL, err));
    HM_TRY(put_node(s, ST_COLOUR_VALUE_PUT, &a->colour_value, NULL, err));
    HM_TRY(put_node(s, ST_COLOUR_MASTER_PUT, &a->colour_master, NULL, err));
    if (s->links) HM_TRY(put_links(s, a, err));
    HM_TRY(sqlite_prepare(s, ST_ARTICLE_PUT, &put, err));
    bind_text(put, 1, a->code);
    bind_text(put, 2, a->product_code);
    bind_text(put, 3, a->name);
    bind_text(put, 4, a->description);
    bind_key(put, 5, &a->product_type);
    bind_key(put, 6, &a->department);
    bind_text(put, 7, a->index_code);
    bind_key(put, 8, &a->garment_group);
    bind_key(put, 9, &a->appearance);
    bind_key(put, 10, &a->colour_group);
    bind_key(put, 11, &a->colour_value);
    bind_key(put, 12, &a->colour_master);
    sqlite3_bind_int64(put, 13, load);
    return sqlite_run(s, put, err);
}

static struct hm_store_article read_article(sqlite3_stmt *row) {
    struct hm_store_article article = {0};
    for (int i = 0, column = 0; i < STORE_ARTICLE_FIELDS; i++, column++) {
        void *at = (char *)&article + store_article_fields[i].offset;
        if (store_article_fields[i].numbered) {
            struct hm_store_named *named = at;
            named->number = sqlite3_column_int64(row, column++);
            named->name = (const char *)sqlite3_column_text(row, column);
        } else {
            *(const char **)at = (const char *)sqlite3_column_text(row, column);
        }
    }
    return article;
}

enum hm_status sqlite_each_article(struct hm_store *store, hm_store_article_fn *fn, void *context,
                                   struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *each;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_ARTICLE_EACH, &each, err));
    enum hm_status status = sqlite_step(s, each, &row, err);
    while (status == HM_OK && row) {
        struct hm_store_article article = read_article(each);
        status = fn(context, &article, err);
        if (status == HM_OK) status = sqlite_step(s, each, &row, err);
    }
    sqlite3_reset(each);
    return status;
}

enum hm_status sqlite_put_articles(struct hm_store *store, const struct hm_store_article *rows,
                                   size_t n, const struct hm_store_mark *mark,
                                   struct hm_error *err) {
    struct batch b;
    HM_TRY(begin_batch(&b, store, mark, err));
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < n && status == HM_OK; i++)
        status = put_article(b.s, &rows[i], mark ? mark->load : 0, err);
    return end_batch(&b, status, err);
}

// ---- customers

static enum hm_status put_customer(struct sqlite_store *s, const struct hm_store_customer *c,
                                   struct hm_error *err) {
    sqlite3_stmt *put;
    HM_TRY(sqlite_prepare(s, ST_CUSTOMER_PUT, &put, err));
    bind_text(put, 1, c->id);
    bind_count(put, 2, c->fn);
    bind_count(put, 3, c->active);
    bind_text(put, 4, c->club_member_status);
    bind_text(put, 5, c->fashion_news_frequency);
    bind_count(put, 6, c->age);
    bind_text(put, 7, c->postal_code);
    return sqlite_run(s, put, err);
}

enum hm_status sqlite_put_customers(struct hm_store *store, const struct hm_store_customer *rows,
                                    size_t n, const struct hm_store_mark *mark,
                                    struct hm_error *err) {
    struct batch b;
    HM_TRY(begin_batch(&b, store, mark, err));
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < n && status == HM_OK; i++)
        status = put_customer(b.s, &rows[i], err);
    return end_batch(&b, status, err);
}

// ---- purchases

// The number of the row whose key is text, made when there is none.
static enum hm_status find_or_add(struct sqlite_store *s, enum sqlite_statement get,
                                  enum sqlite_statement add, const char *text, int64_t *number,
                                  struct hm_error *err) {
    sqlite3_stmt *statement;
    bool row;
    HM_TRY(sqlite_prepare(s, get, &statement, err));
    bind_text(statement, 1, text);
    HM_TRY(sqlite_step(s, statement, &row, err));
    if (row) {
        *number = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
        return HM_OK;
    }
    HM_TRY(sqlite_prepare(s, add, &statement, err));
    bind_text(statement, 1, text);
    HM_TRY(sqlite_run(s, statement, err));
    *number = sqlite3_last_insert_rowid(s->db);
    return HM_OK;
}

static void bind_purchase(sqlite3_stmt *put, const struct hm_store_purchase *p, int64_t customer,
                          int64_t product, int64_t load) {
    bind_text(put, 1, p->date);
    sqlite3_bind_int64(put, 2, customer);
    sqlite3_bind_int64(put, 3, product);
    sqlite3_bind_double(put, 4, p->price);
    sqlite3_bind_int(put, 5, p->sales_channel);
    sqlite3_bind_int64(put, 6, load);
}

// Nearly every row is a new purchase; of the others those of this load count as one piece more,
// those of an earlier one start anew.
static enum hm_status put_piece(struct batch *b, const struct hm_store_purchase *p,
                                int64_t customer, int64_t product, int64_t load,
                                struct hm_error *err) {
    static const enum sqlite_statement ways[] = {ST_PURCHASE_ADD, ST_PURCHASE_RAISE,
                                                 ST_PURCHASE_RESET};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        sqlite3_stmt *put;
        HM_TRY(sqlite_prepare(b->s, ways[i], &put, err));
        bind_purchase(put, p, customer, product, load);
        HM_TRY(sqlite_run(b->s, put, err));
        if (!sqlite3_changes(b->s->db)) continue;
        b->merged += ways[i] == ST_PURCHASE_RAISE;
        return HM_OK;
    }
    return HM_OK;
}

// Rows without a mark are a load of their own, with a number below those that have one.
static enum hm_status number_load(struct batch *b, int64_t *load, struct hm_error *err) {
    if (b->mark) {
        *load = b->mark->load;
        return HM_OK;
    }
    HM_TRY(sqlite_meta_get(b->s, "unmarked_load", load, err));
    return sqlite_meta_set(b->s, "unmarked_load", --*load, err);
}

enum hm_status sqlite_put_purchases(struct hm_store *store, const struct hm_store_purchase *rows,
                                    size_t n, const struct hm_store_mark *mark,
                                    struct hm_error *err) {
    struct batch b;
    const char *last = ""; // a customer's purchases of a day stand together in the file
    int64_t customer = 0, product = 0, load = 0;
    HM_TRY(begin_batch(&b, store, mark, err));
    enum hm_status status = number_load(&b, &load, err);
    for (size_t i = 0; i < n && status == HM_OK; i++) {
        const struct hm_store_purchase *p = &rows[i];
        if (strcmp(p->customer, last) != 0)
            status =
                find_or_add(b.s, ST_CUSTOMER_GET, ST_CUSTOMER_ADD, p->customer, &customer, err);
        last = p->customer;
        if (status == HM_OK)
            status = find_or_add(b.s, ST_PRODUCT_ID, ST_PRODUCT_ADD, p->code, &product, err);
        if (status == HM_OK) status = put_piece(&b, p, customer, product, load, err);
    }
    return end_batch(&b, status, err);
}
