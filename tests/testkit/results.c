// SPDX-License-Identifier: MIT
// Requests about a result. "Single" and "list" are loops over bolt_next, as a program would write
// them.

#include "kit.h"

#include <stdlib.h>
#include <string.h>

static cJSON *no_result(void) {
    return kit_backend_error("the request names no result");
}

cJSON *kit_result_answer(struct kit *kit, struct bolt_result *result, struct kit_session *session,
                         const cJSON *parameters) {
    struct kit_result *kept = calloc(1, sizeof *kept);
    int id = kept ? kit_add(kit, KIT_RESULT, kept) : 0;
    if (!id) {
        free(kept);
        bolt_result_free(result);
        return kit_backend_error("no memory for a result");
    }
    *kept = (struct kit_result){result, session, cJSON_Duplicate(parameters, true)};
    const char *const *keys;
    size_t count;
    struct hm_error err = {0};
    if (bolt_keys(result, &keys, &count, &err) != HM_OK)
        return kit_driver_error(kit, &err, session);
    cJSON *answer = kit_answer_id("Result", id);
    cJSON *list = cJSON_AddArrayToObject(cJSON_GetObjectItemCaseSensitive(answer, "data"), "keys");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(keys[i]));
    return answer;
}

/** {"values": [...]} of a row. */
static enum hm_status row_to_json(struct bolt_result *result, const struct bolt_value *row,
                                  cJSON **out, struct hm_error *err) {
    const char *const *keys;
    size_t count;
    *out = NULL;
    HM_TRY(bolt_keys(result, &keys, &count, err));
    cJSON *record = cJSON_CreateObject(), *values = cJSON_AddArrayToObject(record, "values"), *json;
    for (size_t i = 0; i < count; i++) {
        enum hm_status status = kit_value_to_json(&row[i], &json, err);
        if (status != HM_OK) {
            cJSON_Delete(record);
            return status;
        }
        cJSON_AddItemToArray(values, json);
    }
    *out = record;
    return HM_OK;
}

typedef enum hm_status get_row(struct bolt_result *result, const struct bolt_value **row,
                               struct hm_error *err);

/** *record = the row that get gives, NULL after the last one. */
static enum hm_status get_record(struct bolt_result *result, get_row *get, cJSON **record,
                                 struct hm_error *err) {
    const struct bolt_value *row;
    *record = NULL;
    HM_TRY(get(result, &row, err));
    return row ? row_to_json(result, row, record, err) : HM_OK;
}

static cJSON *named(const char *name, cJSON *data) {
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddStringToObject(answer, "name", name);
    cJSON_AddItemToObject(answer, "data", data);
    return answer;
}

static cJSON *one_row(struct kit *kit, const cJSON *data, get_row *get) {
    struct kit_result *result = kit_find(kit, KIT_RESULT, data, "resultId");
    if (!result) return no_result();
    cJSON *record;
    struct hm_error err = {0};
    if (get_record(result->result, get, &record, &err) != HM_OK)
        return kit_driver_error(kit, &err, result->session);
    return record ? named("Record", record) : kit_answer("NullRecord", NULL);
}

cJSON *kit_next(struct kit *kit, const cJSON *data) {
    return one_row(kit, data, bolt_next);
}

cJSON *kit_peek(struct kit *kit, const cJSON *data) {
    return one_row(kit, data, bolt_peek);
}

/** The only row; *record NULL and *more false: there was none; *more: there were others,
 *  dropped. */
static enum hm_status only_record(struct bolt_result *result, cJSON **record, bool *more,
                                  struct hm_error *err) {
    const struct bolt_value *row;
    *more = false;
    HM_TRY(get_record(result, bolt_next, record, err));
    if (!*record) return HM_OK;
    enum hm_status status = bolt_next(result, &row, err);
    *more = row != NULL;
    while (status == HM_OK && row) // so that nobody takes this for a way to read on
        status = bolt_next(result, &row, err);
    if (status != HM_OK) {
        cJSON_Delete(*record);
        *record = NULL;
    }
    return status;
}

cJSON *kit_single(struct kit *kit, const cJSON *data) {
    struct kit_result *result = kit_find(kit, KIT_RESULT, data, "resultId");
    if (!result) return no_result();
    cJSON *record;
    bool more;
    struct hm_error err = {0};
    enum hm_status status = only_record(result->result, &record, &more, &err);
    if (status == HM_OK && record && !more) return named("Record", record);
    if (status == HM_OK)
        hm_fail(&err, HM_ENOTFOUND, "found %s, expected exactly one row",
                more ? "more than one" : "none");
    cJSON_Delete(record);
    return kit_driver_error(kit, &err, result->session);
}

cJSON *kit_single_optional(struct kit *kit, const cJSON *data) {
    struct kit_result *result = kit_find(kit, KIT_RESULT, data, "resultId");
    if (!result) return no_result();
    cJSON *record;
    bool more;
    struct hm_error err = {0};
    if (only_record(result->result, &record, &more, &err) != HM_OK)
        return kit_driver_error(kit, &err, result->session);
    cJSON *inner, *answer = kit_answer("RecordOptional", &inner);
    cJSON_AddItemToObject(inner, "record", record ? record : cJSON_CreateNull());
    cJSON *warnings = cJSON_AddArrayToObject(inner, "warnings");
    if (more)
        cJSON_AddItemToArray(warnings, cJSON_CreateString("found more than one row, expected one"));
    return answer;
}

cJSON *kit_list(struct kit *kit, const cJSON *data) {
    struct kit_result *result = kit_find(kit, KIT_RESULT, data, "resultId");
    if (!result) return no_result();
    struct hm_error err = {0};
    cJSON *inner, *answer = kit_answer("RecordList", &inner), *record;
    cJSON *records = cJSON_AddArrayToObject(inner, "records");
    enum hm_status status = bolt_fetch_all(result->result, &err);
    while (status == HM_OK) {
        status = get_record(result->result, bolt_next, &record, &err);
        if (status == HM_OK && !record) return answer;
        if (record) cJSON_AddItemToArray(records, record);
    }
    cJSON_Delete(answer);
    return kit_driver_error(kit, &err, result->session);
}

cJSON *kit_consume(struct kit *kit, const cJSON *data) {
    struct kit_result *result = kit_find(kit, KIT_RESULT, data, "resultId");
    if (!result) return no_result();
    const struct bolt_summary *summary;
    struct hm_error err = {0};
    if (bolt_consume(result->result, &summary, &err) != HM_OK)
        return kit_driver_error(kit, &err, result->session);
    return named("Summary", kit_summary(summary, result->parameters));
}
