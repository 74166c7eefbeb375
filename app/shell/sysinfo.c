// SPDX-License-Identifier: MIT
// What can be told of a server of any edition, by queries that take no time: counts come from its
// books.

#include "shell/sysinfo.h"

#include <inttypes.h>
#include <string.h>

#include "formats/formats.h"
#include "script_columns.h"

struct info {
    struct shell *shell;
    struct writer *writer;
    bool in_system; // which has no nodes, and no names
};

static enum hm_status add(struct info *info, const char *what, const char *value,
                          struct hm_error *err) {
    return writer_add(info->writer, (const char *const[]){what, value}, err);
}

static const char *text_of(const struct bolt_value *value) {
    return value->type == BOLT_STRING ? value->as.string : "?";
}

static enum hm_status add_server(struct info *info, const struct bolt_value *row,
                                 struct hm_error *err) {
    return add(info, "edition", text_of(&row[SERVER_EDITION]), err);
}

static enum hm_status add_size(struct info *info, const struct bolt_value *row,
                               struct hm_error *err) {
    char number[24];
    const struct bolt_value *count = &row[SIZES_COUNT];
    snprintf(number, sizeof number, "%" PRId64, count->type == BOLT_INT ? count->as.integer : 0);
    return add(info, text_of(&row[SIZES_WHAT]), number, err);
}

static enum hm_status add_database(struct info *info, const struct bolt_value *row,
                                   struct hm_error *err) {
    struct hm_buf what = {0};
    enum hm_status status =
        hm_buf_printf(&what, err, "database %s", text_of(&row[SERVER_DATABASES_NAME]));
    if (status == HM_OK) status = add(info, what.data, text_of(&row[SERVER_DATABASES_STATUS]), err);
    hm_buf_free(&what);
    return status;
}

typedef enum hm_status add_row(struct info *info, const struct bolt_value *row,
                               struct hm_error *err);

static enum hm_status read_rows(struct info *info, enum cypher_id script,
                                struct bolt_result *result, add_row *add_one,
                                struct hm_error *err) {
    const struct bolt_value *row;
    const char *const *keys;
    size_t n;
    HM_TRY(bolt_keys(result, &keys, &n, err));
    HM_TRY(cypher_check_columns(script, keys, n, err));
    for (;;) {
        HM_TRY(bolt_next(result, &row, err));
        if (!row) return HM_OK;
        HM_TRY(add_one(info, row, err));
    }
}

/** The rows of a script, each by add_one. */
static enum hm_status ask(struct info *info, enum cypher_id script, const char *database,
                          add_row *add_one, struct hm_error *err) {
    struct shell *shell = info->shell;
    const struct bolt_session_config config = {.database = database,
                                               .access = BOLT_READ,
                                               .impersonated_user =
                                                   shell->options.impersonated_user};
    struct bolt_session *session;
    struct bolt_result *result = NULL;
    HM_TRY(bolt_session_new(shell->driver, &config, &session, err));
    enum hm_status status = bolt_run(session, cypher_text(script), NULL, NULL, &result, err);
    if (status == HM_OK) status = read_rows(info, script, result, add_one, err);
    bolt_result_free(result);
    bolt_session_free(session);
    if (status != HM_ESERVER) return status;
    app_complain(err);
    return HM_OK;
}

static enum hm_status add_connection(struct info *info, struct hm_error *err) {
    const struct shell *shell = info->shell;
    struct bolt_server server;
    char bolt[32];
    HM_TRY(bolt_verify(shell->driver, shell->database, &server, err));
    snprintf(bolt, sizeof bolt, "%d.%d", server.major, server.minor);
    HM_TRY(add(info, "address", server.address, err));
    HM_TRY(add(info, "server", server.agent, err));
    HM_TRY(add(info, "bolt", bolt, err));
    HM_TRY(add(info, "encrypted", bolt_is_encrypted(shell->driver) ? "yes" : "no", err));
    HM_TRY(add(info, "user", shell->login.user ? shell->login.user : "(no login)", err));
    if (shell->options.impersonated_user)
        HM_TRY(add(info, "as user", shell->options.impersonated_user, err));
    HM_TRY(add(info, "in database", shell->database ? shell->database : "(home)", err));
    return add(info, "access mode", shell->options.access == BOLT_READ ? "read" : "write", err);
}

static enum hm_status add_all(struct info *info, struct hm_error *err) {
    const char *database = info->shell->database;
    HM_TRY(add_connection(info, err));
    HM_TRY(ask(info, CYPHER_SERVER, database, add_server, err));
    if (!info->in_system) HM_TRY(ask(info, CYPHER_SIZES, database, add_size, err));
    return ask(info, CYPHER_SERVER_DATABASES, "system", add_database, err);
}

enum hm_status sysinfo_write(struct shell *shell, struct hm_error *err) {
    static const struct column columns[] = {{"what", false}, {"value", false}};
    const struct writer_options options = {
        .format = shell->options.format, .columns = columns, .n = 2, .behind = shell->wrote};
    struct info info = {.shell = shell,
                        .in_system = shell->database && strcmp(shell->database, "system") == 0};
    if (!shell->driver) return shell_is_ready(shell, err);
    HM_TRY(writer_new(&info.writer, &options, stdout, err));
    enum hm_status status = add_all(&info, err);
    if (status == HM_OK) status = writer_end(info.writer, true, err);
    shell->wrote |= writer_wrote(info.writer);
    writer_free(info.writer);
    return status;
}
