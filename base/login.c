// SPDX-License-Identifier: MIT
// A password may hold any character, "/", "?" and "@" too: it ends at the last "@".

#include "login.h"

#include <string.h>

static const char SLASHES[] = "://";
enum { SLASHES_LENGTH = sizeof SLASHES - 1 };

bool hm_has_login(const char *address) {
    const char *slashes = strstr(address, SLASHES);
    if (slashes) return strchr(slashes, '@') != NULL;
    size_t user = strcspn(address, "/:@");
    return address[user] == ':' && strchr(address + user, '@') != NULL;
}

void hm_hide_logins(char *text) {
    for (char *at = text; (at = strstr(at, SLASHES)) != NULL;) {
        at += SLASHES_LENGTH;
        char *end = NULL;
        for (char *c = at; *c && !strchr(" \t\n\"", *c); c++)
            if (*c == '@') end = c;
        if (end) memset(at, '*', (size_t)(end - at));
    }
}
