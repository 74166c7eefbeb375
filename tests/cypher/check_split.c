// SPDX-License-Identifier: MIT
// Cutting Cypher into statements: what hides a ";", and that a text may be cut anywhere.

#include "cypher.h"

#include <string.h>

#include "suite.h"

// Statements as they should come out, with "|" after each; an empty one is "-|", one that the end
// of the text ends "...|".
static const struct {
    const char *text, *statements;
} cases[] = {
    {"", ""},
    {" \n\t", ""},
    {"RETURN 1", "RETURN 1...|"},
    {"RETURN 1;", "RETURN 1;|"},
    {"RETURN 1;\nRETURN 2;\n", "RETURN 1;|\nRETURN 2;|"},
    {";; RETURN 1", "-|-| RETURN 1...|"},
    {"RETURN ';' AS a;RETURN 2", "RETURN ';' AS a;|RETURN 2...|"},
    {"RETURN \"a;'b\";", "RETURN \"a;'b\";|"},
    {"RETURN 'it\\'s;';RETURN '\\\\';x", "RETURN 'it\\'s;';|RETURN '\\\\';|x...|"},
    {"MATCH (`a;b`) RETURN `a;b`.`c``;`;", "MATCH (`a;b`) RETURN `a;b`.`c``;`;|"},
    {"MATCH (`\\`) RETURN 1; x", "MATCH (`\\`) RETURN 1;| x...|"}, // no escapes in a name
    {"// one; two\nRETURN 1;", "// one; two\nRETURN 1;|"},
    {"RETURN 1 // a; b", "RETURN 1 // a; b...|"},
    {"/* a; b */ RETURN 1;", "/* a; b */ RETURN 1;|"},
    {"/*/;*/ RETURN 1;", "/*/;*/ RETURN 1;|"},
    {"/**;**/;", "-|"},
    {"RETURN '/*' AS a; RETURN '*/'", "RETURN '/*' AS a;| RETURN '*/'...|"},
    {"RETURN 4 / 2; RETURN 4/2;", "RETURN 4 / 2;| RETURN 4/2;|"},
    {"RETURN 4 // '\n/ 2; x", "RETURN 4 // '\n/ 2;| x...|"},
    {"// only a comment;", ""},
    {"/;", "/;|"},
    {"/", "/...|"},
    {":use system;\ncreate database products;", ":use system;\n|create database products;|"},
    {"  :param x => ';'\nRETURN $x;", "  :param x => ';'\n|RETURN $x;|"},
    {":begin", ":begin...|"},
    {"// c\rRETURN 1;\rRETURN 2", "// c\rRETURN 1;|\rRETURN 2...|"},
    {"/* c\r */ RETURN 1;", "/* c\r */ RETURN 1;|"},
    {":begin\rRETURN 1;", ":begin\r|RETURN 1;|"},
    {":begin\r\nRETURN 1;", ":begin\r|\nRETURN 1;|"},
    {":param {a: 1,\n b: {c: '}'}} \nx;", ":param {a: 1,\n b: {c: '}'}} \n|x;|"},
    {":param {a: 1, // }\n b: \";\"}\nx;", ":param {a: 1, // }\n b: \";\"}\n|x;|"},
    {":param {a: 1\nx; y", ":param {a: 1\nx;| y...|"},
    {":param x => {\nx;", ":param x => {\n|x;|"},
    {":param \n{x;", ":param \n|{x;|"},
    {"MATCH (n:Product) RETURN n;", "MATCH (n:Product) RETURN n;|"},
    {"RETURN 'open; ", "RETURN 'open; ...|"},
};

// Feed text in pieces of that size and write down what comes out.
static void split(const char *text, size_t piece, char *out, size_t size) {
    struct cypher_splitter s = {0};
    size_t length = strlen(text), start = 0, at = 0, used = 0;
    out[0] = '\0';
    while (at < length) {
        bool complete;
        size_t n = length - at < piece ? length - at : piece;
        at += cypher_split(&s, text + at, n, &complete);
        if (!complete) continue;
        if (cypher_has_content(&s))
            used +=
                (size_t)snprintf(out + used, size - used, "%.*s|", (int)(at - start), text + start);
        else
            used += (size_t)snprintf(out + used, size - used, "-|");
        start = at;
        if (at == length) return;
    }
    if (cypher_has_content(&s)) snprintf(out + used, size - used, "%s...|", text + start);
}

START_TEST(statements_come_out) {
    char out[256];
    for (size_t piece = 1; piece < 64; piece++) {
        split(cases[_i].text, piece, out, sizeof out);
        ck_assert_msg(strcmp(out, cases[_i].statements) == 0,
                      "\"%s\" in pieces of %zu: found \"%s\", expected \"%s\"", cases[_i].text,
                      piece, out, cases[_i].statements);
    }
}
END_TEST

START_TEST(places_are_told) {
    static const char text[] = "a '$x' `$y` // $z\n$p;";
    static const char places[] = "..ssss.nnnn..ccccc..;"; // the first "/" may be a division
    static const char signs[] = {[CYPHER_CODE] = '.',
                                 [CYPHER_COMMENT] = 'c',
                                 [CYPHER_STRING] = 's',
                                 [CYPHER_NAME] = 'n',
                                 [CYPHER_END] = ';'};
    char found[sizeof text] = "";
    struct cypher_splitter s = {0};
    for (size_t i = 0; text[i]; i++)
        found[i] = signs[cypher_step(&s, text[i])];
    ck_assert_str_eq(found, places);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("split");
    TCase *tests = tcase_create("split");
    tcase_add_loop_test(tests, statements_come_out, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, places_are_told);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
