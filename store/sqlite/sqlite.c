// SPDX-License-Identifier: MIT
// The SQLite store: opening a file, its schema, the prepared statements and transactions that the
// other sqlite_*.c use. One writer at a time (BEGIN IMMEDIATE); a second one waits up to BUSY_MS
// and then says so. WAL keeps what a killed process had committed.

#include "sqlite/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "text.h"

extern const struct hm_text store_schema[]; // schema.sql

enum { BUSY_MS = 30000, SCHEMA_VERSION = 1, APPLICATION_ID = 0x686d7265 /* "hmre" */ };

#define SQL_PRODUCT                                                                                \
    "SELECT p.code, p.name, t.name, t.product_group, d.name, i.name, g.name, c.name, "             \
    "EXISTS (SELECT 1 FROM embedding e WHERE e.product = p.id AND e.model = ?1 AND "               \
    "e.image_digest <> '') "                                                                       \
    "FROM product p LEFT JOIN product_type t ON t.number = p.product_type "                        \
    "LEFT JOIN department d ON d.number = p.department LEFT JOIN index_ i ON i.code = "            \
    "p.index_code "                                                                                \
    "LEFT JOIN graphical_appearance g ON g.number = p.graphical_appearance "                       \
    "LEFT JOIN colour_group c ON c.code = p.colour_group "

#define SQL_NEIGHBOURS                                                                             \
    "SELECT p.code, n.code, s.score FROM product p LEFT JOIN similar s ON s.product = p.id "       \
    "LEFT JOIN product n ON n.id = s.neighbour "

// A node known by its number; WHERE spares writing a page for every row that says the same again.
#define SQL_NODE(table, key)                                                                       \
    "INSERT INTO " table " (" key ", name) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET name = ?2 "   \
    "WHERE name IS NOT ?2"
// The same with the node that it belongs to.
#define SQL_CHILD(table, key, parent)                                                              \
    "INSERT INTO " table " (" key ", name, " parent                                                \
    ") VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET name = ?2, " parent " = ?3 "                  \
    "WHERE name IS NOT ?2 OR " parent " IS NOT ?3"

static const char *const statement_sql[ST_COUNT] = {
    [ST_BEGIN] = "BEGIN IMMEDIATE",
    [ST_COMMIT] = "COMMIT",
    [ST_ROLLBACK] = "ROLLBACK",
    [ST_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [ST_META_SET] = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
    [ST_MODEL_ADD] = "INSERT INTO model (name) VALUES (?1) ON CONFLICT DO NOTHING",
    [ST_MODEL_ID] = "SELECT id, name FROM model WHERE id = ?1 OR name = ?2",
    [ST_PRODUCT_ADD] = "INSERT INTO product (code) VALUES (?1) ON CONFLICT DO NOTHING",
    [ST_PRODUCT_ID] = "SELECT id FROM product WHERE code = ?1",
    [ST_EACH_SOURCE] =
        "SELECT p.code, e.image_digest, e.image_bytes, e.image_mtime_ns FROM embedding e "
        "JOIN product p ON p.id = e.product WHERE e.model = ?1",
    [ST_EMBEDDING_PUT] = "INSERT OR REPLACE INTO embedding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [ST_EMBEDDING_TOUCH] =
        "UPDATE embedding SET image_bytes = ?2, image_mtime_ns = ?3 WHERE product = ?1",
    [ST_FILL_MISSING] =
        "INSERT OR REPLACE INTO embedding SELECT p.id, ?1, ?2, '', 0, 0, zeroblob(8192) FROM "
        "product p "
        "WHERE NOT EXISTS (SELECT 1 FROM embedding e WHERE e.product = p.id AND e.model = ?1)",
    [ST_EACH_EMBEDDING] =
        "SELECT p.code, e.image_digest, e.image_bytes, e.image_mtime_ns, e.revision, e.vector "
        "FROM product p JOIN embedding e ON e.product = p.id WHERE e.model = ?1 ORDER BY p.code",
    [ST_EMBEDDING_GET] = "SELECT e.vector FROM product p JOIN embedding e ON e.product = p.id "
                         "WHERE e.model = ?1 AND p.code = ?2",
    [ST_SIMILAR_DELETE] = "DELETE FROM similar WHERE product = ?1",
    [ST_SIMILAR_ADD] = "INSERT INTO similar VALUES (?1, ?2, ?3, ?4)",
    [ST_SIMILAR_EACH] = SQL_NEIGHBOURS "ORDER BY p.code, s.rank",
    [ST_SIMILAR_GET] = SQL_NEIGHBOURS "WHERE p.code = ?1 ORDER BY s.rank",
    [ST_PRODUCT_EACH] = SQL_PRODUCT "ORDER BY p.code",
    [ST_PRODUCT_GET] = SQL_PRODUCT "WHERE p.code = ?2",
    [ST_COUNTS] =
        "SELECT (SELECT count(*) FROM product), (SELECT count(*) FROM embedding WHERE model = ?1), "
        "(SELECT count(*) FROM similar), (SELECT count(*) FROM customer), (SELECT count(*) FROM "
        "purchased)",
    [ST_MARK_GET] = "SELECT bytes, lines FROM loaded WHERE source = ?1",
    [ST_MARK_SET] = "INSERT OR REPLACE INTO loaded VALUES (?1, ?2, ?3)",
    [ST_GROUP_PUT] = "INSERT INTO product_group VALUES (?1) ON CONFLICT DO NOTHING",
    [ST_TYPE_PUT] = SQL_CHILD("product_type", "number", "product_group"),
    [ST_SECTION_PUT] = SQL_NODE("section", "number"),
    [ST_DEPARTMENT_PUT] = SQL_CHILD("department", "number", "section"),
    [ST_INDEX_GROUP_PUT] = SQL_NODE("index_group", "number"),
    [ST_INDEX_PUT] = SQL_CHILD("index_", "code", "index_group"),
    [ST_GARMENT_GROUP_PUT] = SQL_NODE("garment_group", "number"),
    [ST_APPEARANCE_PUT] = SQL_NODE("graphical_appearance", "number"),
    [ST_COLOUR_GROUP_PUT] = SQL_NODE("colour_group", "code"),
    [ST_COLOUR_VALUE_PUT] = SQL_NODE("perceived_colour_value", "id"),
    [ST_COLOUR_MASTER_PUT] = SQL_NODE("perceived_colour_master", "id"),
    [ST_ARTICLE_PUT] =
        "INSERT INTO product (code, product_code, name, description, product_type, department, "
        "index_code, garment_group, graphical_appearance, colour_group, perceived_colour_value, "
        "perceived_colour_master) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
        "ON CONFLICT (code) DO UPDATE SET product_code = ?2, name = ?3, description = ?4, "
        "product_type = ?5, department = ?6, index_code = ?7, garment_group = ?8, "
        "graphical_appearance = ?9, colour_group = ?10, perceived_colour_value = ?11, "
        "perceived_colour_master = ?12",
    [ST_CUSTOMER_PUT] =
        "INSERT INTO customer (id, fn, active, club_member_status, fashion_news_frequency, age, "
        "postal_code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET fn = ?2, "
        "active = ?3, club_member_status = ?4, fashion_news_frequency = ?5, age = ?6, "
        "postal_code = ?7",
    [ST_CUSTOMER_ADD] = "INSERT INTO customer (id) VALUES (?1)",
    [ST_CUSTOMER_GET] = "SELECT number FROM customer WHERE id = ?1",
    [ST_PURCHASE_PUT] = "INSERT OR REPLACE INTO purchased VALUES (?1, ?2, ?3, ?4, ?5)",
};

enum hm_status sqlite_fail(struct sqlite_store *s, int code, struct hm_error *err) {
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return hm_fail(err, HM_ENOMEM, "store %s: out of memory", s->base.name);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return hm_fail(
            err, HM_ECONFLICT,
            "store %s: another process has been writing to it for %d s; try again when it is done",
            s->base.name, BUSY_MS / 1000);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return hm_fail(err, HM_EFORMAT, "store %s: %s", s->base.name, sqlite3_errmsg(s->db));
    default:
        return hm_fail(err, HM_EIO, "store %s: %s", s->base.name, sqlite3_errmsg(s->db));
    }
}

enum hm_status sqlite_prepare(struct sqlite_store *s, enum sqlite_statement which,
                              sqlite3_stmt **out, struct hm_error *err) {
    sqlite3_stmt **slot = &s->statements[which];
    *out = NULL;
    if (!*slot) {
        int code = sqlite3_prepare_v3(s->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
                                      slot, NULL);
        if (code != SQLITE_OK) return sqlite_fail(s, code, err);
    }
    sqlite3_reset(*slot);
    sqlite3_clear_bindings(*slot);
    *out = *slot;
    return HM_OK;
}

enum hm_status sqlite_step(struct sqlite_store *s, sqlite3_stmt *statement, bool *row,
                           struct hm_error *err) {
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW) return HM_OK;
    enum hm_status status = code == SQLITE_DONE ? HM_OK : sqlite_fail(s, code, err);
    sqlite3_reset(statement);
    return status;
}

enum hm_status sqlite_run(struct sqlite_store *s, sqlite3_stmt *statement, struct hm_error *err) {
    bool row = true;
    while (row)
        HM_TRY(sqlite_step(s, statement, &row, err));
    return HM_OK;
}

enum hm_status sqlite_do(struct sqlite_store *s, enum sqlite_statement which,
                         struct hm_error *err) {
    sqlite3_stmt *statement;
    HM_TRY(sqlite_prepare(s, which, &statement, err));
    return sqlite_run(s, statement, err);
}

enum hm_status sqlite_end(struct sqlite_store *s, enum hm_status status, struct hm_error *err) {
    if (status == HM_OK) status = sqlite_do(s, ST_COMMIT, err);
    if (status != HM_OK && !sqlite3_get_autocommit(s->db)) {
        enum hm_status ignored = sqlite_do(s, ST_ROLLBACK, NULL);
        (void)ignored; // the first failure is the one to report
    }
    return status;
}

enum hm_status sqlite_meta_get(struct sqlite_store *s, const char *key, int64_t *value,
                               struct hm_error *err) {
    sqlite3_stmt *get;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_META_GET, &get, err));
    sqlite3_bind_text(get, 1, key, -1, SQLITE_STATIC);
    HM_TRY(sqlite_step(s, get, &row, err));
    *value = row ? sqlite3_column_int64(get, 0) : 0;
    sqlite3_reset(get);
    return HM_OK;
}

enum hm_status sqlite_meta_set(struct sqlite_store *s, const char *key, int64_t value,
                               struct hm_error *err) {
    sqlite3_stmt *set;
    HM_TRY(sqlite_prepare(s, ST_META_SET, &set, err));
    sqlite3_bind_text(set, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(set, 2, value);
    return sqlite_run(s, set, err);
}

enum hm_status sqlite_product_id(struct sqlite_store *s, const char *code, bool add, int64_t *id,
                                 struct hm_error *err) {
    sqlite3_stmt *statement;
    bool row;
    if (add) {
        HM_TRY(sqlite_prepare(s, ST_PRODUCT_ADD, &statement, err));
        sqlite3_bind_text(statement, 1, code, -1, SQLITE_STATIC);
        HM_TRY(sqlite_run(s, statement, err));
    }
    HM_TRY(sqlite_prepare(s, ST_PRODUCT_ID, &statement, err));
    sqlite3_bind_text(statement, 1, code, -1, SQLITE_STATIC);
    HM_TRY(sqlite_step(s, statement, &row, err));
    if (!row) return hm_fail(err, HM_ENOTFOUND, "store %s: no product %s", s->base.name, code);
    *id = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return HM_OK;
}

static void close_store(struct hm_store *store) {
    struct sqlite_store *s = sqlite_of(store);
    for (size_t i = 0; i < ST_COUNT; i++)
        sqlite3_finalize(s->statements[i]);
    sqlite3_close(s->db);
    free(s);
}

static const struct store_ops ops = {
    .close = close_store,
    .use_model = sqlite_use_model,
    .model = sqlite_model,
    .each_source = sqlite_each_source,
    .put_embeddings = sqlite_put_embeddings,
    .fill_missing = sqlite_fill_missing,
    .each_embedding = sqlite_each_embedding,
    .get_embedding = sqlite_get_embedding,
    .knn_state = sqlite_knn_state,
    .put_neighbours = sqlite_put_neighbours,
    .each_neighbours = sqlite_each_neighbours,
    .get_neighbours = sqlite_get_neighbours,
    .products = sqlite_products,
    .counts = sqlite_counts,
    .get_mark = sqlite_get_mark,
    .put_articles = sqlite_put_articles,
    .put_customers = sqlite_put_customers,
    .put_purchases = sqlite_put_purchases,
};

static enum hm_status execute(struct sqlite_store *s, const char *sql, struct hm_error *err) {
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? HM_OK : sqlite_fail(s, code, err);
}

static enum hm_status pragma_get(struct sqlite_store *s, const char *sql, int64_t *value,
                                 struct hm_error *err) {
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK) return sqlite_fail(s, code, err);
    code = sqlite3_step(statement);
    *value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? HM_OK : sqlite_fail(s, code, err);
}

// Under the write lock, so that of two processes that find an empty file one makes the tables and
// the other finds them.
static enum hm_status make_schema(struct sqlite_store *s, struct hm_error *err) {
    HM_TRY(execute(s, "BEGIN IMMEDIATE", err));
    int64_t version = 0, tables = 0;
    enum hm_status status = pragma_get(s, "PRAGMA user_version", &version, err);
    if (status == HM_OK) status = pragma_get(s, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (status == HM_OK && version == 0 && tables > 0)
        status = hm_fail(err, HM_EFORMAT, "store %s: an SQLite file, but not one of hmrec's",
                         s->base.name);
    if (status == HM_OK && version == 0) {
        char pragmas[96];
        snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 APPLICATION_ID, SCHEMA_VERSION);
        status = execute(s, store_schema[0].text, err);
        if (status == HM_OK) status = execute(s, pragmas, err);
    }
    return sqlite_end(s, status, err);
}

static enum hm_status check_schema(struct sqlite_store *s, bool create, struct hm_error *err) {
    int64_t version, application;
    HM_TRY(pragma_get(s, "PRAGMA user_version", &version, err));
    if (version == 0) {
        if (!create)
            return hm_fail(err, HM_EFORMAT, "store %s: not an hmrec store (it has no tables)",
                           s->base.name);
        // Seven embeddings to a page: reading all of 105,542 takes half the time that it takes with
        // pages of 4 KiB, where each lies in a chain of three.
        HM_TRY(execute(s, "PRAGMA page_size = 65536", err));
        HM_TRY(make_schema(s, err));
        HM_TRY(pragma_get(s, "PRAGMA user_version", &version, err));
    }
    HM_TRY(pragma_get(s, "PRAGMA application_id", &application, err));
    if (application != APPLICATION_ID)
        return hm_fail(err, HM_EFORMAT, "store %s: an SQLite file, but not one of hmrec's",
                       s->base.name);
    if (version != SCHEMA_VERSION)
        return hm_fail(err, HM_EFORMAT, "store %s: found schema %lld, this hmrec reads schema %d",
                       s->base.name, (long long)version, SCHEMA_VERSION);
    return HM_OK;
}

// SQLite's own wait does not cover the change to WAL: there it gives up at once when another process
// is at the file, for instance one that opens the new store at the same moment.
static enum hm_status use_wal(struct sqlite_store *s, struct hm_error *err) {
    const uint64_t start_ns = hm_now_ns(), patience_ns = BUSY_MS * 1000000ull;
    int code;
    while ((code = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL)) ==
               SQLITE_BUSY &&
           hm_now_ns() - start_ns < patience_ns)
        sqlite3_sleep(10);
    return code == SQLITE_OK ? HM_OK : sqlite_fail(s, code, err);
}

enum hm_status store_sqlite_open(struct hm_store **out, const struct hm_store_config *config,
                                 struct hm_error *err) {
    const char *path = config->uri;
    struct sqlite_store *s = calloc(1, sizeof *s);
    if (!s) return hm_fail(err, HM_ENOMEM, "no memory for a store");
    s->base.ops = &ops;
    snprintf(s->base.name, sizeof s->base.name, "%s", path);
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (config->create ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(path, &s->db, flags, NULL);
    enum hm_status status = HM_OK;
    if (code == SQLITE_CANTOPEN && !config->create)
        status = hm_fail(err, HM_ENOTFOUND, "store %s: no such file (hmrec embed makes it)", path);
    else if (code != SQLITE_OK)
        status = s->db ? sqlite_fail(s, code, err)
                       : hm_fail(err, HM_ENOMEM, "store %s: out of memory", path);
    if (status == HM_OK) {
        sqlite3_busy_timeout(s->db, BUSY_MS);
        status = check_schema(s, config->create, err);
    }
    if (status == HM_OK) status = use_wal(s, err);
    if (status == HM_OK)
        status = execute(s, "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON", err);
    if (status == HM_OK) status = sqlite_meta_get(s, "model", &s->model, err);
    if (status != HM_OK)
        close_store(&s->base);
    else
        *out = &s->base;
    return status;
}
