// SPDX-License-Identifier: MIT
// A result's metadata as a struct. Servers before Bolt 5.6 send notifications, later ones GQL
// statuses: either is made from the other, so that callers see both.

#include "session/session.h"

#include <stdlib.h>

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a summary");
}

static void read_counters(const struct bolt_value *stats, struct bolt_counters *counters) {
    const struct {
        const char *key;
        int64_t *to;
    } rows[] = {
        {"nodes-created", &counters->nodes_created},
        {"nodes-deleted", &counters->nodes_deleted},
        {"relationships-created", &counters->relationships_created},
        {"relationships-deleted", &counters->relationships_deleted},
        {"properties-set", &counters->properties_set},
        {"labels-added", &counters->labels_added},
        {"labels-removed", &counters->labels_removed},
        {"indexes-added", &counters->indexes_added},
        {"indexes-removed", &counters->indexes_removed},
        {"constraints-added", &counters->constraints_added},
        {"constraints-removed", &counters->constraints_removed},
        {"system-updates", &counters->system_updates}, // the last: not an update of the graph
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    for (size_t i = 0; i < ROWS; i++) {
        *rows[i].to = bolt_get_int(stats, rows[i].key, 0);
        if (i < ROWS - 1 && *rows[i].to > 0) counters->contains_updates = true;
    }
    counters->contains_system_updates = counters->system_updates > 0;
    const struct bolt_value *flag = bolt_get(stats, "contains-updates");
    if (flag && flag->type == BOLT_BOOL) counters->contains_updates = flag->as.boolean;
    flag = bolt_get(stats, "contains-system-updates");
    if (flag && flag->type == BOLT_BOOL) counters->contains_system_updates = flag->as.boolean;
}

static const char *known(const char *text, const char *const *words, size_t count) {
    for (size_t i = 0; text && i < count; i++)
        if (strcmp(text, words[i]) == 0) return words[i];
    return "UNKNOWN";
}

/** Severity, classification and position, wherever they come from. */
static void read_kind(struct bolt_notification *note, const char *severity,
                      const char *classification, const struct bolt_value *position) {
    static const char *const severities[] = {"WARNING", "INFORMATION"};
    static const char *const classes[] = {"HINT",        "UNRECOGNIZED", "UNSUPPORTED",
                                          "PERFORMANCE", "DEPRECATION",  "SECURITY",
                                          "TOPOLOGY",    "GENERIC",      "SCHEMA"};
    note->raw_severity = severity;
    note->severity = known(severity, severities, sizeof severities / sizeof *severities);
    note->raw_classification = classification;
    note->classification = known(classification, classes, sizeof classes / sizeof *classes);
    note->has_position = position && position->type == BOLT_MAP && position->length > 0;
    note->offset = bolt_get_int(position, "offset", -1);
    note->line = bolt_get_int(position, "line", -1);
    note->column = bolt_get_int(position, "column", -1);
}

/** The record that a server of Bolt 5.6 would have sent with a notification. */
static enum hm_status make_record(const struct bolt_value *map, struct hm_arena *arena,
                                  struct bolt_value *out, struct hm_error *err) {
    static const char *const pairs[][2] = {
        {"severity", "_severity"}, {"category", "_classification"}, {"position", "_position"}};
    enum { PAIRS = sizeof pairs / sizeof *pairs };
    struct bolt_entry entries[PAIRS];
    struct bolt_value extra = {.type = BOLT_MAP};
    extra.as.entries = entries;
    for (size_t i = 0; i < PAIRS; i++) {
        const struct bolt_value *value = bolt_get(map, pairs[i][0]);
        if (value)
            entries[extra.length++] = (struct bolt_entry){pairs[i][1], strlen(pairs[i][1]), *value};
    }
    return bolt_diagnostic_record(&extra, arena, out, err);
}

static enum hm_status from_notification(const struct bolt_value *map, struct hm_arena *arena,
                                        struct bolt_notification *out, struct hm_error *err) {
    const char *description = bolt_get_text(map, "description");
    read_kind(out, bolt_get_text(map, "severity"), bolt_get_text(map, "category"),
              bolt_get(map, "position"));
    out->code = bolt_text_or(bolt_get_text(map, "code"), "");
    out->title = bolt_text_or(bolt_get_text(map, "title"), "");
    out->description = bolt_text_or(description, "");
    bool warning = strcmp(out->severity, "WARNING") == 0;
    out->gql_status = warning ? "01N42" : "03N42";
    out->status_description = description && *description ? description
                              : warning                   ? "warn: unknown warning"
                                                          : "info: unknown notification";
    return make_record(map, arena, &out->diagnostic_record, err);
}

static enum hm_status from_status(const struct bolt_value *map, struct hm_arena *arena,
                                  struct bolt_notification *out, struct hm_error *err) {
    const struct bolt_value *record = bolt_get(map, "diagnostic_record");
    read_kind(out, bolt_get_text(record, "_severity"), bolt_get_text(record, "_classification"),
              bolt_get(record, "_position"));
    out->gql_status = bolt_text_or(bolt_get_text(map, "gql_status"), "");
    out->status_description = bolt_text_or(bolt_get_text(map, "status_description"), "");
    out->code = bolt_text_or(bolt_get_text(map, "neo4j_code"), "");
    out->title = bolt_text_or(bolt_get_text(map, "title"), "");
    out->description = bolt_text_or(bolt_get_text(map, "description"), "");
    return bolt_diagnostic_record(record, arena, &out->diagnostic_record, err);
}

/** How the query ended, for servers that do not say it. */
static enum hm_status make_outcome(const struct bolt_result *result, struct hm_arena *arena,
                                   struct bolt_notification *out, struct hm_error *err) {
    read_kind(out, NULL, NULL, NULL);
    out->code = out->title = out->description = "";
    if (result->key_count == 0) {
        out->gql_status = "00001";
        out->status_description = "note: successful completion - omitted result";
    } else {
        out->gql_status = result->any_row ? "00000" : "02000";
        out->status_description = result->any_row ? "note: successful completion" : "note: no data";
    }
    return bolt_diagnostic_record(NULL, arena, &out->diagnostic_record, err);
}

/** GQL's order of severity: no data, warnings, success, information. */
static int severity_rank(const struct bolt_notification *status) {
    static const char *const classes[] = {"02", "01", "00", "03"};
    for (int i = 0; i < 4; i++)
        if (strncmp(status->gql_status, classes[i], 2) == 0) return i;
    return 4;
}

static void sort_statuses(struct bolt_notification *statuses, size_t count) {
    for (size_t i = 1; i < count; i++) // few, and equal ones keep their order
        for (size_t k = i; k > 0 && severity_rank(&statuses[k]) < severity_rank(&statuses[k - 1]);
             k--) {
            struct bolt_notification other = statuses[k];
            statuses[k] = statuses[k - 1];
            statuses[k - 1] = other;
        }
}

static enum hm_status read_list(struct bolt_result *result, const struct bolt_value *list,
                                bool statuses, struct hm_error *err) {
    struct bolt_summary *summary = result->summary;
    struct hm_arena *arena = &result->keep;
    size_t count = list && list->type == BOLT_LIST && !list->packed ? list->length : 0;
    struct bolt_notification *notes = hm_arena_alloc(arena, (count + 1) * sizeof *notes);
    struct bolt_notification *all = hm_arena_alloc(arena, (count + 1) * sizeof *all);
    if (!notes || !all) return no_memory(err);
    size_t note_count = 0;
    for (size_t i = 0; i < count; i++) {
        HM_TRY(
            (statuses ? from_status : from_notification)(&list->as.items[i], arena, &all[i], err));
        if (!statuses || all[i].code[0]) notes[note_count++] = all[i];
    }
    if (!statuses) {
        HM_TRY(make_outcome(result, arena, &all[count], err));
        sort_statuses(all, ++count);
    }
    summary->notifications = list ? notes : NULL;
    summary->notification_count = note_count;
    summary->statuses = all;
    summary->status_count = count;
    return HM_OK;
}

static enum hm_status check_type(const char *type, struct hm_error *err) {
    static const char *const types[] = {"r", "rw", "w", "s"};
    if (!type) return HM_OK; // as a server may leave it out
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i]) == 0) return HM_OK;
    return hm_fail(err, HM_EPROTO,
                   "malformed summary: query type \"%.20s\", expected r, rw, w or s", type);
}

static const struct bolt_value *get_map(const struct bolt_value *map, const char *key) {
    const struct bolt_value *value = bolt_get(map, key);
    return value && value->type == BOLT_MAP ? value : NULL;
}

enum hm_status bolt_summary_make(struct bolt_result *result, struct hm_error *err) {
    const struct bolt_value *end = &result->end_metadata, *run = &result->run_metadata;
    HM_TRY(check_type(bolt_get_text(end, "type"), err));
    struct bolt_summary *summary = hm_arena_alloc(&result->keep, sizeof *summary);
    if (!summary) return no_memory(err);
    result->summary = summary;
    summary->query = result->query;
    summary->query_type = bolt_get_text(end, "type");
    summary->database = bolt_text_or(bolt_get_text(end, "db"), bolt_get_text(run, "db"));
    summary->plan = get_map(end, "plan");
    summary->profile = get_map(end, "profile");
    summary->available_after_ms = bolt_get_int(run, "t_first", -1);
    summary->consumed_after_ms = bolt_get_int(end, "t_last", -1);
    summary->server = result->server;
    summary->metadata = end;
    read_counters(bolt_get(end, "stats"), &summary->counters);
    const struct bolt_value *statuses = bolt_get(end, "statuses");
    enum hm_status status = read_list(result, statuses ? statuses : bolt_get(end, "notifications"),
                                      statuses != NULL, err);
    if (status != HM_OK) result->summary = NULL;
    return status;
}
