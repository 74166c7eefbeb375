// SPDX-License-Identifier: MIT
// The SQLite store's statements and transactions, which the other files of this folder use. One
// writer at a time (BEGIN IMMEDIATE); a second one waits up to SQLITE_BUSY_MS and then says so. WAL
// keeps what a killed process had committed.

#include "sqlite/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQL_PRODUCT                                                                                \
    "SELECT p.code, p.name, t.name, t.product_group, d.name, i.name, g.name, c.name, "             \
    "p.department, p.index_code, "                                                                 \
    "EXISTS (SELECT 1 FROM embedding e WHERE e.product = p.id AND e.model = ?1 AND "               \
    "e.image_digest <> ''), "                                                                      \
    "p.catalogue IS coalesce((SELECT load FROM loaded WHERE kind = 'articles'), 0) "               \
    "FROM product p LEFT JOIN product_type t ON t.number = p.product_type "                        \
    "LEFT JOIN department d ON d.number = p.department LEFT JOIN index_ i ON i.code = "            \
    "p.index_code "                                                                                \
    "LEFT JOIN graphical_appearance g ON g.number = p.graphical_appearance "                       \
    "LEFT JOIN colour_group c ON c.code = p.colour_group "

#define SQL_EMBEDDING                                                                              \
    "SELECT p.code, e.image_digest, e.image_bytes, e.image_mtime_ns, e.revision, e.vector"

#define SQL_NEIGHBOURS                                                                             \
    "SELECT p.code, n.code, s.score FROM product p LEFT JOIN similar s ON s.product = p.id "       \
    "LEFT JOIN product n ON n.id = s.neighbour "

#define SQL_PURCHASE                                                                               \
    "WHERE t_date = ?1 AND customer = ?2 AND product = ?3 AND price = ?4 AND sales_channel = ?5 "

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
    [ST_BEGIN_READ] = "BEGIN",
    [ST_COMMIT] = "COMMIT",
    [ST_ROLLBACK] = "ROLLBACK",
    [ST_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [ST_META_SET] = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
    [ST_MODEL_ADD] = "INSERT INTO model (name) VALUES (?1) ON CONFLICT DO NOTHING",
    [ST_MODEL_ID] = "SELECT id, name, EXISTS (SELECT 1 FROM embedding WHERE model = id) "
                    "FROM model WHERE id = ?1 OR name = ?2",
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
    // CROSS: in the order of the codes, not sorted by it with all vectors in memory, which is what
    // the index of revisions tempts SQLite to.
    [ST_EACH_EMBEDDING] = SQL_EMBEDDING
    " FROM product p CROSS JOIN embedding e ON e.product = p.id WHERE e.model = ?1 "
    "ORDER BY p.code",
    [ST_EMBEDDING_GET] = "SELECT e.vector FROM product p JOIN embedding e ON e.product = p.id "
                         "WHERE e.model = ?1 AND p.code = ?2",
    // A product's number may have gone to another one since, a revision never.
    [ST_EMBEDDING_NUMBERED] =
        SQL_EMBEDDING " FROM embedding e JOIN product p ON p.id = e.product WHERE e.model = ?1 "
                      "AND e.product = ?2 AND e.image_digest <> '' AND e.revision <= "
                      "(SELECT revision FROM screen WHERE model = ?1)",
    [ST_EACH_NEWER] =
        SQL_EMBEDDING ", e.product FROM embedding e JOIN product p ON p.id = e.product "
                      "WHERE e.model = ?1 AND e.revision > ?2 AND e.image_digest <> ''",
    [ST_EMBEDDING_COUNT] = "SELECT count(*) FROM embedding WHERE model = ?1",
    [ST_SCREEN_GET] =
        "SELECT length(saved), made_of, kept, revision, (SELECT count(*) FROM embedding e WHERE "
        "e.model = ?1 AND e.revision > screen.revision), (SELECT count(*) FROM screen_block) "
        "FROM screen WHERE model = ?1",
    // The least and the greatest each by itself: together they are a pass over everything.
    [ST_SCREEN_SAMPLE] =
        "SELECT vector FROM embedding NOT INDEXED WHERE product >= (SELECT min(product) FROM "
        "embedding) + "
        "CAST(?2 * (1 + (SELECT max(product) FROM embedding) - (SELECT min(product) FROM "
        "embedding)) AS INTEGER) AND model = ?1 AND image_digest <> '' ORDER BY product LIMIT 1",
    [ST_SCREEN_CLEAR] = "DELETE FROM screen",
    [ST_SCREEN_BLOCKS_CLEAR] = "DELETE FROM screen_block",
    [ST_SCREEN_ADD] =
        "INSERT INTO screen SELECT ?1, count(*), 0, 0, ?2 FROM embedding WHERE model = ?1",
    [ST_SCREEN_SET] = "UPDATE screen SET revision = ?2, kept = kept + ?3 WHERE model = ?1",
    [ST_SCREEN_SAVED] = "SELECT saved FROM screen WHERE model = ?1",
    [ST_SCREEN_BLOCKS] = "SELECT products, kept FROM screen_block ORDER BY block",
    [ST_SCREEN_BLOCK_ADD] = "INSERT INTO screen_block (products, kept) VALUES (?1, ?2)",
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
    [ST_KNN_COUNTS] = "SELECT (SELECT count(*) FROM embedding WHERE model = ?1 AND revision > ?2), "
                      "(SELECT count(*) FROM embedding WHERE model = ?1 AND revision <= ?2)",
    [ST_MARK_GET] = "SELECT load, source, bytes, lines, rows, bad, merged, done FROM loaded "
                    "WHERE kind = ?1",
    [ST_MARK_SET] = "INSERT OR REPLACE INTO loaded VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
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
        "perceived_colour_master, catalogue) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
        "ON CONFLICT (code) DO UPDATE SET product_code = ?2, name = ?3, description = ?4, "
        "product_type = ?5, department = ?6, index_code = ?7, garment_group = ?8, "
        "graphical_appearance = ?9, colour_group = ?10, perceived_colour_value = ?11, "
        "perceived_colour_master = ?12, catalogue = ?13",
    [ST_ARTICLE_EACH] =
        "SELECT p.code, p.product_code, p.name, p.description, t.product_group, t.number, t.name, "
        "d.number, d.name, s.number, s.name, i.code, i.name, x.number, x.name, m.number, m.name, "
        "a.number, a.name, c.code, c.name, v.id, v.name, n.id, n.name FROM product p "
        "LEFT JOIN product_type t ON t.number = p.product_type "
        "LEFT JOIN department d ON d.number = p.department "
        "LEFT JOIN section s ON s.number = d.section "
        "LEFT JOIN index_ i ON i.code = p.index_code "
        "LEFT JOIN index_group x ON x.number = i.index_group "
        "LEFT JOIN garment_group m ON m.number = p.garment_group "
        "LEFT JOIN graphical_appearance a ON a.number = p.graphical_appearance "
        "LEFT JOIN colour_group c ON c.code = p.colour_group "
        "LEFT JOIN perceived_colour_value v ON v.id = p.perceived_colour_value "
        "LEFT JOIN perceived_colour_master n ON n.id = p.perceived_colour_master "
        "WHERE p.catalogue IS NOT NULL ORDER BY p.code",
    [ST_CUSTOMER_PUT] =
        "INSERT INTO customer (id, fn, active, club_member_status, fashion_news_frequency, age, "
        "postal_code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET fn = ?2, "
        "active = ?3, club_member_status = ?4, fashion_news_frequency = ?5, age = ?6, "
        "postal_code = ?7",
    [ST_CUSTOMER_ADD] = "INSERT INTO customer (id) VALUES (?1)",
    [ST_CUSTOMER_GET] = "SELECT number FROM customer WHERE id = ?1",
    [ST_PURCHASE_ADD] =
        "INSERT INTO purchased VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6) ON CONFLICT DO NOTHING",
    [ST_PURCHASE_RAISE] =
        "UPDATE purchased SET quantity = quantity + 1 " SQL_PURCHASE "AND load = ?6",
    [ST_PURCHASE_RESET] = "UPDATE purchased SET quantity = 1, load = ?6 " SQL_PURCHASE,
    [ST_LINK_ADD] = "INSERT OR IGNORE INTO temp.link VALUES (?1, ?2, ?3)",
    [ST_DOOMED_ADD] = "INSERT OR IGNORE INTO temp.doomed SELECT id FROM product WHERE code = ?1",
};

// The folder of a store's file, for messages.
static void folder_of(const struct sqlite_store *s, char folder[256]) {
    const char *slash = strrchr(s->base.name, '/');
    int length = slash ? (int)(slash - s->base.name) : 0;
    snprintf(folder, 256, "%.*s", slash ? length ? length : 1 : 1, slash ? s->base.name : ".");
}

// What the system said of the call that SQLite reports as failed.
static enum hm_status fail_in_folder(struct sqlite_store *s, const char *what,
                                     struct hm_error *err) {
    char folder[256];
    int cause = sqlite3_system_errno(s->db);
    folder_of(s, folder);
    return hm_fail(err, HM_EIO, "store %s: %s in the folder %s%s%s", s->base.name, what, folder,
                   cause ? ": " : "", cause ? strerror(cause) : "");
}

enum hm_status sqlite_fail(struct sqlite_store *s, int code, struct hm_error *err) {
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return hm_fail(err, HM_ENOMEM, "store %s: out of memory", s->base.name);
    case SQLITE_INTERRUPT:
        return hm_fail(err, HM_ECANCELED, "store %s: interrupted", s->base.name);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        if (sqlite_cancelled(s))
            return hm_fail(err, HM_ECANCELED,
                           "store %s: interrupted while another process was writing to it",
                           s->base.name);
        return hm_fail(
            err, HM_ECONFLICT,
            "store %s: another process has been writing to it for %d s; try again when it is done",
            s->base.name, SQLITE_BUSY_MS / 1000);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return hm_fail(err, HM_EFORMAT, "store %s: %s", s->base.name, sqlite3_errmsg(s->db));
    case SQLITE_CANTOPEN:
        return fail_in_folder(s, "a file cannot be opened or made", err);
    case SQLITE_READONLY:
        return fail_in_folder(s, "the file, or those beside it, may only be read", err);
    case SQLITE_FULL:
        return fail_in_folder(s, "no space left", err);
    case SQLITE_IOERR:
        return fail_in_folder(s, "a file cannot be read or written", err);
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

// What is written to a file that has lost its name is lost with this process.
static enum hm_status check_name(struct sqlite_store *s, struct hm_error *err) {
    int moved = 0;
    int code = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (code != SQLITE_OK || !moved) return HM_OK; // a file system that cannot tell
    return hm_fail(err, HM_EIO,
                   "store %s: the file was deleted, moved or replaced while it was written; what "
                   "went in is lost",
                   s->base.name);
}

enum hm_status sqlite_end(struct sqlite_store *s, enum hm_status status, struct hm_error *err) {
    if (status == HM_OK) status = sqlite_do(s, ST_COMMIT, err);
    if (status == HM_OK) status = check_name(s, err);
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

void sqlite_forget(struct sqlite_store *s) {
    for (size_t i = 0; i < ST_COUNT; i++)
        sqlite3_finalize(s->statements[i]);
    memset(s->statements, 0, sizeof s->statements);
    sqlite3_close(s->db);
    s->db = NULL;
}

static void close_sqlite(struct hm_store *store) {
    sqlite_forget(sqlite_of(store));
    free(store);
}

const struct store_ops sqlite_ops = {
    .close = close_sqlite,
    .use_model = sqlite_use_model,
    .model = sqlite_model,
    .each_source = sqlite_each_source,
    .put_embeddings = sqlite_put_embeddings,
    .fill_missing = sqlite_fill_missing,
    .each_embedding = sqlite_each_embedding,
    .get_embedding = sqlite_get_embedding,
    .screen = &sqlite_screen_ops,
    .knn_state = sqlite_knn_state,
    .put_neighbours = sqlite_put_neighbours,
    .each_neighbours = sqlite_each_neighbours,
    .get_neighbours = sqlite_get_neighbours,
    .products = sqlite_products,
    .remove = sqlite_remove,
    .counts = sqlite_counts,
    .read_graph = sqlite_read_graph,
    .keep_links = sqlite_keep_links,
    .get_mark = sqlite_get_mark,
    .each_article = sqlite_each_article,
    .put_articles = sqlite_put_articles,
    .put_customers = sqlite_put_customers,
    .put_purchases = sqlite_put_purchases,
};
