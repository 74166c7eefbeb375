// SPDX-License-Identifier: MIT
// The safetensors reader against every kind of broken file. The files are sparse: headers matter
// here, values do not.

#include "hmrec/weights.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "suite.h"

enum { LENGTH_BYTES = 8 };

static char folder[] = "/tmp/hmrec-safetensors-XXXXXX";
static char file[sizeof folder + 16];
static struct hm_buf network; // the header of a whole network, as hm_weights_save writes it
static size_t network_bytes;  // and the size of the data behind it

static void little_endian(unsigned char out[LENGTH_BYTES], uint64_t value) {
    for (unsigned i = 0; i < LENGTH_BYTES; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

// prefix (the length), header, then data_bytes of zeros.
static void put_raw(const unsigned char *prefix, const char *header, size_t length,
                    size_t data_bytes) {
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, prefix, LENGTH_BYTES), LENGTH_BYTES);
    ck_assert_int_eq(write(fd, header, length), (ssize_t)length);
    ck_assert_int_eq(ftruncate(fd, (off_t)(LENGTH_BYTES + length + data_bytes)), 0);
    close(fd);
}

static void put(const char *header, size_t length, size_t data_bytes) {
    unsigned char prefix[LENGTH_BYTES];
    little_endian(prefix, length);
    put_raw(prefix, header, length, data_bytes);
}

// Blanks behind the header, as the format allows, so that the values stay aligned.
static void pad(struct hm_buf *header) {
    while (header->length % sizeof(float))
        ck_assert_int_eq(hm_buf_append(header, " ", 1, NULL), HM_OK);
}

// Opening the file fails with HM_EFORMAT, and the text names the file and holds `expected`.
static void expect_refused(const char *expected) {
    struct hm_weights *weights;
    struct hm_error err = {0};
    enum hm_status status = hm_weights_open(&weights, file, &err);
    ck_assert_msg(status == HM_EFORMAT, "%s: status %s: %s", expected, hm_status_name(status),
                  err.text);
    ck_assert_ptr_null(weights);
    ck_assert_msg(strstr(err.text, expected) != NULL, "found \"%s\", expected \"%s\"", err.text,
                  expected);
    ck_assert_msg(strncmp(err.text, file, strlen(file)) == 0, "\"%s\" does not name the file",
                  err.text);
    ck_assert_int_eq(hm_weights_open(&weights, file, NULL), HM_EFORMAT); // the error is optional
}

#define ENTRY(name, shape, begin, end)                                                             \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

// A header alone, the number of data bytes behind it, and what the error must say.
static const struct {
    const char *header;
    size_t data_bytes;
    const char *expected;
} broken[] = {
    {"[]", 0, "does not begin with {"},
    {" {}", 0, "does not begin with {"},
    {"{ ", 0, "no JSON object"},
    {"{}}", 0, "no JSON object"},
    {"{\"a\":1,}", 0, "no JSON object"},
    {"{\"a\\u0000b\":1}", 0, "NUL"},
    {"{}", 0, "conv1_conv/kernel: the tensor is missing"},
    {"{}  ", 0, "conv1_conv/kernel: the tensor is missing"}, // padded: allowed so far
    {"{}", 4, "found 4 bytes of data, expected 0"},
    {"{\"a\":1}", 0, "a: expected an object"},
    {"{\"a\":{}}", 0, "a: expected dtype, shape and data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "one is missing"},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
     "a: found dtype F16, expected F32"},
    {"{\"a\":{\"dtype\":5,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "a: dtype is not a string"},
    {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
     "key dtype appears twice"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\\u001b\":0}}", 4,
     "unknown key x?"},
    {"{" ENTRY("a", "{}", "0", "4") "}", 4, "a: shape is not an array"},
    {"{" ENTRY("a", "[-1]", "0", "4") "}", 4, "a: shape holds something other"},
    {"{" ENTRY("a", "[1.5]", "0", "4") "}", 4, "a: shape holds something other"},
    {"{" ENTRY("a", "[\"1\"]", "0", "4") "}", 4, "a: shape holds something other"},
    {"{" ENTRY("a", "[9007199254740993]", "0", "4") "}", 4, "a: shape holds something other"},
    {"{" ENTRY("a", "[1,1,1,1,1,1,1,1,1]", "0", "4") "}", 4, "a: shape has more than 8 dimensions"},
    {"{" ENTRY("a", "[4294967296,4294967296]", "0", "4") "}", 4, "a: shape is too large"},
    {"{" ENTRY("a", "[2]", "0", "4") "}", 4, "a: found 4 bytes of data, expected 8"},
    {"{" ENTRY("a", "[1]", "4", "0") "}", 4, "begin <= end"},
    {"{" ENTRY("a", "[1]", "-4", "0") "}", 4, "begin <= end"},
    {"{" ENTRY("a", "[1]", "0.5", "4.5") "}", 4, "begin <= end"},
    {"{" ENTRY("a", "[1]", "0", "4,8") "}", 4, "begin <= end"},
    {"{" ENTRY("a", "[1]", "0", "1e300") "}", 4, "begin <= end"},
    {"{" ENTRY("a", "[1]", "4", "8") "}", 8,
     "a: found its data at byte 4, expected 0: there is a gap"},
    {"{" ENTRY("a", "[2]", "0", "8") "," ENTRY("b", "[2]", "4", "12") "}", 12,
     "b: found its data at byte 4, expected 8: tensors overlap"},
    {"{" ENTRY("a", "[1]", "0", "4") "," ENTRY("b", "[1]", "8", "12") "}", 12,
     "b: found its data at byte 8, expected 4: there is a gap"},
    {"{" ENTRY("a", "[1]", "0", "4") "," ENTRY("a", "[1]", "4", "8") "}", 8,
     "a: the name appears twice"},
    {"{" ENTRY("a", "[1]", "0", "4") "}", 3, "the file is truncated"},
    {"{" ENTRY("a", "[1]", "0", "4") "}", 5, "something behind the last tensor"},
    {"{" ENTRY("a", "[1]", "0", "4") "}", 4, "found tensor a, which ResNet50V2 does not have"},
    {"{" ENTRY("predictions/bias", "[1]", "0", "4") "}", 4,
     "conv1_conv/kernel: the tensor is missing"},
    {"{" ENTRY("conv1_conv/bias", "[63]", "0", "252") "}", 252,
     "conv1_conv/bias: found shape 63, expected 64"},
    {"{" ENTRY("conv1_conv/bias", "[64,1]", "0", "256") "}", 256,
     "conv1_conv/bias: found shape 64x1, expected 64"},
    {"{" ENTRY("conv1_conv/bias", "[]", "0", "4") "}", 4,
     "conv1_conv/bias: found shape , expected 64"},
    {"{\"__metadata__\":3}", 0, "__metadata__: expected an object of strings"},
    {"{\"__metadata__\":{\"model\":3}}", 0, "__metadata__: model: expected a string"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ appears twice"},
    {"{\"__metadata__\":{\"model\":\"ResNet50V2\",\"model\":\"x\"}}", 0, "key model appears twice"},
    {"{\"__metadata__\":{\"model\":\"ResNet18\"}}", 0,
     "found model \"ResNet18\", expected resnet50v2, resnet101v2 or resnet152v2"},
    {"{\"__metadata__\":{\"model\":\"ResNet101V2\"}}", 0,
     "conv1_conv/kernel: the tensor is missing, expected all of ResNet101V2"},
};

START_TEST(test_broken_header) {
    put(broken[_i].header, strlen(broken[_i].header), broken[_i].data_bytes);
    expect_refused(broken[_i].expected);
}
END_TEST

START_TEST(test_deep_nesting) {
    // 100,000 levels: the JSON parser must stop at its limit, not at the end of the stack.
    struct hm_buf deep = {0};
    ck_assert_int_eq(hm_buf_printf(&deep, NULL, "{\"a\":%0100000d", 0), HM_OK);
    memset(deep.data + 5, '[', deep.length - 5);
    put(deep.data, deep.length, 0);
    expect_refused("nested too deeply");
    hm_buf_free(&deep);
}
END_TEST

START_TEST(test_length) {
    static const struct {
        unsigned char prefix[LENGTH_BYTES];
        const char *expected;
    } cases[] = {
        {{0}, "header of 0 bytes"},
        {{1}, "header of 1 bytes"},
        {{3}, "expected a header of 3: the file is truncated"},
        {{1, 0, 16}, "header of 1048577 bytes, expected 2 to 1048576"},
        {{255, 255, 255, 255, 255, 255, 255, 255}, "header of 18446744073709551615 bytes"},
        {{0, 0, 0, 0, 0, 0, 0, 2}, "big-endian"},
        {"\x89HDF\r\n\x1a\n", "HDF5 file"},
        {"PK\x03\x04\x14", "zip archive"},
        {"version ", "Git LFS"},
    };
    put_raw(cases[_i].prefix, "{}", 2, 0);
    expect_refused(cases[_i].expected);
}
END_TEST

START_TEST(test_no_file) {
    struct hm_weights *weights;
    struct hm_error err = {0};
    ck_assert_int_eq(hm_weights_open(&weights, "/nowhere/weights.safetensors", &err), HM_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "/nowhere/weights.safetensors"));
    ck_assert_int_eq(hm_weights_open(&weights, folder, &err), HM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "a folder"));
    unlink(file);
    ck_assert_int_eq(mkfifo(file, 0600), 0); // opening it must not wait for a writer
    expect_refused("a device or pipe");
    unlink(file);
    ck_assert_int_eq(truncate(file, 0), -1);
    close(open(file, O_WRONLY | O_CREAT, 0600));
    expect_refused("the file is empty");
}
END_TEST

static void expect_truncated(size_t length) {
    struct hm_weights *weights;
    struct hm_error err = {0};
    ck_assert_int_eq(truncate(file, (off_t)length), 0);
    enum hm_status status = hm_weights_open(&weights, file, &err);
    ck_assert_msg(status == HM_EFORMAT, "%zu bytes: %s", length, hm_status_name(status));
    ck_assert_msg(strstr(err.text, length ? "truncated" : "empty") != NULL, "%zu bytes: %s", length,
                  err.text);
}

START_TEST(test_truncated) {
    struct hm_weights *weights;
    put(network.data, network.length, network_bytes);
    ck_assert_int_eq(hm_weights_open(&weights, file, NULL), HM_OK); // whole, it is fine
    hm_weights_close(weights);
    // At a hundred places in the data, then at every byte of the header.
    size_t header_bytes = LENGTH_BYTES + network.length;
    expect_truncated(header_bytes + network_bytes - 1);
    for (size_t percent = 100; percent-- > 0;)
        expect_truncated(header_bytes + network_bytes / 100 * percent);
    for (size_t length = header_bytes; length-- > 0;)
        expect_truncated(length);
}
END_TEST

// The network's own header with one thing changed: found -> replacement.
static const struct {
    const char *found, *replacement, *expected;
} changed[] = {
    {"conv4_block3_2_conv/kernel", "conv4_block3_2_conv/weight",
     "found tensor conv4_block3_2_conv/weight"},
    {"conv4_block3_2_conv/kernel", "predictions/2_conv/kernel_",
     "conv4_block3_2_conv/kernel: the tensor is missing"},
    {"\"post_bn/gamma\":{\"dtype\":\"F32\"", "\"post_bn/gamma\":{\"dtype\":\"I32\"",
     "post_bn/gamma: found dtype I32, expected F32"},
    {"[3,3,128,128]", "[3,3,64,256]",
     "conv3_block1_2_conv/kernel: found shape 3x3x64x256, expected 3x3x128x128"},
    {"conv3_block2_1_bn/beta", "conv3_block2_1_bn/gamma",
     "conv3_block2_1_bn/gamma: the name appears twice"},
};

START_TEST(test_changed_network) {
    struct hm_buf header = {0};
    const char *at = strstr(network.data, changed[_i].found);
    ck_assert_ptr_nonnull(at);
    const char *rest = at + strlen(changed[_i].found);
    ck_assert_int_eq(hm_buf_printf(&header, NULL, "%.*s%s%s", (int)(at - network.data),
                                   network.data, changed[_i].replacement, rest),
                     HM_OK);
    pad(&header);
    put(header.data, header.length, network_bytes);
    expect_refused(changed[_i].expected);
    hm_buf_free(&header);
}
END_TEST

START_TEST(test_tensors_of_predictions) {
    // With a tensor of the classifier behind; then with a blank too many in the header.
    struct hm_buf header = {0};
    struct hm_weights *weights;
    struct hm_error err = {0};
    size_t end = strcspn(network.data, "\n");
    while (network.data[end - 1] != '}')
        end--;
    ck_assert_int_eq(
        hm_buf_printf(&header, NULL,
                      "%.*s,\"predictions/"
                      "bias\":{\"dtype\":\"F32\",\"shape\":[1000],\"data_offsets\":[%zu,%zu]}}",
                      (int)end - 1, network.data, network_bytes, network_bytes + 4000),
        HM_OK);
    pad(&header);
    put(header.data, header.length, network_bytes + 4000);
    ck_assert_msg(hm_weights_open(&weights, file, &err) == HM_OK, "%s", err.text);
    ck_assert_ptr_null(hm_weights_tensor(weights, "predictions/bias"));
    ck_assert_str_eq(hm_weights_network(weights)->name, "ResNet50V2");
    ck_assert_msg(hm_weights_check_values(weights, &err) == HM_OK, "%s",
                  err.text); // zeros are finite
    hm_weights_close(weights);

    ck_assert_int_eq(hm_buf_append(&header, " ", 1, NULL), HM_OK);
    put(header.data, header.length, network_bytes + 4000);
    expect_refused("conv1_conv/bias: its data is not aligned to 4 bytes");
    hm_buf_free(&header);
}
END_TEST

// Make the network's header once: seeded weights are saved and the file's beginning kept.
static void make_network(void) {
    struct hm_weights *weights;
    unsigned char prefix[LENGTH_BYTES];
    size_t count, length = 0;
    const struct hm_weights_spec *specs = hm_weights_specs(hm_networks(&count), &count);
    for (size_t i = 0; i < count; i++)
        network_bytes += hm_weights_count(&specs[i]) * sizeof(float);
    if (!mkdtemp(folder)) abort();
    snprintf(file, sizeof file, "%s/w", folder);
    if (hm_weights_random(&weights, NULL, 1, NULL) != HM_OK ||
        hm_weights_save(weights, file, NULL) != HM_OK)
        abort();
    hm_weights_close(weights);
    FILE *in = fopen(file, "rb");
    if (!in || fread(prefix, 1, sizeof prefix, in) != sizeof prefix) abort();
    for (unsigned i = LENGTH_BYTES; i-- > 0;)
        length = length << 8 | prefix[i];
    if (hm_buf_reserve(&network, length, NULL) != HM_OK ||
        fread(network.data, 1, length, in) != length)
        abort();
    network.length = length;
    network.data[length] = '\0';
    fclose(in);
    unlink(file);
}

int main(void) {
    make_network();
    Suite *suite = suite_create("weights/safetensors");
    TCase *tests = tcase_create("reader");
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, test_broken_header, 0, sizeof broken / sizeof *broken);
    tcase_add_test(tests, test_deep_nesting);
    tcase_add_loop_test(tests, test_length, 0, 9);
    tcase_add_test(tests, test_no_file);
    tcase_add_test(tests, test_truncated);
    tcase_add_loop_test(tests, test_changed_network, 0, sizeof changed / sizeof *changed);
    tcase_add_test(tests, test_tensors_of_predictions);
    suite_add_tcase(suite, tests);
    int result = suite_run(suite, 0);
    unlink(file);
    rmdir(folder);
    hm_buf_free(&network);
    return result;
}
