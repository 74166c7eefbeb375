// SPDX-License-Identifier: MIT
/** Addresses that hold a login: they are refused, and never shown. */
#ifndef HM_LOGIN_H
#define HM_LOGIN_H

#include <stdbool.h>

/** Whether an address holds a user or password: an "@" anywhere behind "://" (in a query it is
 *  written %40), or, without a scheme, user:password@host. */
bool hm_has_login(const char *address);

/** Put "*" in place of every login of a scheme://login@host in a text. */
void hm_hide_logins(char *text);

#endif
