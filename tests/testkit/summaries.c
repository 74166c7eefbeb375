// SPDX-License-Identifier: MIT
// The summary of a result as the kit wants it.

#include "kit.h"

static void put_counters(cJSON *data, const struct bolt_counters *counters) {
    const struct {
        const char *key;
        int64_t value;
    } rows[] = {
        {"nodesCreated", counters->nodes_created},
        {"nodesDeleted", counters->nodes_deleted},
        {"relationshipsCreated", counters->relationships_created},
        {"relationshipsDeleted", counters->relationships_deleted},
        {"propertiesSet", counters->properties_set},
        {"labelsAdded", counters->labels_added},
        {"labelsRemoved", counters->labels_removed},
        {"indexesAdded", counters->indexes_added},
        {"indexesRemoved", counters->indexes_removed},
        {"constraintsAdded", counters->constraints_added},
        {"constraintsRemoved", counters->constraints_removed},
        {"systemUpdates", counters->system_updates},
    };
    cJSON *inner = cJSON_AddObjectToObject(data, "counters");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cJSON_AddItemToObject(inner, rows[i].key, kit_integer(rows[i].value));
    cJSON_AddBoolToObject(inner, "containsUpdates", counters->contains_updates);
    cJSON_AddBoolToObject(inner, "containsSystemUpdates", counters->contains_system_updates);
}

static cJSON *position(const struct bolt_notification *note) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "offset", kit_integer(note->offset));
    cJSON_AddItemToObject(json, "line", kit_integer(note->line));
    cJSON_AddItemToObject(json, "column", kit_integer(note->column));
    return json;
}

static cJSON *notification(const struct bolt_notification *note) {
    const char *severity = note->raw_severity ? note->raw_severity : "";
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "code", note->code);
    cJSON_AddStringToObject(json, "title", note->title);
    cJSON_AddStringToObject(json, "description", note->description);
    cJSON_AddStringToObject(json, "severity", severity);
    cJSON_AddStringToObject(json, "rawSeverityLevel", severity);
    cJSON_AddStringToObject(json, "severityLevel", note->severity);
    cJSON_AddStringToObject(json, "rawCategory",
                            note->raw_classification ? note->raw_classification : "");
    cJSON_AddStringToObject(json, "category", note->classification);
    if (note->has_position) cJSON_AddItemToObject(json, "position", position(note));
    return json;
}

static cJSON *status_object(const struct bolt_notification *note) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "gqlStatus", note->gql_status);
    cJSON_AddStringToObject(json, "statusDescription", note->status_description);
    cJSON_AddItemToObject(json, "position",
                          note->has_position ? position(note) : cJSON_CreateNull());
    cJSON_AddStringToObject(json, "classification", note->classification);
    cJSON_AddItemToObject(json, "rawClassification", kit_string_or_null(note->raw_classification));
    cJSON_AddStringToObject(json, "severity", note->severity);
    cJSON_AddItemToObject(json, "rawSeverity", kit_string_or_null(note->raw_severity));
    cJSON_AddItemToObject(json, "diagnosticRecord", kit_map_to_json(&note->diagnostic_record));
    cJSON_AddBoolToObject(json, "isNotification", note->code[0] != '\0');
    return json;
}

void kit_put_server(cJSON *data, const struct bolt_server *server) {
    char version[16];
    snprintf(version, sizeof version, "%d.%d", server->major, server->minor);
    cJSON_AddStringToObject(data, "address", server->address);
    cJSON_AddStringToObject(data, "agent", server->agent);
    cJSON_AddStringToObject(data, "protocolVersion", version);
}

static void put_plain(cJSON *data, const char *key, const struct bolt_value *value) {
    cJSON_AddItemToObject(data, key, value ? kit_value_to_plain(value) : cJSON_CreateNull());
}

static void put_time(cJSON *data, const char *key, int64_t milliseconds) {
    cJSON_AddItemToObject(data, key,
                          milliseconds < 0 ? cJSON_CreateNull() : kit_integer(milliseconds));
}

cJSON *kit_summary(const struct bolt_summary *summary, const cJSON *parameters) {
    cJSON *data = cJSON_CreateObject();
    kit_put_server(cJSON_AddObjectToObject(data, "serverInfo"), &summary->server);
    put_counters(data, &summary->counters);
    cJSON *query = cJSON_AddObjectToObject(data, "query");
    cJSON_AddStringToObject(query, "text", summary->query);
    bool given = cJSON_IsObject(parameters);
    cJSON_AddItemToObject(query, "parameters",
                          given ? cJSON_Duplicate(parameters, true) : cJSON_CreateObject());
    cJSON_AddItemToObject(data, "queryType", kit_string_or_null(summary->query_type));
    cJSON_AddItemToObject(data, "database", kit_string_or_null(summary->database));
    cJSON *notes = summary->notifications ? cJSON_CreateArray() : cJSON_CreateNull();
    for (size_t i = 0; summary->notifications && i < summary->notification_count; i++)
        cJSON_AddItemToArray(notes, notification(&summary->notifications[i]));
    cJSON_AddItemToObject(data, "notifications", notes);
    cJSON *statuses = cJSON_AddArrayToObject(data, "gqlStatusObjects");
    for (size_t i = 0; i < summary->status_count; i++)
        cJSON_AddItemToArray(statuses, status_object(&summary->statuses[i]));
    put_plain(data, "plan", summary->plan);
    put_plain(data, "profile", summary->profile);
    put_time(data, "resultAvailableAfter", summary->available_after_ms);
    put_time(data, "resultConsumedAfter", summary->consumed_after_ms);
    return data;
}
