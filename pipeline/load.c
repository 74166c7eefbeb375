// SPDX-License-Identifier: MIT
// Columns of the catalogue's files, as tables: a new column is a row here and a field in store.h.

#include "load.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "csv_text.h"

enum field_type {
    FIELD_CODE,     // const char *, a product's code
    FIELD_PRODUCT,  // const char *, what the codes of its colours begin with; NULL when empty
    FIELD_CUSTOMER, // const char *, a customer's id
    FIELD_TEXT,     // const char *, NULL when empty
    FIELD_NODE,     // struct hm_store_named: number and name
    FIELD_COUNT,    // int, -1 when empty; "49" or "49.0", as pandas writes whole numbers with gaps
    FIELD_DATE,     // const char *, "2018-09-20"
    FIELD_PRICE,    // double, not negative
};

struct field {
    const char *column;
    const char *name_column; // FIELD_NODE
    enum field_type type;
    size_t offset;
};

#define ARTICLE(member)  offsetof(struct hm_store_article, member)
#define CUSTOMER(member) offsetof(struct hm_store_customer, member)
#define PURCHASE(member) offsetof(struct hm_store_purchase, member)

static const struct field article_fields[] = {
    {"article_id", NULL, FIELD_CODE, ARTICLE(code)},
    {"product_code", NULL, FIELD_PRODUCT, ARTICLE(product_code)},
    {"prod_name", NULL, FIELD_TEXT, ARTICLE(name)},
    {"detail_desc", NULL, FIELD_TEXT, ARTICLE(description)},
    {"product_group_name", NULL, FIELD_TEXT, ARTICLE(product_group)},
    {"product_type_no", "product_type_name", FIELD_NODE, ARTICLE(product_type)},
    {"department_no", "department_name", FIELD_NODE, ARTICLE(department)},
    {"section_no", "section_name", FIELD_NODE, ARTICLE(section)},
    {"index_code", NULL, FIELD_TEXT, ARTICLE(index_code)},
    {"index_name", NULL, FIELD_TEXT, ARTICLE(index_name)},
    {"index_group_no", "index_group_name", FIELD_NODE, ARTICLE(index_group)},
    {"garment_group_no", "garment_group_name", FIELD_NODE, ARTICLE(garment_group)},
    {"graphical_appearance_no", "graphical_appearance_name", FIELD_NODE, ARTICLE(appearance)},
    {"colour_group_code", "colour_group_name", FIELD_NODE, ARTICLE(colour_group)},
    {"perceived_colour_value_id", "perceived_colour_value_name", FIELD_NODE, ARTICLE(colour_value)},
    {"perceived_colour_master_id", "perceived_colour_master_name", FIELD_NODE,
     ARTICLE(colour_master)},
    {0},
};

static const struct field customer_fields[] = {
    {"customer_id", NULL, FIELD_CUSTOMER, CUSTOMER(id)},
    {"FN", NULL, FIELD_COUNT, CUSTOMER(fn)},
    {"Active", NULL, FIELD_COUNT, CUSTOMER(active)},
    {"age", NULL, FIELD_COUNT, CUSTOMER(age)},
    {"club_member_status", NULL, FIELD_TEXT, CUSTOMER(club_member_status)},
    {"fashion_news_frequency", NULL, FIELD_TEXT, CUSTOMER(fashion_news_frequency)},
    {"postal_code", NULL, FIELD_TEXT, CUSTOMER(postal_code)},
    {0},
};

static const struct field purchase_fields[] = {
    {"t_dat", NULL, FIELD_DATE, PURCHASE(date)},
    {"customer_id", NULL, FIELD_CUSTOMER, PURCHASE(customer)},
    {"article_id", NULL, FIELD_CODE, PURCHASE(code)},
    {"price", NULL, FIELD_PRICE, PURCHASE(price)},
    {"sales_channel_id", NULL, FIELD_COUNT, PURCHASE(sales_channel)},
    {0},
};

static const struct {
    const char *name;
    const struct field *fields;
    size_t row_bytes;
} kinds[HM_LOAD_KINDS] = {
    [HM_LOAD_ARTICLES] = {"articles", article_fields, sizeof(struct hm_store_article)},
    [HM_LOAD_CUSTOMERS] = {"customers", customer_fields, sizeof(struct hm_store_customer)},
    [HM_LOAD_TRANSACTIONS] = {"transactions", purchase_fields, sizeof(struct hm_store_purchase)},
};

const char *hm_load_kind_name(enum hm_load_kind kind) {
    return kinds[kind].name;
}

size_t load_row_bytes(enum hm_load_kind kind) {
    return kinds[kind].row_bytes;
}

static bool must_be_there(enum hm_load_kind kind, const struct field *field) {
    return field->type == FIELD_CODE || field->type == FIELD_CUSTOMER ||
           kind == HM_LOAD_TRANSACTIONS;
}

static enum hm_status add_missing(struct hm_buf *missing, const char *column,
                                  struct hm_error *err) {
    return hm_buf_printf(missing, err, "%s%s", missing->length ? ", " : "", column);
}

enum hm_status load_map_columns(struct load_map *map, enum hm_load_kind kind,
                                const struct csv_reader *reader, const char *path,
                                struct hm_buf *missing, struct hm_error *err) {
    map->kind = kind;
    const struct field *fields = kinds[kind].fields;
    for (size_t i = 0; fields[i].column; i++) {
        const char *names[] = {fields[i].column, fields[i].name_column};
        for (int part = 0; part < 2; part++) {
            int at = names[part] ? csv_reader_column(reader, names[part]) : -1;
            map->columns[i][part] = at;
            if (at >= 0 || !names[part]) continue;
            if (must_be_there(kind, &fields[i]))
                return hm_fail(err, HM_EFORMAT, "%s: its header has no column %s", path,
                               names[part]);
            HM_TRY(add_missing(missing, names[part], err));
        }
    }
    return HM_OK;
}

// ---- one field

static enum hm_status expected(struct hm_error *err, const char *column, const char *found,
                               const char *what) {
    return hm_fail(err, HM_EFORMAT, "%s: found \"%.40s\", expected %s", column, found, what);
}

static enum hm_status copy(struct hm_arena *arena, const char *text, const char **out,
                           struct hm_error *err) {
    *out = hm_arena_copy(arena, text, strlen(text));
    return *out ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a batch of rows");
}

// A key without what spreadsheets leave around it: blanks, and ="0108775015", by which they keep a
// zero.
static const char *bare(const char *text, size_t *length) {
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    bool formula = n > 3 && text[0] == '=' && text[1] == '"' && text[n - 1] == '"';
    *length = formula ? n - 3 : n;
    return formula ? text + 2 : text;
}

static enum hm_status parse_key(const char *column, const char *text, size_t most,
                                struct hm_arena *arena, const char **out, struct hm_error *err) {
    size_t length;
    const char *key = bare(text, &length);
    if (!length) return expected(err, column, text, "a key");
    if (length > most)
        return hm_fail(err, HM_EFORMAT, "%s: found %zu bytes, expected %zu at most", column, length,
                       most);
    *out = hm_arena_copy(arena, key, length);
    return *out ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a batch of rows");
}

// What pandas writes for a value that is not there.
static bool is_missing(const char *text) {
    return !*text || strcmp(text, "NaN") == 0 || strcmp(text, "nan") == 0 ||
           strcmp(text, "<NA>") == 0;
}

// A whole number, also as pandas writes it in a column with gaps: "253.0". false: it is none.
static bool parse_whole(const char *text, long long *out) {
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (end == text || errno || strspn(text, "-0123456789.") != strlen(text)) return false;
    if (*end == '.') end += 1 + strspn(end + 1, "0");
    return *end == '\0';
}

static enum hm_status parse_count(const char *column, const char *text, int *out,
                                  struct hm_error *err) {
    long long value;
    *out = -1;
    if (is_missing(text)) return HM_OK;
    if (!parse_whole(text, &value) || value < 0 || value > INT32_MAX)
        return expected(err, column, text, "a whole number");
    *out = (int)value;
    return HM_OK;
}

// "1.08775E+08": what a spreadsheet shows of a long number, and writes. Several codes become one.
static bool is_rounded(const char *text) {
    text += strspn(text, " \t");
    size_t digits = strspn(text, "0123456789");
    if (!digits) return false;
    text += digits;
    if (*text == '.') text += 1 + strspn(text + 1, "0123456789");
    return (*text == 'e' || *text == 'E') && text[1] == '+' && text[2] >= '0' && text[2] <= '9' &&
           text[2 + strspn(text + 2, "0123456789 \t")] == '\0';
}

// A code that pandas took for a number: "108775015.0" without what stands behind the digits.
static enum hm_status parse_code(const char *column, const char *text, struct hm_arena *arena,
                                 const char **out, struct hm_error *err) {
    if (is_rounded(text))
        return expected(err, column, text, "all digits of a code, which a spreadsheet has rounded");
    HM_TRY(parse_key(column, text, HM_STORE_CODE_MAX, arena, out, err));
    size_t digits = strspn(*out, "0123456789");
    const char *rest = *out + digits;
    bool number = digits && rest[0] == '.' && rest[1] && rest[1 + strspn(rest + 1, "0")] == '\0';
    if (number) *out = hm_arena_copy(arena, *out, digits);
    return *out ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a batch of rows");
}

static bool fits(const char *text, const char *shape) {
    for (; *shape; shape++, text++)
        if (*shape == 'd' ? *text < '0' || *text > '9' : *text != *shape) return false;
    return true;
}

// Behind the day: nothing, or a time such as " 00:00:00", "T13:45:00.5Z", which the day does not
// depend on.
static bool is_time(const char *text) {
    if (!*text) return true;
    if ((*text != ' ' && *text != 'T') || !fits(text + 1, "dd:dd:dd")) return false;
    text += strlen(" 00:00:00");
    if (*text == '.') text += 1 + strspn(text + 1, "0123456789");
    if (*text == 'Z')
        text++;
    else if ((*text == '+' || *text == '-') && fits(text + 1, "dd:dd"))
        text += strlen("+00:00");
    return *text == '\0';
}

static int days_of(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static enum hm_status parse_date(const char *column, const char *text, struct hm_arena *arena,
                                 const char **out, struct hm_error *err) {
    enum { DAY_BYTES = sizeof "2018-09-20" - 1 };
    bool good = fits(text, "dddd-dd-dd") && is_time(text + DAY_BYTES);
    int month = good ? atoi(text + 5) : 0, day = good ? atoi(text + 8) : 0;
    if (month < 1 || month > 12 || day < 1 || day > days_of(atoi(text), month))
        return expected(err, column, text, "a date such as 2018-09-20");
    *out = hm_arena_copy(arena, text, DAY_BYTES);
    return *out ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a batch of rows");
}

static enum hm_status parse_price(const char *column, const char *text, double *out,
                                  struct hm_error *err) {
    char *end;
    *out = strtod(text, &end);
    // strtod also takes "inf", "nan" and hexadecimal numbers
    if (end == text || *end || strspn(text, "0123456789.eE+-") != strlen(text) || *out < 0 ||
        *out > 1e15)
        return expected(err, column, text, "a price");
    return HM_OK;
}

static enum hm_status parse_node(const char *column, const char *number, const char *name,
                                 struct hm_arena *arena, struct hm_store_named *out,
                                 struct hm_error *err) {
    long long value;
    if (is_missing(number)) return HM_OK; // the row does not say
    if (!parse_whole(number, &value)) return expected(err, column, number, "a whole number");
    out->number = value;
    return copy(arena, name, &out->name, err);
}

static enum hm_status parse_field(const struct field *f, const char *text, const char *name,
                                  struct hm_arena *arena, void *out, struct hm_error *err) {
    switch (f->type) {
    case FIELD_CODE:
        return parse_code(f->column, text, arena, out, err);
    case FIELD_PRODUCT:
        return is_missing(text) ? HM_OK : parse_code(f->column, text, arena, out, err);
    case FIELD_CUSTOMER:
        return parse_key(f->column, text, HM_STORE_CUSTOMER_MAX, arena, out, err);
    case FIELD_TEXT:
        return is_missing(text) ? HM_OK : copy(arena, text, out, err);
    case FIELD_NODE:
        return parse_node(f->column, text, name, arena, out, err);
    case FIELD_COUNT:
        return parse_count(f->column, text, out, err);
    case FIELD_DATE:
        return parse_date(f->column, text, arena, out, err);
    case FIELD_PRICE:
        return parse_price(f->column, text, out, err);
    }
    return HM_OK;
}

enum hm_status load_parse(const struct load_map *map, const struct csv_row *row,
                          struct hm_arena *arena, void *out, struct hm_error *err) {
    const struct field *fields = kinds[map->kind].fields;
    memset(out, 0, kinds[map->kind].row_bytes);
    for (size_t i = 0; fields[i].column; i++) {
        const int *at = map->columns[i];
        const char *text = at[0] >= 0 ? row->fields[at[0]] : "";
        const char *name = at[1] >= 0 ? row->fields[at[1]] : "";
        HM_TRY(parse_field(&fields[i], text, name, arena, (char *)out + fields[i].offset, err));
    }
    return HM_OK;
}

static const char **text_of(enum hm_load_kind kind, enum field_type type, void *row) {
    const struct field *fields = kinds[kind].fields;
    for (size_t i = 0; fields[i].column; i++)
        if (fields[i].type == type) return (const char **)((char *)row + fields[i].offset);
    return NULL;
}

const char **load_code_of(enum hm_load_kind kind, void *row) {
    return text_of(kind, FIELD_CODE, row);
}

const char **load_product_of(enum hm_load_kind kind, void *row) {
    return text_of(kind, FIELD_PRODUCT, row);
}

enum hm_status load_put(struct hm_store *store, enum hm_load_kind kind, const void *rows, size_t n,
                        const struct hm_store_mark *mark, struct hm_error *err) {
    switch (kind) {
    case HM_LOAD_ARTICLES:
        return hm_store_put_articles(store, rows, n, mark, err);
    case HM_LOAD_CUSTOMERS:
        return hm_store_put_customers(store, rows, n, mark, err);
    default:
        return hm_store_put_purchases(store, rows, n, mark, err);
    }
}

// ---- articles.csv again

enum hm_status load_put_article_head(struct hm_buf *out, struct hm_error *err) {
    for (const struct field *field = article_fields; field->column; field++) {
        if (field > article_fields) HM_TRY(hm_buf_append(out, ",", 1, err));
        HM_TRY(hm_buf_printf(out, err, "%s", field->column));
        if (field->name_column) HM_TRY(hm_buf_printf(out, err, ",%s", field->name_column));
    }
    return hm_buf_append(out, "\n", 1, err);
}

static enum hm_status put_node(struct hm_buf *out, const struct hm_store_named *node,
                               struct hm_error *err) {
    if (!node->name) return hm_buf_append(out, ",", 1, err);
    HM_TRY(hm_buf_printf(out, err, "%lld,", (long long)node->number));
    return hm_csv_field(out, node->name, err);
}

enum hm_status load_put_article(struct hm_buf *out, const struct hm_store_article *article,
                                struct hm_error *err) {
    for (const struct field *field = article_fields; field->column; field++) {
        const void *at = (const char *)article + field->offset;
        if (field > article_fields) HM_TRY(hm_buf_append(out, ",", 1, err));
        const char *text = field->type == FIELD_NODE ? NULL : *(const char *const *)at;
        if (field->type == FIELD_NODE)
            HM_TRY(put_node(out, at, err));
        else if (text)
            HM_TRY(hm_csv_field(out, text, err));
    }
    return hm_buf_append(out, "\n", 1, err);
}
