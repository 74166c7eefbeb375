// SPDX-License-Identifier: MIT
// Sending back what was received: a value of any depth becomes a parameter, without recursion.

#include "value/packstream.h"

/** Values whose parts have their own calls. */
static void put_structure(struct bolt_params *params, const char *name,
                          const struct bolt_value *value) {
    switch (value->type) {
    case BOLT_DATE: {
        bolt_put_date(params, name, bolt_date(value));
        break;
    }
    case BOLT_TIME:
    case BOLT_LOCAL_TIME: {
        struct bolt_time_view view = bolt_time(value);
        bolt_put_time(params, name, &view);
        break;
    }
    case BOLT_DATE_TIME:
    case BOLT_LOCAL_DATE_TIME: {
        struct bolt_date_time_view view = bolt_date_time(value);
        bolt_put_date_time(params, name, &view);
        break;
    }
    case BOLT_DURATION: {
        struct bolt_duration_view view = bolt_duration(value);
        bolt_put_duration(params, name, &view);
        break;
    }
    case BOLT_POINT: {
        struct bolt_point_view view = bolt_point(value);
        bolt_put_point(params, name, &view);
        break;
    }
    case BOLT_VECTOR: {
        struct bolt_vector_view view = bolt_vector(value);
        bolt_put_vector(params, name, &view);
        break;
    }
    default:
        hm_fail(&params->error, HM_EARG, "parameters: a value of type %s cannot be sent",
                bolt_type_name(value->type));
    }
}

/** Put a value, or begin it when it contains others: then true. */
static bool put_or_begin(struct bolt_params *params, const char *name,
                         const struct bolt_value *value) {
    switch (value->type) {
    case BOLT_NULL:
        bolt_put_null(params, name);
        return false;
    case BOLT_BOOL:
        bolt_put_bool(params, name, value->as.boolean);
        return false;
    case BOLT_INT:
        bolt_put_int(params, name, value->as.integer);
        return false;
    case BOLT_FLOAT:
        bolt_put_float(params, name, value->as.real);
        return false;
    case BOLT_STRING:
        bolt_put_text(params, name, value->as.string, value->length);
        return false;
    case BOLT_BYTES:
        bolt_put_bytes(params, name, value->as.bytes, value->length);
        return false;
    case BOLT_LIST:
        bolt_begin_list(params, name, value->length);
        return true;
    case BOLT_MAP:
        bolt_begin_map(params, name, value->length);
        return true;
    case BOLT_STRUCTURE:
        bolt_begin_structure(params, name, value->tag, value->length);
        return true;
    default:
        put_structure(params, name, value);
        return false;
    }
}

void bolt_put_value(struct bolt_params *params, const char *name, const struct bolt_value *value) {
    struct {
        const struct bolt_value *container;
        uint32_t next;
    } open[BOLT_MAX_DEPTH];
    size_t depth = 0;
    if (put_or_begin(params, name, value)) {
        open[depth].container = value;
        open[depth++].next = 0;
    }
    while (depth > 0 && params->error.status == HM_OK) {
        const struct bolt_value *container = open[depth - 1].container;
        uint32_t i = open[depth - 1].next++;
        if (i == container->length) {
            bolt_end(params);
            depth--;
            continue;
        }
        struct bolt_value
            item; // a container is never inside a packed list, so its address stays good
        const struct bolt_value *child = &item;
        if (container->type == BOLT_MAP)
            child = &container->as.entries[i].value;
        else if (container->type == BOLT_LIST && container->packed)
            item = bolt_at(container, i);
        else
            child = &container->as.items[i];
        const char *key = container->type == BOLT_MAP ? container->as.entries[i].key : NULL;
        if (!put_or_begin(params, key, child)) continue;
        if (depth == BOLT_MAX_DEPTH) return; // bolt_begin_... has refused that already
        open[depth].container = child;
        open[depth++].next = 0;
    }
}
