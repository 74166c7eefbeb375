// SPDX-License-Identifier: MIT
// The connection to the kit: a request is the lines between "#request begin" and "#request end", an
// answer likewise.

#include "kit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { EXACT_DIGITS = 15 }; // every integer of so many digits fits a double

/** Copy JSON text, with quotes put around integers too long for cJSON, which reads numbers as
 *  doubles. */
static enum hm_status quote_integers(const char *text, struct hm_buf *out) {
    bool in_string = false;
    while (*text) {
        size_t digits = in_string ? 0 : strspn(text, "0123456789+-.eE");
        bool integer = digits > EXACT_DIGITS && strspn(text, "0123456789-") == digits;
        if (integer) HM_TRY(hm_buf_printf(out, NULL, "\"%.*s\"", (int)digits, text));
        if (*text == '\\' && text[1]) digits = 2;
        if (*text == '"') in_string = !in_string;
        size_t length = digits ? digits : 1;
        if (!integer) HM_TRY(hm_buf_append(out, text, length, NULL));
        text += length;
    }
    return HM_OK;
}

static bool read_line(struct kit *kit) {
    ssize_t length = getline(&kit->line, &kit->line_capacity, kit->in);
    if (length < 0) {
        kit->closed = true;
        return false;
    }
    kit->line[strcspn(kit->line, "\r\n")] = '\0';
    return true;
}

cJSON *kit_receive(struct kit *kit) {
    struct hm_buf text = {0}, quoted = {0};
    do
        if (!read_line(kit)) return NULL;
    while (strcmp(kit->line, "#request begin") != 0);
    bool ok = true;
    while (ok && (ok = read_line(kit)) && strcmp(kit->line, "#request end") != 0)
        ok = hm_buf_append(&text, kit->line, strlen(kit->line), NULL) == HM_OK;
    if (kit->verbose && text.data) fprintf(stderr, "<- %s\n", text.data);
    ok = ok && text.data && quote_integers(text.data, &quoted) == HM_OK;
    cJSON *request = ok && quoted.data ? cJSON_Parse(quoted.data) : NULL;
    hm_buf_free(&text);
    hm_buf_free(&quoted);
    return request;
}

void kit_send(struct kit *kit, cJSON *answer) {
    char *text = cJSON_PrintUnformatted(answer);
    cJSON_Delete(answer);
    if (kit->verbose && text) fprintf(stderr, "-> %s\n", text);
    if (text) fprintf(kit->out, "#response begin\n%s\n#response end\n", text);
    if (!text || fflush(kit->out) != 0) kit->closed = true;
    cJSON_free(text);
}

cJSON *kit_answer(const char *name, cJSON **data) {
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddStringToObject(answer, "name", name);
    cJSON *inner = cJSON_AddObjectToObject(answer, "data");
    if (data) *data = inner;
    return answer;
}

cJSON *kit_answer_id(const char *name, int id) {
    cJSON *data, *answer = kit_answer(name, &data);
    cJSON_AddNumberToObject(data, "id", id);
    return answer;
}

cJSON *kit_backend_error(const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cJSON *data, *answer = kit_answer("BackendError", &data);
    cJSON_AddStringToObject(data, "msg", text);
    return answer;
}
