// SPDX-License-Identifier: MIT
// Files for TLS that are wrong: each failure names the file, what was found, and the field.

#include "hmrec/bolt.h"
#include "certificates.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <sys/stat.h>

static char folder[] = "/tmp/hmrec-tls-files-XXXXXX";
static struct certificate own, other;

static const char *const made[] = {"empty", "text", "cert", "key", "locked", "torn"};

static FILE *open_file(const char *name, const char *mode) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, mode);
    if (!file) abort();
    return file;
}

static void make_files(void) {
    if (!mkdtemp(folder)) abort();
    certificate_make(folder, "own", "DNS:client", 30, NULL, &own);
    certificate_make(folder, "other", "DNS:client", 30, NULL, &other);
    FILE *files[6];
    for (size_t i = 0; i < 6; i++)
        files[i] = open_file(made[i], "w");
    fputs("no certificate\n", files[1]);
    PEM_write_X509(files[2], own.x509);
    PEM_write_PrivateKey(files[3], own.key, NULL, NULL, 0, NULL, NULL);
    PEM_write_PrivateKey(files[4], own.key, EVP_aes_256_cbc(), (const unsigned char *)"secret", 6,
                         NULL, NULL);
    fputs("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", files[5]);
    for (size_t i = 0; i < 6; i++)
        fclose(files[i]);
}

static void drop_files(void) {
    char path[256];
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, made[i]);
        remove(path);
    }
    certificate_free(&own);
    certificate_free(&other);
    rmdir(folder);
}

static const struct {
    const char *ca, *certificate, *key, *password; // names in the folder; NULL: not given
    enum hm_status status;
    const char *text;
} cases[] = {
    {"cert", NULL, NULL, NULL, HM_OK, ""},
    {"none", NULL, NULL, NULL, HM_EARG, "/none: No such file or directory (ca_file)"},
    {"", NULL, NULL, NULL, HM_EARG, "a directory, where a PEM file is needed (ca_file)"},
    {"empty", NULL, NULL, NULL, HM_EARG, "/empty: it holds no certificate in PEM form (ca_file)"},
    {"text", NULL, NULL, NULL, HM_EARG, "/text: it holds no certificate in PEM form (ca_file)"},
    {"key", NULL, NULL, NULL, HM_EARG, "/key: it holds no certificate in PEM form (ca_file)"},
    {"torn", NULL, NULL, NULL, HM_EARG, "/torn: it holds a damaged certificate (ca_file)"},
    {NULL, "own.pem", NULL, NULL, HM_OK, ""},
    {NULL, "cert", "key", NULL, HM_OK, ""},
    {NULL, "cert", "locked", "secret", HM_OK, ""},
    {NULL, "none", "key", NULL, HM_EARG, "/none: No such file or directory (client_certificate)"},
    {NULL, "key", "key", NULL, HM_EARG, "/key: it holds no certificate in PEM form"},
    {NULL, "torn", "key", NULL, HM_EARG, "/torn: it holds a damaged certificate"},
    {NULL, "cert", NULL, NULL, HM_EARG, "/cert: it holds no private key in PEM form (client_key)"},
    {NULL, "cert", "none", NULL, HM_EARG, "/none: No such file or directory (client_key)"},
    {NULL, "cert", "", NULL, HM_EARG, "a directory, where a PEM file is needed (client_key)"},
    {NULL, "cert", "other.pem", NULL, HM_EARG,
     "/other.pem: it does not belong to the client certificate (client_key)"},
    {NULL, "cert", "locked", NULL, HM_EARG,
     "/locked: it is encrypted and needs its password (client_key_password)"},
    {NULL, "cert", "locked", "wrong", HM_EARG,
     "/locked: the password does not open it (client_key_password)"},
};

static const char *path_of(char to[256], const char *name) {
    if (!name) return NULL;
    snprintf(to, 256, "%s/%s", folder, name);
    return to;
}

START_TEST(files_are_named_with_what_is_wrong) {
    char ca[256], certificate[256], key[256];
    struct hm_error err = {0};
    struct bolt_driver *driver = NULL;
    struct bolt_config config = {.ca_file = path_of(ca, cases[_i].ca),
                                 .client_certificate = path_of(certificate, cases[_i].certificate),
                                 .client_key = path_of(key, cases[_i].key),
                                 .client_key_password = cases[_i].password};
    enum hm_status status = bolt_driver_new("bolt+s://localhost", &config, &driver, &err);
    bolt_driver_free(driver);
    ck_assert_msg(status == cases[_i].status, "%s: %s", hm_status_name(status), err.text);
    ck_assert_msg(strstr(err.text, cases[_i].text) != NULL, "%s", err.text);
    ck_assert_ptr_null(strstr(err.text, "error:")); // OpenSSL's own words
}
END_TEST

START_TEST(a_file_that_may_not_be_read) {
    char path[256];
    struct hm_error err = {0};
    struct bolt_driver *driver = NULL;
    struct bolt_config config = {.ca_file = path_of(path, "cert")};
    uid_t user = geteuid();
    ck_assert_int_eq(chmod(path, 0), 0);
    if (user == 0) ck_assert_int_eq(seteuid(65534), 0); // root may read everything
    ck_assert_int_eq(bolt_driver_new("bolt+s://localhost", &config, &driver, &err), HM_EARG);
    ck_assert_int_eq(seteuid(user), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "/cert: Permission denied (ca_file)"));
    ck_assert_int_eq(chmod(path, 0600), 0);
}
END_TEST

int main(void) {
    make_files();
    Suite *suite = suite_create("bolt/tls_files");
    TCase *test_case = tcase_create("files");
    tcase_add_loop_test(test_case, files_are_named_with_what_is_wrong, 0,
                        sizeof cases / sizeof *cases);
    tcase_add_test(test_case, a_file_that_may_not_be_read);
    suite_add_tcase(suite, test_case);
    int failed = suite_run(suite, 0);
    drop_files();
    return failed;
}
