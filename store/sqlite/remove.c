// SPDX-License-Identifier: MIT
// Removing products from the SQLite store, or parts of them, in one transaction: one pass over each
// table, however many products there are.

#include "sqlite/sqlite.h"

#define DOOMED "IN (SELECT product FROM temp.doomed)"

// What each degree of removal does, in order.
static const struct step {
    enum hm_store_removal from; // this degree, and those beyond
    size_t counted;             // offset of the member that counts what went
    const char *sql;
} steps[] = {
    {HM_STORE_REMOVE_EMBEDDING, offsetof(struct hm_store_removed, neighbours),
     "DELETE FROM similar WHERE product " DOOMED " OR neighbour " DOOMED},
    {HM_STORE_REMOVE_EMBEDDING, offsetof(struct hm_store_removed, embeddings),
     "DELETE FROM embedding WHERE product " DOOMED},
    {HM_STORE_REMOVE_ALL, offsetof(struct hm_store_removed, purchases),
     "DELETE FROM purchased WHERE product " DOOMED},
    {HM_STORE_REMOVE_CATALOGUE, SIZE_MAX,
     "UPDATE product SET name = NULL, product_code = NULL, description = NULL, product_type = "
     "NULL, department = NULL, index_code = NULL, garment_group = NULL, graphical_appearance = "
     "NULL, colour_group = NULL, perceived_colour_value = NULL, perceived_colour_master = NULL, "
     "catalogue = NULL WHERE id " DOOMED},
    {HM_STORE_REMOVE_EMBEDDING, offsetof(struct hm_store_removed, products),
     "DELETE FROM product WHERE id " DOOMED " AND catalogue IS NULL "
     "AND id NOT IN (SELECT product FROM purchased WHERE product " DOOMED ")"},
};

static enum hm_status run_step(struct sqlite_store *s, const char *sql, struct hm_error *err) {
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? HM_OK : sqlite_fail(s, code, err);
}

static enum hm_status list_doomed(struct sqlite_store *s, const char *const *codes, size_t n,
                                  struct hm_error *err) {
    sqlite3_stmt *add;
    HM_TRY(run_step(s, "DELETE FROM temp.doomed", err));
    for (size_t i = 0; i < n; i++) {
        HM_TRY(sqlite_prepare(s, ST_DOOMED_ADD, &add, err));
        sqlite3_bind_text(add, 1, codes[i], -1, SQLITE_STATIC);
        HM_TRY(sqlite_run(s, add, err));
    }
    return HM_OK;
}

static enum hm_status remove_doomed(struct sqlite_store *s, enum hm_store_removal what,
                                    struct hm_store_removed *out, struct hm_error *err) {
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (what < steps[i].from) continue;
        HM_TRY(run_step(s, steps[i].sql, err));
        if (steps[i].counted != SIZE_MAX)
            *(size_t *)((char *)out + steps[i].counted) = (size_t)sqlite3_changes64(s->db);
    }
    return HM_OK;
}

enum hm_status sqlite_remove(struct hm_store *store, const char *const *codes, size_t n,
                             enum hm_store_removal what, struct hm_store_removed *out,
                             struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    // Checked, every product that goes would cost a pass over all purchases.
    HM_TRY(run_step(s, "PRAGMA foreign_keys = OFF", err));
    HM_TRY(
        run_step(s, "CREATE TEMP TABLE IF NOT EXISTS doomed (product INTEGER PRIMARY KEY)", err));
    HM_TRY(sqlite_do(s, ST_BEGIN, err));
    enum hm_status status = list_doomed(s, codes, n, err);
    if (status == HM_OK) status = remove_doomed(s, what, out, err);
    status = sqlite_end(s, status, err);
    if (status != HM_OK) *out = (struct hm_store_removed){0};
    enum hm_status checked = run_step(s, "PRAGMA foreign_keys = ON", status == HM_OK ? err : NULL);
    s->loading = false;
    return status == HM_OK ? checked : status;
}
