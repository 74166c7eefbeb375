// SPDX-License-Identifier: MIT
// scheme://host:port?key=value&...: which scheme means what is a table.

#include "cluster/uri.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "login.h"

static const struct scheme {
    const char *name;
    bool routed;
    enum bolt_tls tls;
} schemes[] = {
    {"bolt", false, BOLT_TLS_OFF},
    {"bolt+s", false, BOLT_TLS_VERIFIED},
    {"bolt+ssc", false, BOLT_TLS_UNVERIFIED},
    {"neo4j", true, BOLT_TLS_OFF},
    {"neo4j+s", true, BOLT_TLS_VERIFIED},
    {"neo4j+ssc", true, BOLT_TLS_UNVERIFIED},
};

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for an address");
}

/** A port in digits up to end. */
static bool read_port(const char *text, unsigned *port) {
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || number == 0 || number > 65535) return false;
    *port = (unsigned)number;
    return true;
}

enum hm_status bolt_address_split(const char *address, unsigned fallback, struct hm_arena *arena,
                                  const char **host, unsigned *port, struct hm_error *err) {
    const char *start = address, *end, *rest;
    *port = fallback;
    if (*address == '[') {
        start = address + 1;
        end = strchr(start, ']');
        if (!end) return hm_fail(err, HM_EARG, "address \"%s\": found no ] behind [", address);
        rest = end + 1;
    } else {
        end = strchr(address, ':');
        if (end && strchr(end + 1, ':')) end = NULL; // a bare IPv6 address
        if (!end) end = address + strlen(address);
        rest = end;
    }
    if (end == start) return hm_fail(err, HM_EARG, "address \"%s\" has no host name", address);
    if (*rest == ':' ? !read_port(rest + 1, port) : *rest != '\0')
        return hm_fail(err, HM_EARG,
                       "address \"%s\": expected a port of 1 to 65535 behind the host", address);
    *host = hm_arena_copy(arena, start, (size_t)(end - start));
    return *host ? HM_OK : no_memory(err);
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/** Undo %XX in place. */
static void unescape(char *text) {
    char *to = text;
    for (const char *from = text; *from; from++) {
        int high = *from == '%' ? hex_digit(from[1]) : -1;
        int low = high >= 0 ? hex_digit(from[2]) : -1;
        if (low >= 0) {
            *to++ = (char)(high * 16 + low);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

/** key=value&key=value, each key once and not "address", which the driver adds itself. */
static enum hm_status read_query(char *query, struct hm_arena *arena, struct bolt_params *context,
                                 struct hm_error *err) {
    struct seen {
        const struct seen *next;
        const char *key;
    } *seen = NULL;
    for (char *part = query, *next; part; part = next) {
        next = strchr(part, '&');
        if (next) *next++ = '\0';
        char *value = strchr(part, '=');
        if (!value || value == part || !value[1])
            return hm_fail(err, HM_EARG, "URI: found \"%s\" in the query, expected key=value",
                           part);
        *value++ = '\0';
        unescape(part);
        unescape(value);
        if (strcmp(part, "address") == 0)
            return hm_fail(err, HM_EARG, "URI: the query must not set \"address\"");
        for (const struct seen *s = seen; s; s = s->next)
            if (strcmp(s->key, part) == 0)
                return hm_fail(err, HM_EARG, "URI: \"%s\" is in the query twice", part);
        struct seen *entry = hm_arena_alloc(arena, sizeof *entry);
        if (!entry) return no_memory(err);
        *entry = (struct seen){seen, part};
        seen = entry;
        bolt_put_string(context, part, value);
    }
    return bolt_params_status(context, err);
}

static enum hm_status read_rest(char *rest, struct hm_arena *arena, struct bolt_uri *out,
                                struct hm_error *err) {
    char *query = strchr(rest, '?');
    if (query) *query++ = '\0';
    size_t length = strlen(rest);
    if (length && rest[length - 1] == '/') rest[--length] = '\0';
    if (strpbrk(rest, "/#"))
        return hm_fail(
            err, HM_EARG,
            "URI: found \"%s\", expected host or host:port (user and database are set elsewhere)",
            rest);
    HM_TRY(bolt_address_split(rest, BOLT_DEFAULT_PORT, arena, &out->host, &out->port, err));
    if (!query || !*query) return HM_OK;
    if (!out->routed)
        return hm_fail(err, HM_EARG, "URI: only neo4j:// may have a query (\"?%s\")", query);
    return read_query(query, arena, out->context, err);
}

enum hm_status bolt_uri_parse(const char *text, struct hm_arena *arena, struct bolt_uri *out,
                              struct hm_error *err) {
    *out = (struct bolt_uri){0};
    if (hm_has_login(text)) // which is not shown
        return hm_fail(err, HM_EARG,
                       "URI: found a user before \"@%s\", expected host or host:port "
                       "(user and password are set elsewhere)",
                       strrchr(text, '@') + 1);
    const char *colon = strstr(text, "://");
    const struct scheme *scheme = NULL;
    size_t length = colon ? (size_t)(colon - text) : 0;
    for (size_t i = 0; colon && i < sizeof schemes / sizeof *schemes; i++)
        if (strlen(schemes[i].name) == length && strncasecmp(schemes[i].name, text, length) == 0)
            scheme = &schemes[i];
    if (!scheme)
        return hm_fail(
            err, HM_EARG,
            "URI \"%s\": expected bolt://, bolt+s://, bolt+ssc://, neo4j://, neo4j+s:// or "
            "neo4j+ssc://",
            text);
    out->routed = scheme->routed;
    out->tls = scheme->tls;
    char *rest = hm_arena_copy(arena, colon + 3, strlen(colon + 3));
    out->context = bolt_params_new();
    enum hm_status status =
        rest && out->context ? read_rest(rest, arena, out, err) : no_memory(err);
    if (status != HM_OK) {
        bolt_params_free(out->context);
        out->context = NULL;
    }
    return status;
}
