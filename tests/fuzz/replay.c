// SPDX-License-Identifier: MIT
// Plays the files of corpora and of past crashers, and some seeded variations of each, through a
// fuzz target without libFuzzer, so that targets and findings stay alive in every build. Usage:
// replay_TARGET VARIATIONS FOLDER...

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"
#include "suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool read_file(struct hm_buf *out, const char *path) {
    char block[4096];
    size_t length;
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    out->length = 0;
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        if (hm_buf_append(out, block, length, NULL) != HM_OK) abort();
    return fclose(file) == 0;
}

// One to four small accidents: a bit turned, a byte set, a piece cut out, a piece moved.
static size_t vary(char *bytes, size_t length, uint64_t *state) {
    for (uint64_t n = 1 + suite_random(state) % 4; n > 0 && length > 1; n--) {
        size_t at = suite_random(state) % length;
        size_t piece = 1 + suite_random(state) % 16;
        if (piece > length - at) piece = length - at;
        switch (suite_random(state) % 4) {
        case 0:
            bytes[at] = (char)(bytes[at] ^ 1 << suite_random(state) % 8);
            break;
        case 1:
            bytes[at] = (char)suite_random(state);
            break;
        case 2:
            memmove(bytes + at, bytes + at + piece, length - at - piece);
            length -= piece;
            break;
        default:
            memmove(bytes + suite_random(state) % (length - piece + 1), bytes + at, piece);
        }
    }
    return length;
}

static void play(const struct hm_buf *file, unsigned long variations, uint64_t *state) {
    // A block of exactly the input's size, so that AddressSanitizer sees the first byte read behind
    // it.
    for (unsigned long i = 0; i <= variations; i++) {
        char *bytes = malloc(file->length ? file->length : 1);
        if (!bytes) abort();
        if (file->length) memcpy(bytes, file->data, file->length);
        size_t length = i ? vary(bytes, file->length, state) : file->length;
        char *exact = realloc(bytes, length ? length : 1);
        if (!exact) abort();
        LLVMFuzzerTestOneInput((const uint8_t *)exact, length);
        free(exact);
    }
}

// Number of files played; a folder that does not exist holds none.
static unsigned play_folder(const char *folder, unsigned long variations, uint64_t *state) {
    unsigned files = 0;
    struct hm_buf path = {0}, file = {0};
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; directory && (entry = readdir(directory));) {
        struct stat info;
        path.length = 0;
        if (hm_buf_printf(&path, NULL, "%s/%s", folder, entry->d_name) != HM_OK) abort();
        if (stat(path.data, &info) != 0 || !S_ISREG(info.st_mode)) continue;
        if (!read_file(&file, path.data)) abort();
        play(&file, variations, state);
        files++;
    }
    if (directory) closedir(directory);
    hm_buf_free(&path);
    hm_buf_free(&file);
    return files;
}

int main(int argc, char **argv) {
    if (argc < 3) return EXIT_FAILURE;
    unsigned files = 0;
    unsigned long variations = strtoul(argv[1], NULL, 10);
    uint64_t state = suite_seed(1);
    for (int i = 2; i < argc; i++)
        files += play_folder(argv[i], variations, &state);
    printf("%u files and %lu variations of each played\n", files, variations);
    return files ? EXIT_SUCCESS : EXIT_FAILURE;
}
