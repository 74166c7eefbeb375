// SPDX-License-Identifier: MIT
// What a script says of itself: the header's fields, and the versions it fits.

#include "cypher.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t offset;
    bool required;
} fields[] = {
    {"database", offsetof(struct cypher_script, database), true},
    {"parameters", offsetof(struct cypher_script, parameters), true},
    {"returns", offsetof(struct cypher_script, returns), true},
    {"servers", offsetof(struct cypher_script, servers), true},
    {"edition", offsetof(struct cypher_script, edition), false},
    {"plugin", offsetof(struct cypher_script, plugin), false},
    {"transaction", offsetof(struct cypher_script, transaction), false},
};
enum { FIELDS = sizeof fields / sizeof *fields };

// What follows the header.
static const char *statements_of(const char *text) {
    while (text[0] == '/' && text[1] == '/') {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return text;
}

const struct hm_text *cypher_find(const char *name) {
    size_t length = strlen(name);
    for (const struct hm_text *t = cypher_scripts; t->name; t++) {
        if (strncmp(t->name, name, length) != 0) continue;
        if (strcmp(t->name + length, ".cypher") == 0 || (length == 2 && t->name[2] == '_'))
            return t;
    }
    return NULL;
}

const char *cypher_text(enum cypher_id script) {
    return statements_of(cypher_scripts[script].text);
}

// Lines before the first field are the summary, joined by blanks.
static bool add_summary(struct cypher_script *out, const char *line, size_t length) {
    size_t used = strlen(out->summary);
    if (used + 1 + length >= sizeof out->summary) return false;
    if (used) out->summary[used++] = ' ';
    memcpy(out->summary + used, line, length);
    out->summary[used + length] = '\0';
    return true;
}

// The index of the field that a line such as "servers: >= 4.4" gives, FIELDS for any other line.
static size_t field_of(const char *line, size_t length) {
    for (size_t i = 0; i < FIELDS; i++) {
        size_t name = strlen(fields[i].name);
        if (length > name + 2 && strncmp(line, fields[i].name, name) == 0 &&
            strncmp(line + name, ": ", 2) == 0)
            return i;
    }
    return FIELDS;
}

static enum hm_status read_header_line(struct cypher_script *out, const char *line, size_t length,
                                       size_t *next, struct hm_error *err) {
    size_t i = field_of(line, length);
    if (i == FIELDS) {
        if (*next == 0 && add_summary(out, line, length)) return HM_OK;
        return hm_fail(err, HM_EFORMAT, "script %s: found header line \"%.*s\", expected a field",
                       out->name, (int)length, line);
    }
    size_t skip = strlen(fields[i].name) + 2;
    if (i < *next || length - skip > CYPHER_FIELD_MAX)
        return hm_fail(err, HM_EFORMAT, "script %s: field %s is doubled, out of order or too long",
                       out->name, fields[i].name);
    *next = i + 1;
    char *value = (char *)out + fields[i].offset;
    memcpy(value, line + skip, length - skip);
    value[length - skip] = '\0';
    return HM_OK;
}

enum hm_status cypher_describe(const struct hm_text *file, struct cypher_script *out,
                               struct hm_error *err) {
    *out = (struct cypher_script){.name = file->name, .text = statements_of(file->text)};
    size_t next = 0;
    for (const char *line = file->text; line < out->text;) {
        size_t length = strcspn(line, "\n");
        size_t mark = strncmp(line, "// ", 3) == 0 ? 3 : 2;
        HM_TRY(read_header_line(out, line + mark, length - mark, &next, err));
        line += length + (line[length] == '\n');
    }
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].required && !*((const char *)out + fields[i].offset))
            return hm_fail(err, HM_EFORMAT, "script %s: its header has no field \"%s\"", out->name,
                           fields[i].name);
    if (!*out->summary || !*out->text)
        return hm_fail(err, HM_EFORMAT, "script %s: expected a sentence and a statement",
                       out->name);
    return HM_OK;
}

enum { VERSION_PARTS = 3 };

// "5.26.25-rc" -> 5, 26, 25; parts not given are 0. False when there is no number.
static bool version_of(const char *text, long parts[VERSION_PARTS]) {
    memset(parts, 0, VERSION_PARTS * sizeof *parts);
    for (int i = 0; i < VERSION_PARTS; i++) {
        char *end;
        if (*text < '0' || *text > '9') return i > 0;
        parts[i] = strtol(text, &end, 10);
        if (*end != '.') return true;
        text = end + 1;
    }
    return true;
}

static int compare_versions(const long a[VERSION_PARTS], const long b[VERSION_PARTS]) {
    for (int i = 0; i < VERSION_PARTS; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

bool cypher_fits(const char *condition, const char *version) {
    long have[VERSION_PARTS], bound[VERSION_PARTS];
    const char *slash = strchr(version, '/');
    if (!version_of(slash ? slash + 1 : version, have)) return false;
    condition += strcspn(condition, "<>");
    while (*condition) {
        bool below = *condition == '<';
        condition += strcspn(condition, "0123456789");
        if (!version_of(condition, bound)) return false;
        if (below ? compare_versions(have, bound) >= 0 : compare_versions(have, bound) < 0)
            return false;
        condition += strcspn(condition, "<>");
    }
    return true;
}

bool cypher_serves(enum cypher_id script, const char *agent) {
    struct cypher_script about;
    return cypher_describe(&cypher_scripts[script], &about, NULL) == HM_OK &&
           cypher_fits(about.servers, agent);
}

// Whether the columns "a TYPE, b TYPE" have these names.
static bool has_names(const char *returns, const char *const *keys, size_t n) {
    if (strcmp(returns, "nothing") == 0) return n == 0;
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(keys[i]);
        if (strncmp(returns, keys[i], length) != 0 || returns[length] != ' ') return false;
        returns += strcspn(returns, ",");
        returns += strspn(returns, ", ");
    }
    return *returns == '\0';
}

enum hm_status cypher_check_columns(enum cypher_id script, const char *const *keys, size_t n,
                                    struct hm_error *err) {
    struct cypher_script about;
    char found[CYPHER_FIELD_MAX + 1] = "";
    HM_TRY(cypher_describe(&cypher_scripts[script], &about, err));
    if (has_names(about.returns, keys, n)) return HM_OK;
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s%s", i ? ", " : "", keys[i]);
    }
    return hm_fail(err, HM_EPROTO, "script %.*s: found %s%s; expected %s",
                   (int)strcspn(about.name, "."), about.name, n ? "columns " : "no columns", found,
                   about.returns);
}
