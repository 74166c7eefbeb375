// SPDX-License-Identifier: MIT
// The catalogue, customers and purchases in the SQLite store, batch by batch: each call is one
// transaction that also notes how far the file has been read.

#include <stdio.h>
#include <string.h>

#include "sqlite/sqlite.h"

enum {
    LOAD_CACHE_KIB = 65536, // the index of 1.37 million customers takes 110 MB, its warm part half
    LOAD_CHECKPOINT_PAGES = 16384 // 64 MiB: a page that many batches touch is copied back once
};

enum hm_status sqlite_get_mark(struct hm_store *store, struct hm_store_mark *mark,
                               struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *get;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_MARK_GET, &get, err));
    sqlite3_bind_text(get, 1, mark->source, -1, SQLITE_STATIC);
    HM_TRY(sqlite_step(s, get, &row, err));
    mark->bytes = row ? (uint64_t)sqlite3_column_int64(get, 0) : 0;
    mark->lines = row ? (uint64_t)sqlite3_column_int64(get, 1) : 0;
    sqlite3_reset(get);
    return HM_OK;
}

static enum hm_status set_mark(struct sqlite_store *s, const struct hm_store_mark *mark,
                               struct hm_error *err) {
    sqlite3_stmt *set;
    if (!mark) return HM_OK;
    if (strlen(mark->source) > HM_STORE_SOURCE_MAX)
        return hm_fail(err, HM_EARG, "source \"%s\" is longer than %d bytes", mark->source,
                       HM_STORE_SOURCE_MAX);
    HM_TRY(sqlite_prepare(s, ST_MARK_SET, &set, err));
    sqlite3_bind_text(set, 1, mark->source, -1, SQLITE_STATIC);
    sqlite3_bind_int64(set, 2, (sqlite3_int64)mark->bytes);
    sqlite3_bind_int64(set, 3, (sqlite3_int64)mark->lines);
    return sqlite_run(s, set, err);
}

// Foreign keys: every key is looked up or written just before it is used; checking again took half the time.
static enum hm_status begin(struct sqlite_store *s, struct hm_error *err) {
    if (!s->loading) {
        char pragmas[80];
        snprintf(pragmas, sizeof pragmas, "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -%d",
                 LOAD_CACHE_KIB);
        int code = sqlite3_exec(s->db, pragmas, NULL, NULL, NULL);
        if (code == SQLITE_OK) code = sqlite3_wal_autocheckpoint(s->db, LOAD_CHECKPOINT_PAGES);
        if (code != SQLITE_OK) return sqlite_fail(s, code, err);
        s->loading = true;
    }
    return sqlite_do(s, ST_BEGIN, err);
}

static enum hm_status end(struct sqlite_store *s, enum hm_status status,
                          const struct hm_store_mark *mark, struct hm_error *err) {
    if (status == HM_OK) status = set_mark(s, mark, err);
    return sqlite_end(s, status, err);
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

static enum hm_status put_type(struct sqlite_store *s, const struct hm_store_article *a,
                               struct hm_error *err) {
    sqlite3_stmt *put;
    if (a->product_group) {
        HM_TRY(sqlite_prepare(s, ST_GROUP_PUT, &put, err));
        bind_text(put, 1, a->product_group);
        HM_TRY(sqlite_run(s, put, err));
    }
    if (!a->product_type.name) return HM_OK;
    HM_TRY(sqlite_prepare(s, ST_TYPE_PUT, &put, err));
    sqlite3_bind_int64(put, 1, a->product_type.number);
    bind_text(put, 2, a->product_type.name);
    bind_text(put, 3, a->product_group);
    return sqlite_run(s, put, err);
}

static enum hm_status put_index(struct sqlite_store *s, const struct hm_store_article *a,
                                struct hm_error *err) {
    sqlite3_stmt *put;
    HM_TRY(put_node(s, ST_INDEX_GROUP_PUT, &a->index_group, NULL, err));
    if (!a->index_code) return HM_OK;
    HM_TRY(sqlite_prepare(s, ST_INDEX_PUT, &put, err));
    bind_text(put, 1, a->index_code);
    bind_text(put, 2, a->index_name ? a->index_name : "");
    bind_key(put, 3, &a->index_group);
    return sqlite_run(s, put, err);
}

static enum hm_status put_article(struct sqlite_store *s, const struct hm_store_article *a,
                                  struct hm_error *err) {
    sqlite3_stmt *put;
    HM_TRY(put_type(s, a, err));
    HM_TRY(put_index(s, a, err));
    HM_TRY(put_node(s, ST_SECTION_PUT, &a->section, NULL, err));
    HM_TRY(put_node(s, ST_DEPARTMENT_PUT, &a->department, &a->section, err));
    HM_TRY(put_node(s, ST_GARMENT_GROUP_PUT, &a->garment_group, NULL, err));
    HM_TRY(put_node(s, ST_APPEARANCE_PUT, &a->appearance, NULL, err));
    HM_TRY(put_node(s, ST_COLOUR_GROUP_PUT, &a->colour_group, NULL, err));
    HM_TRY(put_node(s, ST_COLOUR_VALUE_PUT, &a->colour_value, NULL, err));
    HM_TRY(put_node(s, ST_COLOUR_MASTER_PUT, &a->colour_master, NULL, err));
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
    return sqlite_run(s, put, err);
}

enum hm_status sqlite_put_articles(struct hm_store *store, const struct hm_store_article *rows,
                                   size_t n, const struct hm_store_mark *mark,
                                   struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    HM_TRY(begin(s, err));
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < n && status == HM_OK; i++)
        status = put_article(s, &rows[i], err);
    return end(s, status, mark, err);
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
    struct sqlite_store *s = sqlite_of(store);
    HM_TRY(begin(s, err));
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < n && status == HM_OK; i++)
        status = put_customer(s, &rows[i], err);
    return end(s, status, mark, err);
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

enum hm_status sqlite_put_purchases(struct hm_store *store, const struct hm_store_purchase *rows,
                                    size_t n, const struct hm_store_mark *mark,
                                    struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    const char *last = ""; // a customer's purchases of a day stand together in the file
    int64_t customer = 0, product = 0;
    sqlite3_stmt *put;
    HM_TRY(begin(s, err));
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < n && status == HM_OK; i++) {
        const struct hm_store_purchase *p = &rows[i];
        if (strcmp(p->customer, last) != 0)
            status = find_or_add(s, ST_CUSTOMER_GET, ST_CUSTOMER_ADD, p->customer, &customer, err);
        last = p->customer;
        if (status == HM_OK)
            status = find_or_add(s, ST_PRODUCT_ID, ST_PRODUCT_ADD, p->code, &product, err);
        if (status == HM_OK) status = sqlite_prepare(s, ST_PURCHASE_PUT, &put, err);
        if (status != HM_OK) break;
        bind_text(put, 1, p->date);
        sqlite3_bind_int64(put, 2, customer);
        sqlite3_bind_int64(put, 3, product);
        sqlite3_bind_double(put, 4, p->price);
        sqlite3_bind_int(put, 5, p->sales_channel);
        status = sqlite_run(s, put, err);
    }
    return end(s, status, mark, err);
}
