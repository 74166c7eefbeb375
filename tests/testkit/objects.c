// SPDX-License-Identifier: MIT
// What the kit knows by id. Objects stay until the kit hangs up: it may name a transaction after
// its session was closed.

#include "kit.h"

#include <stdlib.h>
#include <string.h>

int kit_add(struct kit *kit, enum kit_kind kind, void *object) {
    if (kit->object_count == kit->object_capacity) {
        size_t capacity = kit->object_capacity ? kit->object_capacity * 2 : 16;
        struct kit_object *objects = realloc(kit->objects, capacity * sizeof *objects);
        if (!objects) return 0;
        kit->objects = objects;
        kit->object_capacity = capacity;
    }
    kit->objects[kit->object_count++] = (struct kit_object){kind, {object}};
    return (int)kit->object_count;
}

void *kit_find(const struct kit *kit, enum kit_kind kind, const cJSON *data, const char *key) {
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(data, key);
    if (!cJSON_IsNumber(id) || id->valueint < 1 || (size_t)id->valueint > kit->object_count)
        return NULL;
    const struct kit_object *object = &kit->objects[id->valueint - 1];
    return object->kind == kind ? object->as.any : NULL;
}

int kit_id(const struct kit *kit, const void *object) {
    for (size_t i = 0; i < kit->object_count; i++)
        if (kit->objects[i].as.any == object) return (int)i + 1;
    return 0;
}

static void free_object(struct kit_object *object) {
    switch (object->kind) {
    case KIT_DRIVER:
        bolt_driver_free(object->as.driver->driver);
        cJSON_Delete(object->as.driver->certificate);
        break;
    case KIT_SESSION:
        bolt_session_free(object->as.session->session);
        break;
    case KIT_TX:
        if (!object->as.tx->managed) bolt_tx_free(object->as.tx->tx);
        break;
    case KIT_RESULT:
        bolt_result_free(object->as.result->result);
        cJSON_Delete(object->as.result->parameters);
        break;
    case KIT_ERROR:
        cJSON_Delete(object->as.failure->answer);
        break;
    case KIT_PROVIDER: // nothing but its id
    case KIT_FREED:
        return;
    }
    free(object->as.any);
    *object = (struct kit_object){0};
}

void kit_free_objects(struct kit *kit) {
    static const enum kit_kind order[] = {KIT_RESULT, KIT_TX, KIT_SESSION, KIT_DRIVER, KIT_ERROR};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (size_t i = 0; i < kit->object_count; i++)
            if (kit->objects[i].kind == order[k]) free_object(&kit->objects[i]);
    free(kit->objects);
    kit->objects = NULL;
    kit->object_count = kit->object_capacity = 0;
}

/** What the server said, in GQL's terms; its causes inside. */
static void put_failure(cJSON *data, const struct bolt_failure *failure) {
    cJSON_AddStringToObject(data, "gqlStatus", failure->gql_status);
    cJSON_AddStringToObject(data, "statusDescription", failure->description);
    cJSON_AddStringToObject(data, "classification", failure->classification);
    cJSON_AddItemToObject(data, "rawClassification",
                          kit_string_or_null(failure->raw_classification));
    cJSON_AddItemToObject(data, "diagnosticRecord", kit_map_to_json(&failure->diagnostic_record));
    if (!failure->cause) {
        cJSON_AddNullToObject(data, "cause");
        return;
    }
    cJSON *inner, *cause = kit_answer("GqlError", &inner);
    cJSON_AddStringToObject(inner, "msg", failure->cause->message);
    put_failure(inner, failure->cause);
    cJSON_AddItemToObject(data, "cause", cause);
}

cJSON *kit_driver_error(struct kit *kit, const struct hm_error *err,
                        const struct kit_session *session) {
    const struct bolt_failure *failure =
        session && session->session ? bolt_session_failure(session->session) : NULL;
    if (failure && (!err->code[0] || strcmp(failure->code, err->code) != 0)) failure = NULL;
    struct kit_failure *kept = calloc(1, sizeof *kept);
    int id = kept ? kit_add(kit, KIT_ERROR, kept) : 0;
    if (!id) {
        free(kept);
        return kit_backend_error("no memory for an error");
    }
    cJSON *data, *answer = kit_answer("DriverError", &data);
    cJSON_AddNumberToObject(data, "id", id);
    cJSON_AddStringToObject(data, "errorType", hm_status_name(err->status));
    cJSON_AddStringToObject(data, "msg", failure ? failure->message : err->text);
    cJSON_AddStringToObject(data, "code", err->code);
    cJSON_AddBoolToObject(data, "retryable", err->status == HM_ERETRY);
    if (failure) put_failure(data, failure);
    kept->error = *err;
    kept->answer = cJSON_Duplicate(answer, true);
    return answer;
}
