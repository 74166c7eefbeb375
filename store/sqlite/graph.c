// SPDX-License-Identifier: MIT
// An SQLite store as the graph that the same files make on a Neo4j server. A label or type of
// relationship is a row of `tables`: its columns, and the statement that yields them in their
// order.

#include <math.h>
#include <string.h>

#include "sqlite/sqlite.h"
#include "utf8.h"

struct graph_table {
    struct store_table about;
    const char *sql;
    const char *linked; // where every link was kept (ST_LINK_ADD); NULL: the same
};

// clang-format off
#define KEYED(file, label, table, key) \
    {{file, label, NULL, NULL, {{"", STORE_ID}, {#key, STORE_INTEGER}, {"name", STORE_TEXT}}}, \
     "SELECT " #key ", " #key ", name FROM " table, NULL}
#define ENDS {"", STORE_START}, {"", STORE_END}
#define OF_PRODUCT(file, type, label, column) \
    {{file, type, "Product", label, {ENDS}}, \
     "SELECT id, " column " FROM product WHERE " column " IS NOT NULL", NULL}
#define LINK(file, type, start, end, child, key, parent) \
    {{file, type, start, end, {ENDS}}, \
     "SELECT " key ", " parent " FROM " child " WHERE " parent " IS NOT NULL", \
     "SELECT child, parent FROM temp.link WHERE kind = '" parent "'"}
#define META(key) "coalesce((SELECT value FROM meta WHERE key = '" key "'), 0), "

#define TEXT(name)    {name, STORE_TEXT}
#define INTEGER(name) {name, STORE_INTEGER}
#define BOOLEAN(name) {name, STORE_BOOLEAN}

static const struct graph_table tables[] = {
    {{"products", "Product", NULL, NULL,
      {{"", STORE_ID}, TEXT("code"), TEXT("name"), TEXT("product_code"), TEXT("description"),
       INTEGER("catalogue"), TEXT("embedding_model"), INTEGER("embedding_revision"),
       TEXT("image_digest"), INTEGER("image_bytes"), INTEGER("image_mtime_ns"),
       {"embedding", STORE_VECTOR}}},
     "SELECT p.id, p.code, p.name, p.product_code, p.description, p.catalogue, m.name, e.revision, "
     "e.image_digest, e.image_bytes, e.image_mtime_ns, e.vector FROM product p "
     "LEFT JOIN embedding e ON e.product = p.id LEFT JOIN model m ON m.id = e.model ORDER BY p.id",
     NULL},
    KEYED("product_types", "ProductType", "product_type", number),
    {{"product_groups", "ProductGroup", NULL, NULL, {{"", STORE_ID}, TEXT("name")}},
     "SELECT name, name FROM product_group", NULL},
    KEYED("departments", "Department", "department", number),
    KEYED("sections", "Section", "section", number),
    {{"indexes", "Index", NULL, NULL, {{"", STORE_ID}, TEXT("code"), TEXT("name")}},
     "SELECT code, code, nullif(name, '') FROM index_", NULL},
    KEYED("index_groups", "IndexGroup", "index_group", number),
    KEYED("garment_groups", "GarmentGroup", "garment_group", number),
    KEYED("graphical_appearances", "GraphicalAppearance", "graphical_appearance", number),
    KEYED("colour_groups", "ColourGroup", "colour_group", code),
    KEYED("perceived_colour_values", "PerceivedColourValue", "perceived_colour_value", id),
    KEYED("perceived_colour_masters", "PerceivedColourMaster", "perceived_colour_master", id),
    {{"customers", "Customer", NULL, NULL,
      {{"", STORE_ID}, TEXT("id"), INTEGER("fn"), INTEGER("active"), INTEGER("age"),
       TEXT("club_member_status"), TEXT("fashion_news_frequency"), TEXT("postal_code")}},
     "SELECT number, id, fn, active, age, club_member_status, fashion_news_frequency, postal_code "
     "FROM customer", NULL},
    {{"hmrec_stores", "HmrecStore", NULL, NULL,
      {{"", STORE_ID}, TEXT("key"), INTEGER("revision"), INTEGER("knn_revision"),
       INTEGER("knn_products"), INTEGER("knn_k"), BOOLEAN("knn_approximate"), TEXT("model")}},
     "SELECT 'state', 'state', " META("revision") META("knn_revision") META("knn_products")
     META("knn_k") "(SELECT 0 FROM meta WHERE key = 'knn_k'), name FROM model "
     "WHERE id = (SELECT value FROM meta WHERE key = 'model')", NULL},
    {{"hmrec_loads", "HmrecLoad", NULL, NULL,
      {{"", STORE_ID}, TEXT("kind"), TEXT("source"), INTEGER("load"), INTEGER("bytes"),
       INTEGER("lines"), INTEGER("rows"), INTEGER("bad"), INTEGER("merged"), BOOLEAN("done"),
       BOOLEAN("fresh")}},
     "SELECT kind, kind, source, load, bytes, lines, rows, bad, merged, done, 1 FROM loaded "
     "UNION ALL SELECT '" STORE_UNMARKED "', '" STORE_UNMARKED "', '', -value, 1, 0, 0, 0, 0, 0, 1 "
     "FROM meta WHERE key = 'unmarked_load'", NULL},

    OF_PRODUCT("types_of_products", "SUBSET_OF", "ProductType", "product_type"),
    LINK("groups_of_types", "SUBSET_OF", "ProductType", "ProductGroup", "product_type", "number",
         "product_group"),
    OF_PRODUCT("departments_of_products", "FROM_DEPARTMENT", "Department", "department"),
    LINK("sections_of_departments", "FROM_SECTION", "Department", "Section", "department", "number",
         "section"),
    OF_PRODUCT("indexes_of_products", "HAS_INDEX", "Index", "index_code"),
    LINK("groups_of_indexes", "HAS_GROUP", "Index", "IndexGroup", "index_", "code", "index_group"),
    OF_PRODUCT("garment_groups_of_products", "HAS_GARMENT_GROUP", "GarmentGroup", "garment_group"),
    OF_PRODUCT("appearances_of_products", "HAS_APPEARANCE_TYPE", "GraphicalAppearance",
               "graphical_appearance"),
    OF_PRODUCT("colours_of_products", "HAS_COLOUR", "ColourGroup", "colour_group"),
    OF_PRODUCT("colour_values_of_products", "HAS_COLOUR_VALUE", "PerceivedColourValue",
               "perceived_colour_value"),
    OF_PRODUCT("colour_masters_of_products", "HAS_MASTER_COLOUR", "PerceivedColourMaster",
               "perceived_colour_master"),
    {{"purchases", "PURCHASED", "Customer", "Product",
      {ENDS, {"t_date", STORE_DATE}, {"price", STORE_FLOAT}, INTEGER("sales_channel"),
       INTEGER("quantity"), INTEGER("load")}},
     "SELECT customer, product, t_date, price, sales_channel, quantity, load FROM purchased", NULL},
    {{"neighbours", "SIMILAR", "Product", "Product", {ENDS, {"score", STORE_FLOAT}}},
     "SELECT product, neighbour, score FROM similar", NULL},
};
// clang-format on
enum { TABLES = sizeof tables / sizeof *tables };

const struct store_table *const *store_graph_tables(size_t *n) {
    static const struct store_table *list[TABLES];
    for (size_t i = 0; i < TABLES; i++)
        list[i] = &tables[i].about;
    *n = TABLES;
    return list;
}

// ---- a row

static enum hm_status bad_value(struct sqlite_store *s, const struct store_table *table,
                                const struct store_column *column, const char *expected,
                                struct hm_error *err) {
    return hm_fail(err, HM_EFORMAT, "store %s: %s: %s: found another value than %s", s->base.name,
                   table->file, *column->name ? column->name : "key", expected);
}

static enum hm_status read_text(struct sqlite_store *s, const struct store_table *table,
                                const struct store_column *column, sqlite3_stmt *row, int at,
                                struct store_cell *cell, struct hm_error *err) {
    cell->text = (const char *)sqlite3_column_text(row, at);
    cell->length = (size_t)sqlite3_column_bytes(row, at);
    if (!cell->text) return sqlite_fail(s, SQLITE_NOMEM, err);
    if (hm_utf8_check(cell->text, cell->length) == cell->length &&
        !memchr(cell->text, '\0', cell->length))
        return HM_OK;
    return bad_value(s, table, column, "UTF-8 text", err);
}

static enum hm_status read_vector(struct sqlite_store *s, const struct store_table *table,
                                  const struct store_column *column, sqlite3_stmt *row, int at,
                                  struct store_cell *cell, struct hm_error *err) {
    cell->vector = sqlite3_column_blob(row, at);
    bool good = cell->vector && sqlite3_column_bytes(row, at) == SQLITE_VECTOR_BYTES;
    for (size_t i = 0; good && i < HM_DIM; i++)
        good = isfinite(cell->vector[i]);
    return good ? HM_OK : bad_value(s, table, column, "2048 finite numbers", err);
}

static enum hm_status read_cell(struct sqlite_store *s, const struct store_table *table,
                                const struct store_column *column, sqlite3_stmt *row, int at,
                                struct store_cell *cell, struct hm_error *err) {
    const int found = sqlite3_column_type(row, at);
    *cell = (struct store_cell){.null = found == SQLITE_NULL};
    if (cell->null && column->type > STORE_END) return HM_OK;
    switch (column->type) {
    case STORE_ID:
    case STORE_START:
    case STORE_END:
        if (found == SQLITE_TEXT) return read_text(s, table, column, row, at, cell, err);
        if (found != SQLITE_INTEGER) return bad_value(s, table, column, "a key", err);
        cell->whole = sqlite3_column_int64(row, at);
        return HM_OK;
    case STORE_TEXT:
    case STORE_DATE:
        if (found != SQLITE_TEXT) return bad_value(s, table, column, "text", err);
        return read_text(s, table, column, row, at, cell, err);
    case STORE_INTEGER:
    case STORE_BOOLEAN:
        if (found != SQLITE_INTEGER) return bad_value(s, table, column, "a whole number", err);
        cell->whole = sqlite3_column_int64(row, at);
        return HM_OK;
    case STORE_FLOAT:
        cell->real = sqlite3_column_double(row, at);
        if (found == SQLITE_FLOAT && isfinite(cell->real)) return HM_OK;
        return bad_value(s, table, column, "a finite number", err);
    case STORE_VECTOR:
        if (found != SQLITE_BLOB) return bad_value(s, table, column, "an embedding", err);
        return read_vector(s, table, column, row, at, cell, err);
    }
    return HM_OK;
}

static enum hm_status read_row(struct sqlite_store *s, const struct store_table *table,
                               sqlite3_stmt *row, const struct store_graph_reader *reader,
                               struct hm_error *err) {
    struct store_cell cells[STORE_GRAPH_COLUMNS];
    for (int at = 0; table->columns[at].name; at++)
        HM_TRY(read_cell(s, table, &table->columns[at], row, at, &cells[at], err));
    return reader->row(reader->context, cells, err);
}

static enum hm_status read_table(struct sqlite_store *s, const struct graph_table *table,
                                 const struct store_graph_reader *reader, struct hm_error *err) {
    sqlite3_stmt *each;
    bool row;
    HM_TRY(reader->table(reader->context, &table->about, err));
    const char *sql = s->links && table->linked ? table->linked : table->sql;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &each, NULL);
    if (code != SQLITE_OK) return sqlite_fail(s, code, err);
    enum hm_status status = sqlite_step(s, each, &row, err);
    while (status == HM_OK && row) {
        status = read_row(s, &table->about, each, reader, err);
        if (status == HM_OK) status = sqlite_step(s, each, &row, err);
    }
    sqlite3_finalize(each);
    return status;
}

enum hm_status sqlite_read_graph(struct hm_store *store, const struct store_graph_reader *reader,
                                 struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    HM_TRY(sqlite_do(s, ST_BEGIN_READ, err));
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < TABLES && status == HM_OK; i++)
        status = read_table(s, &tables[i], reader, err);
    return sqlite_end(s, status, err);
}

enum hm_status sqlite_keep_links(struct hm_store *store, struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    int code =
        sqlite3_exec(s->db,
                     "CREATE TEMP TABLE IF NOT EXISTS link (kind TEXT NOT NULL, child NOT "
                     "NULL, parent NOT NULL, PRIMARY KEY (kind, child, parent)) WITHOUT ROWID",
                     NULL, NULL, NULL);
    if (code != SQLITE_OK) return sqlite_fail(s, code, err);
    s->links = true;
    return HM_OK;
}
