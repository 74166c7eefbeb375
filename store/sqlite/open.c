// SPDX-License-Identifier: MIT
// Opening an SQLite store: the file, also where it may only be read; its schema, made, upgraded or
// refused; what the connection allows. The file is not trusted: no trigger or view of it runs, and
// its schema may call nothing that has effects.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "mem.h"
#include "sqlite/sqlite.h"
#include "text.h"

extern const struct hm_text store_schema[]; // schema.sql, then upgrade_1.sql, upgrade_2.sql, ...

enum {
    SCHEMA_VERSION = 3,
    APPLICATION_ID = 0x686d7265, // "hmre"
    VALUE_BYTES_MAX = 16 << 20,  // a row of a CSV file has 256 KiB at most, a vector 8
    JOURNAL_BYTES = 64 << 20,    // what the WAL may grow to between two transactions
    PAGE_BYTES_MIN = 512,        // of any SQLite file
    STEPS = 50000,               // of SQLite's machine, some ms, between two looks at a signal
    LAST_WAIT_MS = 1000,         // for another writer, once it is to stop
};

static enum hm_status run_sql(struct sqlite_store *s, const char *sql, struct hm_error *err) {
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? HM_OK : sqlite_fail(s, code, err);
}

static enum hm_status ask_number(struct sqlite_store *s, const char *sql, int64_t *value,
                                 struct hm_error *err) {
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK) return sqlite_fail(s, code, err);
    code = sqlite3_step(statement);
    *value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? HM_OK : sqlite_fail(s, code, err);
}

// ---- the schema

static enum hm_status not_ours(const struct sqlite_store *s, struct hm_error *err) {
    return hm_fail(err, HM_EFORMAT, "store %s: an SQLite file, but not one of hmrec's",
                   s->base.name);
}

// Under the write lock, so that of two processes that find an empty file, or an old one, one makes
// the tables and the other finds them.
static enum hm_status make_schema(struct sqlite_store *s, struct hm_error *err) {
    HM_TRY(run_sql(s, "BEGIN IMMEDIATE", err));
    int64_t version = 0, tables = 0;
    enum hm_status status = ask_number(s, "PRAGMA user_version", &version, err);
    if (status == HM_OK) status = ask_number(s, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (status == HM_OK && version == 0 && tables > 0) status = not_ours(s, err);
    if (status == HM_OK && version == 0) status = run_sql(s, store_schema[0].text, err);
    if (version == 0) version = SCHEMA_VERSION;
    for (; status == HM_OK && version < SCHEMA_VERSION; version++)
        status = run_sql(s, store_schema[version].text, err);
    return sqlite_end(s, status, err);
}

static enum hm_status check_schema(struct sqlite_store *s, const struct hm_store_config *config,
                                   struct hm_error *err) {
    int64_t version, application;
    HM_TRY(ask_number(s, "PRAGMA user_version", &version, err));
    if (version == 0) {
        if (!config->create)
            return hm_fail(err, HM_EFORMAT, "store %s: not an hmrec store (it has no tables)",
                           s->base.name);
        // Seven embeddings to a page: reading all of 105,542 takes half the time that it takes with
        // pages of 4 KiB, where each lies in a chain of three.
        HM_TRY(run_sql(s, "PRAGMA page_size = 65536", err));
        HM_TRY(make_schema(s, err));
        HM_TRY(ask_number(s, "PRAGMA user_version", &version, err));
    }
    HM_TRY(ask_number(s, "PRAGMA application_id", &application, err));
    if (application != APPLICATION_ID) return not_ours(s, err);
    if (version > SCHEMA_VERSION)
        return hm_fail(
            err, HM_EFORMAT,
            "store %s: found schema %lld, this hmrec reads schemas up to %d: it was made "
            "by a newer hmrec; use that one, or make another store",
            s->base.name, (long long)version, SCHEMA_VERSION);
    if (version == SCHEMA_VERSION) return HM_OK;
    if (config->read_only)
        return hm_fail(err, HM_EFORMAT,
                       "store %s: found schema %lld, this hmrec reads schema %d: hmrec setup "
                       "--store %s upgrades it, which takes write permission",
                       s->base.name, (long long)version, SCHEMA_VERSION, s->base.name);
    return make_schema(s, err);
}

// ---- the connection

// A file can be made so that a statement on it never ends. What is being written is written: that
// is never much, and not to be lost.
static int stop_reading(void *context) {
    const struct sqlite_store *s = context;
    return sqlite3_txn_state(s->db, NULL) != SQLITE_TXN_WRITE && sqlite_cancelled(s);
}

// How long to wait for another writer: who is to stop still writes what is in hand, if that is
// soon.
static uint64_t patience_ns(const struct sqlite_store *s) {
    return (sqlite_cancelled(s) ? LAST_WAIT_MS : SQLITE_BUSY_MS) * 1000000ull;
}

static int wait_for_writer(void *context, int before) {
    struct sqlite_store *s = context;
    if (before == 0) s->waits_since_ns = hm_now_ns();
    if (hm_now_ns() - s->waits_since_ns >= patience_ns(s)) return 0;
    sqlite3_sleep(before < 10 ? 1 + before : 20);
    return 1;
}

static enum hm_status distrust(struct sqlite_store *s, struct hm_error *err) {
    static const struct {
        int option, on;
    } settings[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        int code = sqlite3_db_config(s->db, settings[i].option, settings[i].on, (int *)NULL);
        if (code != SQLITE_OK) return sqlite_fail(s, code, err);
    }
    sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
    sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_busy_handler(s->db, wait_for_writer, s);
    sqlite3_progress_handler(s->db, STEPS, stop_reading, s);
    return run_sql(s, "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY", err);
}

// SQLite's own wait does not cover the change to WAL: there it gives up at once when another
// process is at the file, for instance one that opens the new store at the same moment.
static enum hm_status use_wal(struct sqlite_store *s, struct hm_error *err) {
    const uint64_t start_ns = hm_now_ns();
    char limit[64];
    int64_t page_bytes;
    int code;
    while ((code = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL)) ==
               SQLITE_BUSY &&
           hm_now_ns() - start_ns < patience_ns(s))
        sqlite3_sleep(10);
    if (code != SQLITE_OK) return sqlite_fail(s, code, err);
    snprintf(limit, sizeof limit, "PRAGMA journal_size_limit = %d", JOURNAL_BYTES);
    HM_TRY(run_sql(s, limit, err));
    HM_TRY(ask_number(s, "PRAGMA page_size", &page_bytes, err));
    if (page_bytes < PAGE_BYTES_MIN) page_bytes = PAGE_BYTES_MIN;
    code = sqlite3_wal_autocheckpoint(s->db, (int)(JOURNAL_BYTES / page_bytes));
    return code == SQLITE_OK ? HM_OK : sqlite_fail(s, code, err);
}

static enum hm_status set_up(struct sqlite_store *s, const struct hm_store_config *config,
                             struct hm_error *err) {
    HM_TRY(distrust(s, err));
    if (config->read_only) HM_TRY(run_sql(s, "PRAGMA query_only = ON", err));
    HM_TRY(check_schema(s, config, err));
    if (!config->read_only) HM_TRY(use_wal(s, err));
    HM_TRY(run_sql(s, "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON", err));
    return sqlite_meta_get(s, "model", &s->model, err);
}

// ---- the file

static enum hm_status cannot_open(struct sqlite_store *s, int code, bool create,
                                  struct hm_error *err) {
    struct stat found;
    if (!s->db) return hm_fail(err, HM_ENOMEM, "store %s: out of memory", s->base.name);
    bool there = stat(s->path, &found) == 0;
    if ((code & 0xff) == SQLITE_CANTOPEN && !there && !create)
        return hm_fail(err, HM_ENOTFOUND, "store %s: no such file (hmrec embed makes it)",
                       s->base.name);
    return sqlite_fail(s, code, err);
}

static enum hm_status open_file(struct sqlite_store *s, const char *path, int flags, bool create,
                                struct hm_error *err) {
    int code = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    return code == SQLITE_OK ? HM_OK : cannot_open(s, code, create, err);
}

// A name as an URI of a file that nobody changes: SQLite then needs neither locks nor the files
// beside it.
static enum hm_status open_immutable(struct sqlite_store *s, const char *path,
                                     struct hm_error *err) {
    struct hm_buf uri = {0};
    enum hm_status status = hm_buf_printf(&uri, err, "file:");
    for (; *path && status == HM_OK; path++)
        status = strchr("%?#", *path) ? hm_buf_printf(&uri, err, "%%%02X", (unsigned char)*path)
                                      : hm_buf_append(&uri, path, 1, err);
    if (status == HM_OK) status = hm_buf_printf(&uri, err, "?immutable=1");
    if (status == HM_OK)
        status = open_file(s, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, false, err);
    hm_buf_free(&uri);
    return status;
}

// A store in WAL mode wants two files beside it, which cannot be made where the folder may only be
// read. Without changes waiting in the WAL the file alone is the whole store.
static enum hm_status open_unwritable(struct sqlite_store *s, const char *path,
                                      const struct hm_store_config *config, struct hm_error *err) {
    struct hm_buf wal = {0};
    struct stat found;
    HM_TRY(hm_buf_printf(&wal, err, "%s-wal", path));
    bool waiting = stat(wal.data, &found) == 0 && found.st_size > 0;
    enum hm_status status = HM_OK;
    if (waiting)
        status = hm_fail(err, HM_EIO,
                         "store %s: %s holds changes that nobody without write permission for the "
                         "folder can read; whoever has it opens the store once, with hmrec info",
                         s->base.name, wal.data);
    hm_buf_free(&wal);
    if (status == HM_OK) {
        sqlite_forget(s);
        status = open_immutable(s, path, err);
    }
    return status == HM_OK ? set_up(s, config, err) : status;
}

static bool wants_write(const struct sqlite_store *s) {
    int code = s->db ? sqlite3_errcode(s->db) & 0xff : SQLITE_OK;
    return code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

enum hm_status store_sqlite_open(struct hm_store **out, const struct hm_store_config *config,
                                 struct hm_error *err) {
    const char *path = config->uri;
    struct sqlite_store *s = calloc(1, sizeof *s);
    if (!s) return hm_fail(err, HM_ENOMEM, "no memory for a store");
    s->base.ops = &sqlite_ops;
    s->cancelled = config->cancelled;
    s->context = config->context;
    s->path = path;
    const size_t shown = sizeof s->base.name - sizeof "...", length = strlen(path);
    snprintf(s->base.name, sizeof s->base.name, "%s%s", length > shown ? "..." : "",
             length > shown ? path + length - shown : path);
    bool create = config->create && !config->read_only;
    // SQLite falls back to reading when the file may not be written.
    int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
    enum hm_status status = open_file(s, path, flags, create, err);
    bool opened = status == HM_OK;
    if (opened) status = set_up(s, config, err);
    if (opened && status != HM_OK && config->read_only && wants_write(s))
        status = open_unwritable(s, path, config, err);
    if (status != HM_OK)
        sqlite_ops.close(&s->base);
    else
        *out = &s->base;
    return status;
}
