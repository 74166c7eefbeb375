// SPDX-License-Identifier: MIT
// Logins in addresses: found wherever they are, and hidden.

#include <string.h>

#include "login.h"
#include "suite.h"

START_TEST(logins_are_found) {
    static const char *const with[] = {
        "bolt://neo4j:secret@host",
        "bolt://neo4j@host",
        "bolt://u:pa?ss@h",
        "bolt://u:pa/ss@h:7687/db",
        "neo4j+s://u:a@b@h?policy=x",
        "http://u:p@h",
        "u:p@h",
        "u:p@h:7687",
        "u:p/q@h",
        "neo4j://h?policy=a@b",
    };
    static const char *const without[] = {
        "bolt://host",
        "neo4j://host:7687/db?policy=a%40b",
        "hmrec.db",
        "photos@home.db",
        "./a:b@c.db",
        "folder/u:p@h.db",
        "",
    };
    for (size_t i = 0; i < sizeof with / sizeof *with; i++)
        ck_assert_msg(hm_has_login(with[i]), "%s", with[i]);
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        ck_assert_msg(!hm_has_login(without[i]), "%s", without[i]);
}
END_TEST

START_TEST(logins_are_hidden) {
    static const char *const pairs[][2] = {
        {"store bolt://neo4j:secret@host: no", "store bolt://************@host: no"},
        {"bolt://u:a@b@h and http://x:y@z", "bolt://*****@h and http://***@z"},
        {"\"bolt://h\" and ann@home", "\"bolt://h\" and ann@home"},
        {"bolt://", "bolt://"},
        {"bolt://@h", "bolt://@h"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char text[64];
        strcpy(text, pairs[i][0]);
        hm_hide_logins(text);
        ck_assert_str_eq(text, pairs[i][1]);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("login");
    TCase *tests = tcase_create("login");
    tcase_add_test(tests, logins_are_found);
    tcase_add_test(tests, logins_are_hidden);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
